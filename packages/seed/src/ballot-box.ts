import { Ballot, type BallotSlot, type Council, factKey, rank } from "@p2p/consensus";
import type { PeerId } from "@p2p/identity";

interface Entry {
  readonly ballot: Ballot;
  readonly slot: BallotSlot;
  /** The seed whose vote made it necessary. */
  readonly opener: PeerId;
}

/** Most ballots that the votes of one seed keep open. */
const BALLOTS_A_SEED_MAX = 16_384;

/**
 * The ballots that are under way. Each seed has a share: whoever opens more than his loses his own oldest ones, so no
 * seed can crowd out the ballots of others.
 */
export class BallotBox {
  readonly #configuration: Council;
  readonly #shareMax: number;
  readonly #entries = new Map<string, Entry>();
  readonly #byPeer = new Map<PeerId, Set<string>>();
  readonly #byOpener = new Map<PeerId, Set<string>>();

  constructor(configuration: Council, shareMax: number = BALLOTS_A_SEED_MAX) {
    this.#configuration = configuration;
    this.#shareMax = shareMax;
  }

  get size(): number {
    return this.#entries.size;
  }

  /** The ballot on `slot`; a new one in the name of `opener` if there is none. */
  ballotOn(slot: BallotSlot, opener: PeerId): Ballot {
    const key = factKey(slot);
    const held = this.#entries.get(key);
    if (held !== undefined) return held.ballot;
    const ballot = new Ballot(this.#configuration, slot);
    this.#entries.set(key, { ballot, slot, opener });
    listed(this.#byPeer, slot.peer).add(key);
    const share = listed(this.#byOpener, opener).add(key);
    if (share.size > this.#shareMax) this.#drop(share.values().next().value as string);
    return ballot;
  }

  /** The ballot on `slot`, if there is one. */
  find(slot: BallotSlot): Ballot | undefined {
    return this.#entries.get(factKey(slot))?.ballot;
  }

  /** Those on which seeds disagree. Looks at every ballot. */
  *disputed(): Iterable<Ballot> {
    for (const { ballot } of this.#entries.values()) if (ballot.isDisputed) yield ballot;
  }

  /** Drops the ballots on `peer` that are decided once something of rank `certified` is certified. */
  forget(peer: PeerId, certified: number): void {
    for (const key of this.#byPeer.get(peer) ?? []) {
      if (rank((this.#entries.get(key) as Entry).slot) <= certified) this.#drop(key);
    }
  }

  /** Drops all ballots: their votes are of another configuration. */
  clear(): void {
    this.#entries.clear();
    this.#byPeer.clear();
    this.#byOpener.clear();
  }

  /** Drops the votes of `tick` and before, and the ballots that are empty then. Looks at every ballot. */
  forgetUntil(tick: number): void {
    for (const [key, { ballot }] of this.#entries) {
      ballot.forgetUntil(tick);
      if (ballot.votes.length === 0) this.#drop(key);
    }
  }

  #drop(key: string): void {
    const { slot, opener } = this.#entries.get(key) as Entry;
    this.#entries.delete(key);
    for (const [index, owner] of [
      [this.#byPeer, slot.peer],
      [this.#byOpener, opener],
    ] as const) {
      const keys = index.get(owner);
      keys?.delete(key);
      if (keys?.size === 0) index.delete(owner);
    }
  }
}

function listed(index: Map<PeerId, Set<string>>, owner: PeerId): Set<string> {
  const keys = index.get(owner) ?? new Set<string>();
  index.set(owner, keys);
  return keys;
}
