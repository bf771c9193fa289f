import type { PeerId } from "@p2p/identity";
import type { Configuration } from "./configuration.ts";
import type { ConfigurationVote, Ready, Side } from "./configuration-vote.ts";
import { CHANGE_SPAN_TICKS, type ConfigurationSeat, type JointCertificate } from "./joint-certificate.ts";
import type { Proposal } from "./proposal.ts";

/**
 * The seeds' words on one proposal: who is ready, and the newest vote of each seed on each side, so at most n of each.
 * Verifies no signature: the caller has done so. PROTOCOL.md §10.8.
 */
export class ConfigurationBallot {
  readonly proposal: Proposal;
  /** The configuration that holds, and the one proposed. */
  readonly pair: readonly [current: Configuration, next: Configuration];
  readonly #ready = new Map<PeerId, Ready>();
  readonly #votes: Readonly<Record<Side, Map<PeerId, ConfigurationVote>>> = {
    old: new Map(),
    new: new Map(),
  };

  constructor(proposal: Proposal, pair: readonly [Configuration, Configuration]) {
    this.proposal = proposal;
    this.pair = pair;
  }

  /** The configuration proposed. */
  get next(): Configuration {
    return this.pair[1];
  }

  /** Whether so many new seeds are ready that the others may vote for them: a quorum of their own. */
  get isReady(): boolean {
    return this.#ready.size >= this.next.quorum;
  }

  /** Whether so many voted as old seeds that the proposal alone can still be decided. */
  get isChosen(): boolean {
    return this.#votes.old.size >= this.pair[0].quorum;
  }

  /** Whether a word of `seed` would change anything: cheap, to be asked before its signature is checked. */
  wantsReady({ seed }: Ready): boolean {
    return this.next.has(seed) && !this.#ready.has(seed);
  }

  /** The same of a vote: the first of its seed and side, or one in a later tick. */
  wants({ side, seed, tick }: ConfigurationVote): boolean {
    const council = this.pair[side === "old" ? 0 : 1];
    return council.has(seed) && tick > (this.#votes[side].get(seed)?.tick ?? -1);
  }

  /** Counts a verified word. */
  admitReady(word: Ready): void {
    if (this.wantsReady(word)) this.#ready.set(word.seed, word);
  }

  /** Counts a verified vote. */
  cast(vote: ConfigurationVote): void {
    if (this.wants(vote)) this.#votes[vote.side].set(vote.seed, vote);
  }

  /** What `seed` has said so far. */
  wordsOf(seed: PeerId): {
    readonly ready: Ready | undefined;
    readonly old: ConfigurationVote | undefined;
    readonly new: ConfigurationVote | undefined;
  } {
    const { old, new: fresh } = this.#votes;
    return { ready: this.#ready.get(seed), old: old.get(seed), new: fresh.get(seed) };
  }

  /** The certificate, with exactly a quorum of each side and votes that lie close together; `undefined` while there is none. */
  certificate(): JointCertificate | undefined {
    const ticks = new Set([...this.#votes.old.values(), ...this.#votes.new.values()].map(({ tick }) => tick));
    for (const tick of [...ticks].toSorted((a, b) => b - a)) {
      const [old, fresh] = [this.#seats("old", tick), this.#seats("new", tick)];
      if (old !== undefined && fresh !== undefined) return { proposal: this.proposal, old, new: fresh };
    }
    return undefined;
  }

  /** A quorum of one side's votes, cast in `tick` or up to ten before. */
  #seats(side: Side, tick: number): readonly ConfigurationSeat[] | undefined {
    const { quorum } = this.pair[side === "old" ? 0 : 1];
    const close = [...this.#votes[side].values()].filter(
      (vote) => vote.tick <= tick && vote.tick >= tick - CHANGE_SPAN_TICKS,
    );
    if (close.length < quorum) return undefined;
    const newest = close.toSorted((a, b) => b.tick - a.tick).slice(0, quorum);
    return newest.map(({ seed, tick: at, signature }) => ({ seed, tick: at, signature }));
  }
}
