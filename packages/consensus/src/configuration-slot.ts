import { type PeerId, toHex } from "@p2p/identity";
import type { Configuration } from "./configuration.ts";
import { ConfigurationBallot } from "./configuration-ballot.ts";
import type { Proposal } from "./proposal.ts";

/** Most proposals for one number; each has the operators' signatures, so more than one is their mistake already. */
export const PROPOSALS_MAX = 4;

/** What a seed may have to say about a proposal. */
export type Word = "ready" | "old" | "new";

/** How a seed stands when it looks what it may say. */
export interface Stand {
  readonly seed: PeerId;
  /** Whether it knows what a quorum of the seeds know that decide now. */
  readonly isFresh: boolean;
  /** The key that it could vote with in the next configuration, if it has made one. */
  readonly nextKey: PeerId | undefined;
  /** The tick that it holds. */
  readonly tick: number;
}

/**
 * What is to become the next configuration: the proposals for its number, and the one that this seed votes for. As an old
 * seed it votes for one of them, for ever; who joins votes only for what a quorum of the old chose. PROTOCOL.md §10.8.
 */
export class ConfigurationSlot {
  readonly current: Configuration;
  readonly #ballots = new Map<string, ConfigurationBallot>();
  #choice: string | undefined;

  constructor(current: Configuration) {
    this.current = current;
  }

  get ballots(): readonly ConfigurationBallot[] {
    return [...this.#ballots.values()];
  }

  /** The ballot on a configuration that was proposed. */
  ballotOn(cfg: Uint8Array): ConfigurationBallot | undefined {
    return this.#ballots.get(toHex(cfg));
  }

  /** Takes a verified proposal. @returns the ballot on it, or nothing where there are too many. */
  admit(proposal: Proposal, next: Configuration): ConfigurationBallot | undefined {
    const key = toHex(next.cfg);
    const held = this.#ballots.get(key);
    if (held !== undefined || this.#ballots.size >= PROPOSALS_MAX) return held;
    const ballot = new ConfigurationBallot(proposal, [this.current, next]);
    this.#ballots.set(key, ballot);
    return ballot;
  }

  /** Whether this seed may vote for `cfg` as an old seed: for one of a number, restarts included. */
  mayChoose(cfg: Uint8Array): boolean {
    return this.#choice === undefined || this.#choice === toHex(cfg);
  }

  /** Whether it has made up its mind for `cfg`. */
  hasChosen(cfg: Uint8Array): boolean {
    return this.#choice === toHex(cfg);
  }

  /** Makes up this seed's mind, before it is written down. @throws TypeError when it is made up otherwise. */
  choose(cfg: Uint8Array): void {
    if (!this.mayChoose(cfg))
      throw new TypeError("this seed has voted for another configuration of this number");
    this.#choice = toHex(cfg);
  }

  /** What a seed may say on `ballot` now that it has not said yet, in this tick where it is a vote. */
  due(ballot: ConfigurationBallot, { seed, isFresh, nextKey, tick }: Stand): readonly Word[] {
    const { next } = ballot;
    const said = ballot.wordsOf(seed);
    const words: Word[] = [];
    const canJoin = nextKey !== undefined && next.voteKey(seed) === nextKey;
    if (canJoin && isFresh && said.ready === undefined) words.push("ready");
    const isOld = this.current.has(seed) && isFresh && ballot.isReady;
    if (isOld && this.mayChoose(next.cfg) && tick > (said.old?.tick ?? -1)) words.push("old");
    const isNew = canJoin && said.ready !== undefined && ballot.isChosen;
    if (isNew && tick > (said.new?.tick ?? -1)) words.push("new");
    return words;
  }
}
