import {
  CHAIN,
  CHAIN_ASK,
  type Configuration,
  type Proposal,
  proposalOf,
  proposeConfiguration,
  type SeedEntry,
  signConfiguration,
  verifyVoteKey,
} from "@p2p/consensus";
import { createSigner, type Operators, type Signer } from "@p2p/identity";
import { PROPOSE, PROPOSE_ANSWER, VOTE_KEY, VOTE_KEY_ASK } from "@p2p/seed";
import type { Host } from "@p2p/sim";
import { Malformed } from "@p2p/wire";
import { Hostile } from "./hostile/hostile.ts";
import type { Network } from "./network.ts";

/** Who may change the seeds of a test's network. */
export const OPERATOR: Signer = createSigner(new Uint8Array(32).fill(7));
export const OPERATORS: Operators = { needed: 1, keys: [OPERATOR.id] };

const PATIENCE_MS = 5000;

/** Whoever brings the operators' word: no seed and no member. */
export class Messenger {
  readonly #network: Network;
  readonly #line: Hostile;

  constructor(network: Network, name = "operator") {
    this.#network = network;
    this.#line = new Hostile(network, network.world.host(name));
  }

  /**
   * What the seed says with which key it would vote in configuration `number`.
   * @throws Error when it does not say so.
   */
  entryOf({ address, signer, verifier }: Host, number: number): SeedEntry {
    const { id } = signer;
    const { networkId } = this.#network.configuration;
    this.#line.dial(address, { expect: id })?.send(VOTE_KEY_ASK.encode({ number }));
    const answer = (): SeedEntry | undefined => {
      for (const frame of this.#line.of(VOTE_KEY.kind)) {
        const told = VOTE_KEY.decode(frame);
        const isIt = !(told instanceof Malformed) && told.seed === id && told.number === number;
        if (isIt && verifyVoteKey(told, networkId, verifier)) return { id, address, voteKey: told.key };
      }
      return undefined;
    };
    this.#network.world.runUntil(() => answer() !== undefined, PATIENCE_MS);
    const entry = answer();
    if (entry === undefined) throw new Error("a seed does not say its vote key");
    return entry;
  }

  /** Tells somebody who is to join how the seeds have changed so far, as a seed tells it. */
  bringAlong(host: Host, from: Host): void {
    const { world } = this.#network;
    this.#line.dial(from.address, { expect: from.signer.id })?.send(CHAIN_ASK.encode({ after: 0 }));
    world.run(200);
    const told = CHAIN.decode(this.#line.of(CHAIN.kind).at(-1) as Uint8Array);
    const link = this.#line.dial(host.address, { expect: host.signer.id });
    for (const certificate of told instanceof Malformed ? [] : told.certificates) {
      const { number } = certificate.proposal.terms;
      link?.send(CHAIN.encode({ newest: number, certificates: [certificate] }));
      world.run(200);
    }
  }

  propose(current: Configuration, hosts: readonly Host[], faulty = current.faulty): Configuration {
    const seeds = hosts.map((host) => this.entryOf(host, current.number + 1));
    return proposeConfiguration(current, { seeds, faulty });
  }

  /** Hands proposals to seeds, all in one moment. */
  handOut(proposals: readonly (readonly [to: Host, proposal: Proposal])[]): void {
    const lines = proposals.map(([{ address, signer }]) => this.#line.dial(address, { expect: signer.id }));
    for (const [index, [, proposal]] of proposals.entries()) lines[index]?.send(PROPOSE.encode({ proposal }));
  }

  /** Hands a proposal to a seed. @returns what it says. */
  handIn(to: Host, proposal: Proposal): string {
    const before = this.#line.of(PROPOSE_ANSWER.kind).length;
    this.#line.dial(to.address, { expect: to.signer.id })?.send(PROPOSE.encode({ proposal }));
    this.#network.world.runUntil(() => this.#line.of(PROPOSE_ANSWER.kind).length > before, PATIENCE_MS);
    const answer = PROPOSE_ANSWER.decode(this.#line.of(PROPOSE_ANSWER.kind).at(-1) as Uint8Array);
    return answer instanceof Malformed ? "malformed" : `${answer.outcome} ${answer.detail}`.trim();
  }
}

/** `configuration` as the operator proposes it. */
export function signed(configuration: Configuration): Proposal {
  return proposalOf(configuration, [signConfiguration(configuration, OPERATOR)]);
}

/** The vote keys that are in a seed's file: records of 48 bytes, the secret at the end of each. */
export function voteKeysOn({ platter }: Host): Signer[] {
  const bytes = platter.bytesOf("vote-keys") ?? new Uint8Array(0);
  const starts = Array.from({ length: bytes.length / 48 }, (_, index) => index * 48);
  return starts.map((start) => createSigner(bytes.subarray(start + 16, start + 48)));
}
