import { P2PError, type PeerId } from "@p2p/identity";
import { type CloseReason, type Connection, type LinkSet, SafeEmitter } from "@p2p/wire";
import { type Arrival, BATCH, unread } from "./batch.ts";
import type { GossipEvents } from "./events.ts";
import { Handover } from "./handover.ts";
import { Intake } from "./intake.ts";
import { Knowledge } from "./knowledge.ts";
import { Lineup } from "./lineup.ts";
import { EVERYBODY, type Membership } from "./membership.ts";
import { Message } from "./message.ts";
import { Neighbours } from "./neighbours.ts";
import type { GossipCounts, GossipOptions } from "./options.ts";
import { checkedOptions } from "./options-check.ts";
import { Origins } from "./origins.ts";
import { OwnMessages } from "./own-messages.ts";
import type { Passage } from "./passage.ts";
import { Publication, type PublishResult, payloadOf } from "./publication.ts";
import { rateOf } from "./rate.ts";
import { Repair } from "./repair.ts";
import type { Run } from "./run.ts";
import { Store, storeLimitsOf } from "./store.ts";
import { timingOf } from "./timing.ts";
import { type Refusal, Validation } from "./validation.ts";
import { ValidatorFailures } from "./validator-failures.ts";

/**
 * Brings every message to everybody: what a neighbour brings is checked, marked, passed on as the bytes it came in, and
 * told, in this order and once. Nothing is remembered of a message before its signature was checked, so a forged copy
 * cannot stand in the way of the real one. PROTOCOL.md §7.
 */
export class Gossip extends SafeEmitter<GossipEvents> {
  readonly #links: LinkSet;
  readonly #membership: Membership;
  readonly #own: OwnMessages;
  readonly #neighbours: Neighbours;
  readonly #origins: Origins;
  readonly #intake: Intake;
  readonly #handover: Handover;
  readonly #store: Store;
  readonly #repair: Repair | undefined;
  readonly #lineup: Lineup | undefined;
  readonly #validation: Validation | undefined;
  readonly #validatorFailures: ValidatorFailures;
  /** Links that are held up until the validator has caught up. */
  readonly #paused = new Set<Connection>();
  readonly #counts = { published: 0, delivered: 0, repaired: 0 };
  #isStopped = false;
  readonly #joined = (connection: Connection): void => {
    this.#release(connection, [...this.#handover.collect(connection.id), ...this.#own.release()]);
    this.#repair?.joined(connection);
  };
  readonly #left = (connection: Connection, reason: CloseReason): void => {
    this.#repair?.left(connection);
    this.#paused.delete(connection);
    const successor = reason.kind === "replaced" ? this.#links.get(connection.id) : undefined;
    if (successor === undefined) return this.#handover.lost(connection);
    this.#neighbours.replaced(connection, successor);
    this.#release(successor, this.#handover.givenTo(connection));
  };
  readonly #drained = (connection: Connection): void => {
    const dropped = this.#neighbours.drained(connection);
    if (dropped) this.emit("caughtUp", { peer: connection.id, dropped });
  };

  /**
   * @throws TypeError without links, on an option of another type, or when the links have a Gossip already; RangeError on
   *   a limit or an order that cannot be.
   */
  constructor(options: GossipOptions) {
    super(checkedOptions(options).links.local.clock);
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
    this.#handover = new Handover(clock);
    const { repairEveryMs, storeLifeMs, holdMs, validateMs } = timingOf(options.timing);
    this.#store = new Store(storeLimitsOf(options.store), storeLifeMs);
    if (options.order === "fifo") this.#lineup = this.#lineupOf(holdMs);
    this.#validatorFailures = new ValidatorFailures(clock, (failure) =>
      this.emit("validatorFailed", failure),
    );
    if (options.validate !== undefined)
      this.#validation = new Validation(clock, options.validate, validateMs, {
        eased: () => this.#resume(),
        failed: (error, message) => {
          if (!this.#isStopped) this.#validatorFailures.note(error, message);
        },
      });
    links.route(unread(BATCH), (frame, from) => {
      if (!this.#isStopped) this.#intake.heard(frame, from);
    });
    if (options.repair !== false) this.#repair = this.#repairEvery(repairEveryMs);
    this.#intake = this.#intakeOf();
    for (const connection of links) this.#repair?.joined(connection);
    links.on("joined", this.#joined).on("left", this.#left).on("drained", this.#drained);
  }

  /** Sums since the start, as of now. */
  get counts(): GossipCounts {
    const { passed, dropped } = this.#neighbours;
    const { exchanges = 0, resent = 0, ignored = 0 } = this.#repair?.counts ?? {};
    const { evicted } = this.#origins;
    const overtaken = this.#lineup?.overtaken ?? 0;
    return {
      ...this.#counts,
      ...this.#intake.counts,
      passed,
      dropped,
      evicted,
      exchanges,
      resent,
      ignored,
      overtaken,
      validatorFailures: this.#validatorFailures.total,
    };
  }

  /** What is kept for neighbours that miss it, now: never more than the options allow. */
  get stored(): { readonly messages: number; readonly bytes: number } {
    const { messages, bytes } = this.#store;
    return { messages, bytes };
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
    if (this.#repair !== undefined) this.#store.add(own.batch, own.frame, this.#now());
    const publication = new Publication(own);
    if (this.#links.size === 0) publication.held = this.#own.hold(own);
    else this.#neighbours.spread(own.frame, undefined, (to, passed) => publication.note(to, passed));
    return publication;
  }

  /** Looks again at what waits for news of `origin`: to be called when its standing has changed. */
  reconsider(origin: PeerId): void {
    this.#intake.reconsider(origin);
  }

  /** Ignores the links from now on, whose BATCH frames stay its own, and lets go of everything that waits. Twice does nothing. */
  stop(): void {
    this.#isStopped = true;
    this.#links.off("joined", this.#joined).off("left", this.#left).off("drained", this.#drained);
    this.#intake.stop();
    this.#own.release();
    this.#repair?.stop();
    this.#store.clear();
    this.#lineup?.clear();
    this.#validation?.clear();
    this.#resume();
  }

  #repairEvery(everyMs: number): Repair {
    const { id } = this.#links.local;
    const [origins, own, membership] = [this.#origins, this.#own, this.#membership];
    return new Repair({
      links: this.#links,
      store: this.#store,
      knowledge: new Knowledge({ id, origins, own, membership }),
      vouch: (origin, incarnation, from) => membership.ask(origin, incarnation, from),
      everyMs,
    });
  }

  #intakeOf(): Intake {
    return new Intake({
      links: this.#links,
      membership: this.#membership,
      origins: this.#origins,
      repair: this.#repair,
      isBusy: () => this.#validation?.isFull ?? false,
      accept: (arrival, run, passage) => this.#accept(arrival, run, passage),
      spread: (frame, from) => this.#neighbours.spread(frame, from),
      news: {
        rejected: (rejection) => this.emit("rejected", rejection),
        shed: (range) => this.emit("shed", range),
        late: (range) => this.emit("late", range),
        parked: (range) => this.emit("parked", range),
        evidence: (evidence) => this.emit("evidence", evidence),
      },
    });
  }

  #lineupOf(holdMs: number): Lineup {
    return new Lineup({
      clock: this.#links.local.clock,
      holdMs,
      tell: (message) => this.emit("message", message),
      gap: ({ origin, incarnation }, sequence, count) =>
        this.emit("gap", { origin, incarnation, sequence, count }),
    });
  }

  #release(connection: Connection, frames: readonly Uint8Array[]): void {
    if (frames.length === 0) return;
    this.#handover.gave(connection, frames);
    this.#neighbours.send(connection, frames);
  }

  /** Checked and marked: once the validator agrees, passed on and told. */
  #accept(arrival: Arrival, run: Run, passage: Passage): void {
    const { batch, from } = arrival;
    const messages = batch.payloads.map((_, index) => new Message(batch, index, from.id));
    if (this.#validation === undefined) return this.#deliver(arrival, run, passage, messages);
    this.#validation.add({
      messages,
      done: (refusal) => {
        if (refusal === undefined) this.#deliver(arrival, run, passage, messages);
        else this.#refuse(arrival, run, refusal);
      },
    });
    if (this.#validation.isPressed) this.#pause(from);
  }

  #deliver(arrival: Arrival, run: Run, passage: Passage, messages: readonly Message[]): void {
    const { batch, frame, from, repairedAgeMs } = arrival;
    this.#counts.delivered += messages.length;
    if (passage.deliver()) this.#neighbours.spread(frame, from);
    if (repairedAgeMs !== undefined) this.#counts.repaired += messages.length;
    if (this.#repair !== undefined) {
      this.#store.add(batch, frame, this.#now(), repairedAgeMs);
      if (repairedAgeMs !== undefined) this.#repair.repaired(batch.origin, batch.incarnation, from);
    }
    for (const message of messages) {
      if (this.#lineup === undefined) this.emit("message", message);
      else this.#lineup.add(run, message.sequence, message);
    }
  }

  /** The validator did not accept it. */
  #refuse(arrival: Arrival, run: Run, why: Refusal): void {
    const { firstSequence, payloads } = arrival.batch;
    for (let index = 0; index < payloads.length; index++)
      this.#lineup?.add(run, firstSequence + index, undefined);
    this.#intake.refuse(arrival, why);
  }

  /** Too much waits for the validator: its pace becomes that of who brings more. */
  #pause(from: Connection): void {
    if (this.#paused.has(from)) return;
    this.#paused.add(from);
    from.pause();
  }

  #resume(): void {
    for (const connection of this.#paused) connection.resume();
    this.#paused.clear();
  }

  #now(): number {
    return this.#links.local.clock.now();
  }
}
