import { type PeerId, sameBytes } from "@p2p/identity";
import { type Connection, type LinkSet, Malformed } from "@p2p/wire";
import { type Arrival, payloadBytes, readBatch } from "./batch.ts";
import { batchStatement, verifyBatch } from "./batch-signature.ts";
import { type Evidence, type Range, type RejectReason, rangeOf } from "./events.ts";
import type { Membership } from "./membership.ts";
import type { Origins } from "./origins.ts";
import { Parking } from "./parking.ts";
import { Passage } from "./passage.ts";
import { Recent } from "./recent.ts";
import type { Repair } from "./repair.ts";
import type { Run } from "./run.ts";
import type { Refusal } from "./validation.ts";

/** What an {@link Intake} tells: the events of the same names. */
interface IntakeNews {
  readonly rejected: (rejection: Range & { readonly why: RejectReason }) => void;
  readonly shed: (range: Range) => void;
  readonly late: (range: Range) => void;
  readonly parked: (range: Range) => void;
  readonly evidence: (evidence: Evidence) => void;
}

/** What an {@link Intake} stands on. */
export interface IntakeOptions {
  readonly links: LinkSet;
  readonly membership: Membership;
  readonly origins: Origins;
  /** Told of what could not be taken now; none if there is no repair. */
  readonly repair: Repair | undefined;
  /** Whether no more can be taken at the moment. */
  readonly isBusy: () => boolean;
  /** Gets each batch once: its signature is right, and it is marked as seen. */
  readonly accept: (arrival: Arrival, run: Run, passage: Passage) => void;
  /** A batch that was delivered and not passed on turns out to be news. */
  readonly spread: (frame: Uint8Array, from: Connection) => void;
  readonly news: IntakeNews;
}

/**
 * What a neighbour brings, step by step: seen? → may its origin speak? → within his rate? → his signature? → marked.
 * PROTOCOL.md §7.2.
 */
export class Intake {
  readonly #options: IntakeOptions;
  readonly #parking: Parking;
  readonly #recent = new Recent();
  readonly #counts = { duplicates: 0, returned: 0, late: 0, shed: 0, rejected: 0 };

  constructor(options: IntakeOptions) {
    this.#options = options;
    this.#parking = new Parking(options.links.local.clock, (arrival) => this.#postpone(arrival, "unknown"));
  }

  /** See `GossipCounts`. */
  get counts(): Readonly<Record<"duplicates" | "returned" | "late" | "shed" | "rejected", number>> {
    return this.#counts;
  }

  /** A BATCH came. */
  heard(brought: Uint8Array, from: Connection): void {
    const { repair, links } = this.#options;
    const repairedAgeMs = repair?.ageOf(from, brought.length);
    const copy = this.#recent.copyOf(brought);
    if (copy !== undefined) {
      this.#counts.duplicates++;
      if (repairedAgeMs === undefined && copy.passage.renew()) this.#options.spread(copy.frame, from);
      return;
    }
    const frame = owned(brought);
    const batch = readBatch(frame);
    if (batch instanceof Malformed) from.blame("malformed", batch.detail);
    else if (batch.origin === links.local.id) this.#counts.returned++;
    else this.#sort({ batch, frame, from, isChecked: false, repairedAgeMs });
  }

  /** Looks again at what waits for news of `origin`. */
  reconsider(origin: PeerId): void {
    const { membership } = this.#options;
    const isKnown = (incarnation: number): boolean => membership.standing(origin, incarnation) !== "unknown";
    for (const arrival of this.#parking.release(origin, isKnown)) this.#sort(arrival);
  }

  /** A batch that was accepted is not to be told after all. */
  refuse(arrival: Arrival, why: Refusal): void {
    if (why === "invalid") arrival.from.blame("rejected", "BATCH that the validator rejects");
    this.#reject(arrival, why);
  }

  /** Lets go of what waits. */
  stop(): void {
    this.#parking.clear();
  }

  /** Seen, too old, or worth a look? */
  #sort(arrival: Arrival): void {
    const { origin, incarnation, firstSequence, payloads } = arrival.batch;
    const run = this.#options.origins.find(origin, incarnation, this.#now());
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
    switch (this.#options.membership.standing(origin, incarnation)) {
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
  #check(arrival: Arrival, known: Run | undefined): void {
    const { origins, isBusy, accept } = this.#options;
    const { batch, frame } = arrival;
    const [messages, bytes, now] = [batch.payloads.length, payloadBytes(batch), this.#now()];
    const bucket = origins.bucketOf(batch.origin, now);
    if (isBusy()) return this.#postpone(arrival, "busy");
    const isExempt = this.#isExempt(arrival, messages, bytes);
    if (!isExempt && !bucket.allows(messages, bytes, now)) return this.#shed(arrival);
    if (!this.#isSigned(arrival)) return this.#forged(arrival);
    if (!isExempt) bucket.take(messages, bytes);
    const run = origins.enter(batch, known, bucket, now);
    const passage = new Passage(arrival.repairedAgeMs === undefined);
    this.#recent.add({ batch, frame, run, passage });
    accept(arrival, run, passage);
  }

  /** What repair brings is measured by who brings it: it was over its origin's rate before, or much comes at once. */
  #isExempt({ from, repairedAgeMs }: Arrival, messages: number, bytes: number): boolean {
    return repairedAgeMs !== undefined && (this.#options.repair?.mayBring(from, messages, bytes) ?? false);
  }

  /** A batch under numbers that were seen: the same as then, a forgery, or proof that its origin says two things. */
  #compare(arrival: Arrival, run: Run, otherwise: () => void): void {
    const { batch, frame } = arrival;
    const rival = run.isForked ? undefined : run.rivalOf(batch);
    if (rival === undefined) return otherwise();
    if (!this.#isSigned(arrival)) return this.#forged(arrival);
    const { networkId } = this.#options.links.local;
    if (sameBytes(batchStatement(batch, networkId), batchStatement(rival.batch, networkId)))
      return otherwise();
    run.isForked = true;
    const { origin, incarnation } = batch;
    this.#options.news.evidence({
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
      if (!this.#parking.hasRoomFor(from)) return this.#postpone(arrival, "crowded");
      if (!this.#isSigned(arrival)) return this.#forged(arrival);
      this.#parking.add({ ...arrival, isChecked: true });
      this.#options.news.parked(rangeOf(batch, from.id));
    }
    this.#options.membership.ask(origin, incarnation, from);
  }

  #isSigned({ batch, isChecked }: Arrival): boolean {
    const { networkId, verifier } = this.#options.links.local;
    return isChecked || verifyBatch(batch, networkId, verifier);
  }

  /** A correct neighbour checks before it passes on: the first forgery is proof enough. */
  #forged(arrival: Arrival): void {
    arrival.from.blame("forged", "BATCH with a bad signature");
    this.#reject(arrival, "signature");
  }

  #reject({ batch, from }: Arrival, why: RejectReason): void {
    this.#counts.rejected += batch.payloads.length;
    this.#options.news.rejected({ ...rangeOf(batch, from.id), why });
  }

  /** Not now: it will have to be repaired. */
  #postpone(arrival: Arrival, why: RejectReason): void {
    this.#options.repair?.refused(arrival.from);
    this.#reject(arrival, why);
  }

  #late({ batch, from }: Arrival): void {
    this.#counts.late += batch.payloads.length;
    this.#options.news.late(rangeOf(batch, from.id));
  }

  #shed({ batch, from }: Arrival): void {
    this.#options.repair?.refused(from);
    this.#counts.shed += batch.payloads.length;
    this.#options.news.shed(rangeOf(batch, from.id));
  }

  #now(): number {
    return this.#options.links.local.clock.now();
  }
}

/** A frame may share its memory with a whole chunk of others: what is kept gets memory of its own. */
function owned(frame: Uint8Array): Uint8Array {
  return frame.byteLength === frame.buffer.byteLength ? frame : new Uint8Array(frame);
}
