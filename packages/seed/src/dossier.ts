import { contradict, type Vote, verifyVote } from "@p2p/consensus";
import type { PeerId } from "@p2p/identity";
import type { Connection } from "@p2p/wire";
import type { DoubleVote } from "./events.ts";
import { DOUBLE_VOTE } from "./frames.ts";
import type { Office } from "./office.ts";

/**
 * Proofs that seeds voted twice: the first one of each seed. Each is told once, and passed on to every other seed, also
 * to those that come later, so that what one has found out all know. Nothing else follows by itself: a quorum bears f
 * such seeds, and who they are is for people to act on. PROTOCOL.md §9.10.
 */
export class Dossier {
  readonly #office: Office;
  readonly #proofs = new Map<PeerId, DoubleVote>();

  constructor(office: Office) {
    this.#office = office;
    const { seeds } = office.lobby;
    seeds.route(DOUBLE_VOTE, ({ first, second }, from) => this.#hear(first, second, from));
    seeds.on("joined", (connection) => {
      for (const proof of this.#proofs.values()) connection.send(frameOf(proof));
    });
  }

  /** In the order in which they came; at most one a seed. */
  get proofs(): readonly DoubleVote[] {
    return [...this.#proofs.values()];
  }

  /** Takes two verified votes; they need not contradict each other. */
  compare(first: Vote, second: Vote): void {
    const { seed } = first;
    if (this.#proofs.has(seed) || !this.#contradict(first, second)) return;
    const proof: DoubleVote = { kind: "double vote", seed, votes: [first, second] };
    this.#proofs.set(seed, proof);
    this.#office.lobby.seeds.broadcast(frameOf(proof));
    this.#office.tell("evidence", proof);
  }

  #contradict(first: Vote, second: Vote): boolean {
    return contradict(first, second, this.#office.timing.leaseTicks);
  }

  #hear(first: Vote, second: Vote, from: Connection): void {
    if (this.#proofs.has(first.seed)) return;
    const { configuration, lobby } = this.#office;
    if (!this.#contradict(first, second))
      return this.#office.forged(from.id, "double vote", "two votes that one seed may have cast");
    if (configuration.isForeign(first.cfg) || !this.#office.hears(from)) return;
    const isTrue = [first, second].every((vote) => verifyVote(vote, configuration, lobby.local.verifier));
    if (isTrue) this.compare(first, second);
    else this.#office.blame(from, "double vote", "a vote that its seed did not cast");
  }
}

function frameOf({ votes: [first, second] }: DoubleVote): Uint8Array {
  return DOUBLE_VOTE.encode({ first, second });
}
