import type { Connection } from "@p2p/wire";
import { Delivery, REPAIRED_BYTES_MAX, REPAIRED_MESSAGES_MAX, rationOf } from "./delivery.ts";
import type { Offer } from "./offer.ts";
import { RateBucket } from "./rate.ts";

/** Digests, answers and wants that one neighbour may send in one interval, and bytes of them; the rest is not read. */
export const DIGESTS_MAX = 64;
const DIGEST_BYTES_MAX: number = 1024 * 1024;
/**
 * How many times as much no correct neighbour sends: one that repairs five times as often, and hears of more runs than a
 * listing holds, comes to three and a half.
 */
const BEYOND_DOUBT = 4;
/** Every so many exchanges with a neighbour begin anew, whatever both believe of each other. */
export const ANEW_EVERY = 30;

/** What a node waits for from a neighbour: the answer to a digest, or to an answer. */
export interface Round {
  readonly number: number;
  /** Up to which change of the store the neighbour was told; undefined if that does not count. */
  readonly upTo: number | undefined;
}

/** One neighbour, as repair knows it. PROTOCOL.md §7.6. */
export class Partner {
  readonly connection: Connection;
  readonly delivery: Delivery;
  /** Up to which change of the store it has been told, and given what it missed. */
  told = 0;
  /** Whether the next exchange has to begin anew: something that it brought could not be taken. */
  owesAll = true;
  /** Exchanges begun with it, and by it. */
  exchanges = 0;
  /** Those begun with it. */
  opens = 0;
  opened: Round | undefined;
  answered: Round | undefined;
  /** The last round in which it was only told news. */
  announced: number | undefined;
  /** For how long the batch that comes next has been under way, if that is one it repairs. */
  expectedAgeMs: number | undefined;
  /** When it repaired something last. */
  repairedAt: number = Number.NEGATIVE_INFINITY;
  /** What it offered last, and may still owe. */
  offer: Offer | undefined;
  /** Bytes of batches that it brought, by repair or not. */
  broughtBytes = 0;
  readonly #digests: RateBucket;
  readonly #patience: RateBucket;
  readonly #repaired: RateBucket;

  /** @param everyMs the interval of repair. */
  constructor(connection: Connection, everyMs: number, now: number) {
    this.connection = connection;
    this.delivery = new Delivery(connection, everyMs, now);
    this.#digests = new RateBucket(rationOf(DIGESTS_MAX, DIGEST_BYTES_MAX, everyMs), now);
    this.#patience = new RateBucket(
      rationOf(BEYOND_DOUBT * DIGESTS_MAX, BEYOND_DOUBT * DIGEST_BYTES_MAX, everyMs),
      now,
    );
    // Twice what a correct neighbour sends in an interval: its intervals are not ours.
    this.#repaired = new RateBucket(
      rationOf(2 * REPAIRED_MESSAGES_MAX, 2 * REPAIRED_BYTES_MAX, everyMs),
      now,
    );
  }

  /** Whether nothing waits for it that was ordered before. */
  get isFree(): boolean {
    return this.delivery.isIdle;
  }

  /** Whether one more frame of so many bytes, with a list of runs, may be read; takes it off its ration. */
  mayAsk(bytes: number, now: number): boolean {
    return taken(this.#digests, 1, bytes, now);
  }

  /** Whether it sends more of these than any correct node: asked of each, read or not. */
  isExcessive(bytes: number, now: number): boolean {
    return !taken(this.#patience, 1, bytes, now);
  }

  /** Whether it may still bring what an origin's own rate would not allow; takes it off its ration. */
  mayBring(messages: number, bytes: number, now: number): boolean {
    return taken(this.#repaired, messages, bytes, now);
  }

  /** Sends what waits for it. */
  pump(now: number): void {
    this.told = Math.max(this.told, this.delivery.pump(now) ?? 0);
  }
}

function taken(ration: RateBucket, messages: number, bytes: number, now: number): boolean {
  if (!ration.allows(messages, bytes, now)) return false;
  ration.take(messages, bytes);
  return true;
}
