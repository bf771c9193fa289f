import { Ballot, type BallotSlot, type Council, factKey, rank } from "@p2p/consensus";
import type { PeerId } from "@p2p/identity";

interface Entry {
  readonly ballot: Ballot;
  readonly slot: BallotSlot;
  /** Who has voted on it, and not forgotten since. */
  readonly voters: Set<PeerId>;
}

/** Most ballots on which the votes of one seed are kept. */
const BALLOTS_A_SEED_MAX = 16_384;

/**
 * The ballots that are under way. Each seed has a share: whoever votes on more than his loses his own oldest votes, and a
 * ballot goes with its last one. So no seed can crowd out the votes of others, wherever it has voted before them.
 */
export class BallotBox {
  readonly #configuration: Council;
  readonly #shareMax: number;
  readonly #entries = new Map<string, Entry>();
  readonly #byPeer = new Map<PeerId, Set<string>>();
  readonly #byVoter = new Map<PeerId, Set<string>>();

  constructor(configuration: Council, shareMax: number = BALLOTS_A_SEED_MAX) {
    this.#configuration = configuration;
    this.#shareMax = shareMax;
  }

  get size(): number {
    return this.#entries.size;
  }

  /** The ballot on `slot`, for a vote of `voter`; a new one if there is none. */
  ballotOn(slot: BallotSlot, voter: PeerId): Ballot {
    const key = factKey(slot);
    const { ballot, voters } = this.#entries.get(key) ?? this.#open(key, slot);
    voters.add(voter);
    const share = listed(this.#byVoter, voter).add(key);
    if (share.size > this.#shareMax) this.#withdraw(voter, share.values().next().value as string);
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
    this.#byVoter.clear();
  }

  /** Drops the votes of `tick` and before, and the ballots that are empty then. Looks at every ballot. */
  forgetUntil(tick: number): void {
    for (const [key, { ballot }] of this.#entries) {
      ballot.forgetUntil(tick);
      if (ballot.votes.length === 0) this.#drop(key);
    }
  }

  #open(key: string, slot: BallotSlot): Entry {
    const entry = { ballot: new Ballot(this.#configuration, slot), slot, voters: new Set<PeerId>() };
    this.#entries.set(key, entry);
    listed(this.#byPeer, slot.peer).add(key);
    return entry;
  }

  /** Takes a vote back. */
  #withdraw(voter: PeerId, key: string): void {
    const { ballot, voters } = this.#entries.get(key) as Entry;
    ballot.forget(voter);
    voters.delete(voter);
    unlisted(this.#byVoter, voter, key);
    if (ballot.votes.length === 0) this.#drop(key);
  }

  #drop(key: string): void {
    const { slot, voters } = this.#entries.get(key) as Entry;
    this.#entries.delete(key);
    unlisted(this.#byPeer, slot.peer, key);
    for (const voter of voters) unlisted(this.#byVoter, voter, key);
  }
}

function unlisted(index: Map<PeerId, Set<string>>, owner: PeerId, key: string): void {
  const keys = index.get(owner);
  keys?.delete(key);
  if (keys?.size === 0) index.delete(owner);
}

function listed(index: Map<PeerId, Set<string>>, owner: PeerId): Set<string> {
  const keys = index.get(owner) ?? new Set<string>();
  index.set(owner, keys);
  return keys;
}
