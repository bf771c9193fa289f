import { type ProofOfLife, signProofOfLife } from "@p2p/consensus";
import { type PeerId, toHex } from "@p2p/identity";
import { type Cancel, type Connection, every, type Lobby, shuffle } from "@p2p/wire";
import { POLL, STATUS, type Status } from "../frames.ts";
import { ProofNonces } from "./proof-nonces.ts";
import type { SeedLinks } from "./seed-links.ts";
import { type ClientTiming, pollIntervalMs } from "./timing.ts";

/** What the {@link Poller} asks and reports. */
export interface PollerOwner {
  /** The incarnation that polls speak for; `undefined` while there is none, and then nothing is proved. */
  incarnation(): number | undefined;
  /** How many members there are. */
  members(): number;
  /** A seed answered a poll. */
  status(status: Status, from: Connection): void;
}

/**
 * Asks the seeds in turn how this peer stands, the unlinked ones included, and signs in each poll what they showed in
 * their last answers: so every poll is a proof of life.
 */
export class Poller {
  readonly #lobby: Lobby;
  readonly #links: SeedLinks;
  readonly #timing: ClientTiming;
  readonly #owner: PollerOwner;
  #nonces: ProofNonces;
  /** Who is next: a turn at the round table, in an order of its own. */
  #turns: PeerId[];
  readonly #open = new Map<PeerId, OpenPoll>();
  /** The links over which a poll was answered. */
  readonly #answered = new WeakSet<Connection>();
  #cancel: Cancel | undefined;

  /** @param seeds everybody to be polled. */
  constructor(
    lobby: Lobby,
    links: SeedLinks,
    seeds: readonly PeerId[],
    timing: ClientTiming,
    owner: PollerOwner,
  ) {
    this.#lobby = lobby;
    this.#links = links;
    this.#timing = timing;
    this.#owner = owner;
    this.#nonces = new ProofNonces(seeds.length);
    this.#turns = shuffle(seeds, lobby.local.random);
    lobby.seeds.route(STATUS, (status, from) => this.#heard(status, from));
    lobby.seeds.on("left", ({ id }) => this.#drop(id));
  }

  /** See `SeedClient.proofNonces`. */
  get nonces(): readonly Uint8Array[] {
    return this.#nonces.toSign();
  }

  /** Others are the seeds now. What the former ones showed is of no use to anybody. */
  refresh(seeds: readonly PeerId[]): void {
    this.#nonces = new ProofNonces(seeds.length);
    this.#turns = shuffle(seeds, this.#lobby.local.random);
    for (const seed of this.#open.keys()) if (!seeds.includes(seed)) this.#drop(seed);
  }

  /** Polls in turn from now on, the first time after one interval. */
  start(): void {
    const { clock, random } = this.#lobby.local;
    this.#cancel ??= every(
      clock,
      () => pollIntervalMs(this.#timing, this.#owner.members(), random.next()),
      () => this.#next(),
    );
  }

  stop(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    for (const seed of this.#open.keys()) this.#drop(seed);
    this.#nonces.clear();
  }

  /** Polls `seed` now, unless an answer of it is due. */
  poll(seed: PeerId): void {
    if (!this.#open.has(seed)) this.#ask(seed, false);
  }

  /** The next seed that can be reached; one that is down does not cost a turn. */
  #next(): void {
    for (const _ of this.#turns) {
      const seed = this.#turns.shift() as PeerId;
      this.#turns.push(seed);
      if (this.#links.isReachable(seed)) return this.poll(seed);
    }
  }

  #ask(seed: PeerId, isSecond: boolean): void {
    const { clock } = this.#lobby.local;
    const poll = new OpenPoll(isSecond);
    poll.cancelTimeout = clock.after(this.#timing.answerTimeoutMs, () => this.#timedOut(seed));
    this.#open.set(seed, poll);
    const proof = this.#prove(seed);
    const incarnation = this.#owner.incarnation() ?? 0;
    this.#links.send(seed, POLL.encode({ incarnation, proof }));
  }

  #heard(status: Status, from: Connection): void {
    const poll = this.#open.get(from.id);
    if (poll === undefined) return;
    this.#drop(from.id);
    const isUrgent = this.#isUrgent(status, from);
    this.#nonces.show(from.id, status.nonces);
    this.#answered.add(from);
    // Not twice in a row, whatever the seed shows.
    if (isUrgent && !poll.isSecond) this.#ask(from.id, true);
    this.#owner.status(status, from);
  }

  /**
   * Whether to sign at once what a seed has just shown. A new case cannot wait for the next turn of this seed; and what
   * it showed over an earlier link it may have forgotten, so the first poll over a new one proved nothing.
   */
  #isUrgent({ nonces }: Status, from: Connection): boolean {
    if (this.#owner.incarnation() === undefined || nonces.length === 0) return false;
    const known = new Set(this.#nonces.toSign(from.id).map(toHex));
    return !this.#answered.has(from) || nonces.slice(1).some((nonce) => !known.has(toHex(nonce)));
  }

  #prove(reader: PeerId): ProofOfLife | undefined {
    const { id, networkId, signer } = this.#lobby.local;
    const incarnation = this.#owner.incarnation();
    const nonces = this.#nonces.toSign(reader);
    if (incarnation === undefined || nonces.length === 0) return undefined;
    return signProofOfLife({ peer: id, incarnation, nonces }, networkId, signer);
  }

  #timedOut(seed: PeerId): void {
    this.#drop(seed);
    this.#links.giveUp(seed);
  }

  #drop(seed: PeerId): void {
    this.#open.get(seed)?.cancelTimeout();
    this.#open.delete(seed);
  }
}

/** A poll whose answer is due. */
class OpenPoll {
  /** Whether it follows another one at once. */
  readonly isSecond: boolean;
  cancelTimeout: Cancel = () => undefined;

  constructor(isSecond: boolean) {
    this.isSecond = isSecond;
  }
}
