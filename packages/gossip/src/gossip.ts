import { P2PError, type PeerId, sameBytes } from "@p2p/identity";
import {
  type AdmissionRule,
  type CloseReason,
  type Connection,
  type LinkSet,
  Malformed,
  SafeEmitter,
} from "@p2p/wire";
import { Barred } from "./barred.ts";
import { type Arrival, payloadBytes, readBatch, UNREAD_BATCH } from "./batch.ts";
import { batchStatement, verifyBatch } from "./batch-signature.ts";
import { type GossipEvents, type RejectReason, rangeOf } from "./events.ts";
import { EVERYBODY, type Membership } from "./membership.ts";
import { Message } from "./message.ts";
import { Neighbours } from "./neighbours.ts";
import type { GossipCounts, GossipOptions } from "./options.ts";
import { Origins } from "./origins.ts";
import { HELD_LIFE_MS, OwnMessages } from "./own-messages.ts";
import { Parking } from "./parking.ts";
import { Publication, type PublishResult, payloadOf } from "./publication.ts";
import { type RateBucket, rateOf } from "./rate.ts";
import { Recent } from "./recent.ts";
import type { Run } from "./run.ts";

/** Neighbours whose link ended so soon that what had been held for the first link is owed to them; at most so many. */
const YOUNG_MS = 5000;
const OWED_MAX = 64;

/**
 * Brings every message to everybody: what a neighbour brings is checked, marked, passed on as the bytes it came in, and
 * told, in this order and once. Nothing is remembered of a message before its signature was checked, so a forged copy
 * cannot stand in the way of the real one. PROTOCOL.md §7.
 */
export class Gossip extends SafeEmitter<GossipEvents> {
  /**
   * For `lobby.admit`: keeps a neighbour that forged from coming back for 10 min. Without it, it is cut off again as
   * soon as it is linked.
   */
  readonly admissionRule: AdmissionRule = ({ id }) =>
    this.#barred.has(id) ? { code: "barred", detail: "brought forged messages" } : undefined;
  readonly #links: LinkSet;
  readonly #membership: Membership;
  readonly #own: OwnMessages;
  readonly #neighbours: Neighbours;
  readonly #origins: Origins;
  readonly #parking: Parking;
  readonly #recent = new Recent();
  readonly #barred: Barred;
  readonly #counts = {
    published: 0,
    delivered: 0,
    duplicates: 0,
    returned: 0,
    late: 0,
    shed: 0,
    rejected: 0,
  };
  /** What was held, by the link that got it: of two that were dialled at once the far end may never know one. */
  readonly #released = new WeakMap<Connection, readonly Uint8Array[]>();
  /** The same, for whose link ended at once: a better one may be still to come. */
  readonly #owed = new Map<PeerId, { readonly frames: readonly Uint8Array[]; readonly until: number }>();
  #isStopped = false;
  readonly #joined = (connection: Connection): void => {
    if (this.#barred.has(connection.id)) {
      // Later, because others have yet to hear that it joined.
      this.#links.local.clock.after(0, () => connection.close({ kind: "misbehaved", detail: "barred" }));
      return;
    }
    const owed = this.#owed.get(connection.id);
    this.#owed.delete(connection.id);
    const again = owed !== undefined && owed.until > this.#now() ? owed.frames : [];
    this.#release(connection, [...again, ...this.#own.release()]);
  };
  readonly #left = (connection: Connection, reason: CloseReason): void => {
    const released = this.#released.get(connection) ?? [];
    const successor = reason.kind === "replaced" ? this.#links.get(connection.id) : undefined;
    if (successor) {
      this.#neighbours.replaced(connection, successor);
      this.#release(successor, released);
    } else if (
      released.length > 0 &&
      this.#now() - connection.since < YOUNG_MS &&
      this.#owed.size < OWED_MAX
    ) {
      this.#owed.set(connection.id, { frames: released, until: this.#now() + HELD_LIFE_MS });
    }
  };
  readonly #drained = (connection: Connection): void => {
    const dropped = this.#neighbours.drained(connection);
    if (dropped) this.emit("caughtUp", { peer: connection.id, dropped });
  };

  /** @throws RangeError on a limit that cannot be; TypeError when the links have a Gossip already. */
  constructor(options: GossipOptions) {
    super(options.links.local.clock);
    const { links, membership = EVERYBODY, queuedBytesMax, strategy } = options;
    const { clock } = links.local;
    this.#links = links;
    this.#membership = membership;
    this.#own = new OwnMessages(links.local, options.incarnation, ({ incarnation, sequence }) =>
      this.emit("lapsed", { incarnation, sequence }),
    );
    this.#neighbours = new Neighbours({
      links,
      queuedBytesMax,
      strategy,
      lagged: ({ connection: { id }, waitingBytes }) => this.emit("lagged", { peer: id, waitingBytes }),
    });
    this.#origins = new Origins(options.originsMax, rateOf(options.rate));
    this.#parking = new Parking(clock, (arrival) => this.#reject(arrival, "unknown"));
    this.#barred = new Barred(clock);
    links.route(UNREAD_BATCH, (frame, from) => this.#heard(frame, from));
    links.on("joined", this.#joined).on("left", this.#left).on("drained", this.#drained);
  }

  /** Sums since the start, as of now. */
  get counts(): GossipCounts {
    const { passed, dropped } = this.#neighbours;
    return { ...this.#counts, passed, dropped, evicted: this.#origins.evicted };
  }

  /**
   * Sends a message to everybody; it is not told to this node itself.
   * @param content text or bytes, at most 256 KiB; read during the call only.
   * @returns what became of it, neighbour by neighbour.
   * @throws TypeError when it is neither text nor bytes; RangeError when it is too long. P2PError `STOPPED` after
   *   {@link stop}.
   */
  publish(content: string | Uint8Array): PublishResult {
    if (this.#isStopped)
      throw new P2PError(
        "STOPPED",
        "this Gossip was stopped; to publish again, make a new Lobby and a Gossip on its links",
      );
    const own = this.#own.write(payloadOf(content));
    this.#counts.published++;
    const publication = new Publication(own);
    if (this.#links.size === 0) publication.held = this.#own.hold(own);
    else this.#neighbours.spread(own.frame, undefined, (to, passed) => publication.note(to, passed));
    return publication;
  }

  /** Looks again at what waits for news of `origin`: to be called when its standing has changed. */
  reconsider(origin: PeerId): void {
    const isKnown = (incarnation: number): boolean =>
      this.#membership.standing(origin, incarnation) !== "unknown";
    for (const arrival of this.#parking.release(origin, isKnown)) this.#sort(arrival);
  }

  /** Ignores the links from now on, whose BATCH frames stay its own, and lets go of everything that waits. Twice does nothing. */
  stop(): void {
    this.#isStopped = true;
    this.#links.off("joined", this.#joined).off("left", this.#left).off("drained", this.#drained);
    this.#parking.clear();
    this.#own.release();
  }

  #release(connection: Connection, frames: readonly Uint8Array[]): void {
    if (frames.length === 0) return;
    this.#released.set(connection, frames);
    this.#neighbours.send(connection, frames);
  }

  // ── what a neighbour brings, step by step ──

  #heard(brought: Uint8Array, from: Connection): void {
    if (this.#isStopped || this.#barred.has(from.id)) return;
    if (this.#recent.hasCopyOf(brought)) {
      this.#counts.duplicates++;
      return;
    }
    const frame = owned(brought);
    const batch = readBatch(frame);
    if (batch instanceof Malformed) this.#cut(from, batch.detail);
    else if (batch.origin === this.#links.local.id) this.#counts.returned++;
    else this.#sort({ batch, frame, from, isChecked: false });
  }

  /** Seen, too old, or worth a look? */
  #sort(arrival: Arrival): void {
    const { origin, incarnation, firstSequence, payloads } = arrival.batch;
    const run = this.#origins.find(origin, incarnation, this.#now());
    if (run === "stale") return this.#late(arrival);
    if (run === undefined) return this.#weigh(arrival, run);
    switch (run.window.look(firstSequence, payloads.length)) {
      case "new":
        return this.#weigh(arrival, run);
      case "late":
        return this.#late(arrival);
      case "seen":
        return this.#compare(arrival, run, () => this.#counts.duplicates++);
      case "overlap":
        return this.#compare(arrival, run, () => this.#reject(arrival, "overlap"));
    }
  }

  /** May its origin speak? */
  #weigh(arrival: Arrival, run: Run | undefined): void {
    const { origin, incarnation } = arrival.batch;
    switch (this.#membership.standing(origin, incarnation)) {
      case "unknown":
        return this.#park(arrival);
      case "former":
        if (run === undefined) return this.#reject(arrival, "former");
        run.end(this.#now());
        return this.#check(arrival, run);
      case "member":
        return this.#check(arrival, run);
    }
  }

  /** Is it within his rate, and is it his? In this order: what is over the rate shall not cost a check. */
  #check(arrival: Arrival, run: Run | undefined): void {
    const { batch } = arrival;
    const now = this.#now();
    const bucket = this.#origins.bucketOf(batch.origin, now);
    if (!bucket.allows(batch.payloads.length, payloadBytes(batch), now)) return this.#shed(arrival);
    if (!this.#isSigned(arrival)) return this.#forged(arrival);
    this.#accept(arrival, run, bucket);
  }

  #accept(arrival: Arrival, known: Run | undefined, bucket: RateBucket): void {
    const { batch, frame, from } = arrival;
    const run = this.#origins.enter(batch, known, bucket, this.#now());
    this.#recent.add({ batch, frame, run });
    this.#counts.delivered += batch.payloads.length;
    this.#neighbours.spread(frame, from);
    for (let index = 0; index < batch.payloads.length; index++) {
      this.emit("message", new Message(batch, index, from.id));
    }
  }

  /** A batch under numbers that were seen: the same as then, a forgery, or proof that its origin says two things. */
  #compare(arrival: Arrival, run: Run, otherwise: () => void): void {
    const { batch, frame } = arrival;
    const rival = run.isForked ? undefined : run.rivalOf(batch);
    if (rival === undefined) return otherwise();
    if (!this.#isSigned(arrival)) return this.#forged(arrival);
    const { networkId } = this.#links.local;
    if (sameBytes(batchStatement(batch, networkId), batchStatement(rival.batch, networkId)))
      return otherwise();
    run.isForked = true;
    const { origin, incarnation } = batch;
    this.emit("evidence", {
      origin,
      incarnation,
      batches: [rival.batch, batch],
      frames: [rival.frame, frame],
    });
  }

  #park(arrival: Arrival): void {
    const { batch, from } = arrival;
    const { origin, incarnation } = batch;
    const parked = this.#parking.find(batch);
    if (parked) {
      this.#counts.duplicates++;
      if (parked.bringers.has(from.id)) return;
      parked.bringers.add(from.id);
    } else {
      if (!this.#parking.hasRoomFor(from)) return this.#reject(arrival, "crowded");
      if (!this.#isSigned(arrival)) return this.#forged(arrival);
      this.#parking.add({ ...arrival, isChecked: true });
      this.emit("parked", rangeOf(batch, from.id));
    }
    this.#membership.ask(origin, incarnation, from);
  }

  #isSigned({ batch, isChecked }: Arrival): boolean {
    const { networkId, verifier } = this.#links.local;
    return isChecked || verifyBatch(batch, networkId, verifier);
  }

  /** A correct neighbour checks before it passes on: the first forgery is proof enough. */
  #forged(arrival: Arrival): void {
    this.#cut(arrival.from, "BATCH with a bad signature");
    this.#reject(arrival, "signature");
  }

  #cut(from: Connection, detail: string): void {
    this.#barred.add(from.id);
    from.close({ kind: "misbehaved", detail });
  }

  #reject({ batch, from }: Arrival, why: RejectReason): void {
    this.#counts.rejected += batch.payloads.length;
    this.emit("rejected", { ...rangeOf(batch, from.id), why });
  }

  #late({ batch, from }: Arrival): void {
    this.#counts.late += batch.payloads.length;
    this.emit("late", rangeOf(batch, from.id));
  }

  #shed({ batch, from }: Arrival): void {
    this.#counts.shed += batch.payloads.length;
    this.emit("shed", rangeOf(batch, from.id));
  }

  #now(): number {
    return this.#links.local.clock.now();
  }
}

/** A frame may share its memory with a whole chunk of others: what is kept gets memory of its own. */
function owned(frame: Uint8Array): Uint8Array {
  return frame.byteLength === frame.buffer.byteLength ? frame : new Uint8Array(frame);
}
