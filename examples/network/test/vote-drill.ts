import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { CERTIFICATES, Configuration, rank, type Vote } from "@p2p/consensus";
import { type PeerId, type Signer, toHex, verifier } from "@p2p/identity";
import { readOrCreateKeyFile } from "@p2p/identity/node";
import { VOTE, type VoteNews } from "@p2p/seed";
import {
  ARCHIVE_FILE,
  readCertificates,
  readVotes,
  SeedInvariants,
  VOTE_LOG_FILE,
} from "@p2p/seed/invariants";
import { Applicant } from "./applicant.ts";
import type { Network } from "./network.ts";
import type { Node } from "./node.ts";
import { until } from "./program.ts";

/** How often all seeds are killed. */
const ROUNDS = 6;
/** Keys that are applied for in each round. */
const KEYS = 4;
const LIFE = 1_750_000_000;

/**
 * Kills seeds while they vote. In each round newcomers apply, all seeds are killed meanwhile, and once they are back
 * others apply for the same lives of the same keys at other addresses: who has voted before must not do so again.
 */
export class VoteDrill {
  readonly invariants: SeedInvariants;
  /** Votes in certificates that their seeds have not on disk. */
  readonly unkept: Set<string> = new Set();
  readonly #kept = new Set<string>();
  readonly #network: Network;
  readonly #configuration: Configuration;
  /** By key, the contents that any seed has voted for. */
  readonly #contents = new Map<string, Set<string>>();

  constructor(network: Network) {
    this.#network = network;
    const seeds = network.seeds.map(({ plan: { address, id } }) => ({ address, id }));
    this.#configuration = new Configuration({ seeds });
    this.invariants = new SeedInvariants(this.#configuration, verifier);
  }

  /** Keys for which different seeds have voted differently: as often another vote would have been one too many. */
  get conflicts(): number {
    return [...this.#contents.values()].filter(({ size }) => size > 1).length;
  }

  async run(): Promise<void> {
    for (let round = 0; round < ROUNDS; round++) await this.#round(round);
    await until(() => {
      this.#inspect();
      return this.#network.seeds.every((seed) => this.#knowsAll(seed));
    }, "all that was certified, at all seeds");
  }

  async #round(round: number): Promise<void> {
    const { seeds, place } = this.#network;
    const keys = Array.from({ length: KEYS }, (_, index) => join(place.folder, `key-${round}-${index}`));
    const signers = keys.map(readOrCreateKeyFile);
    const last = seeds[round % seeds.length] as Node;
    const others = seeds.filter((seed) => seed !== last);
    // Every other time one seed is alone, so that nothing can be certified of what it votes for.
    const isAlone = round % 2 === 0;
    if (isAlone) await Promise.all(others.map((seed) => seed.kill()));
    const first = await this.#apply(signers);
    if (isAlone) await last.process?.printed(/^PROPOSE_ADD/);
    await Promise.all(seeds.map((seed) => sleep(Math.random() * 150).then(() => seed.kill())));
    this.#inspect();
    await Promise.all(first.map((applicant) => applicant.stop()));
    for (const seed of seeds) seed.start();
    await Promise.all(seeds.map((seed) => seed.ready()));
    const second = await this.#apply(signers);
    await until(() => second.every(({ certificate }) => certificate !== undefined), "a certificate for each");
    for (const { certificate } of second) {
      if (certificate !== undefined)
        this.invariants.sent(last.plan.id, CERTIFICATES.encode({ certificates: [certificate] }));
    }
    await Promise.all(second.map((applicant) => applicant.stop()));
  }

  async #apply(signers: readonly Signer[]): Promise<Applicant[]> {
    const applicants = signers.map((signer) => new Applicant(this.#configuration, signer, LIFE));
    await Promise.all(applicants.map((applicant) => applicant.start()));
    return applicants;
  }

  /** Shows everything that the seeds have on disk to the invariants; the certificates first, since votes come before. */
  #inspect(): void {
    const certificates = this.#network.seeds.flatMap(({ plan }) => {
      const held = readCertificates(contentsOf(plan.folder, ARCHIVE_FILE));
      for (const certificate of held)
        this.invariants.sent(plan.id, CERTIFICATES.encode({ certificates: [certificate] }));
      return held;
    });
    for (const { plan } of this.#network.seeds) {
      for (const news of readVotes(contentsOf(plan.folder, VOTE_LOG_FILE))) this.#voted(plan.id, news);
    }
    for (const vote of certificates.flatMap(({ votes }) => votes)) {
      if (!this.#kept.has(nameOf(vote))) this.unkept.add(nameOf(vote));
    }
  }

  #voted(seed: PeerId, news: VoteNews): void {
    const { kind, peer, digest } = news.vote.fact;
    this.invariants.sent(seed, VOTE.encode(news));
    this.#kept.add(nameOf(news.vote));
    if (kind === "add") this.#contents.set(peer, (this.#contents.get(peer) ?? new Set()).add(toHex(digest)));
  }

  #knowsAll({ plan }: Node): boolean {
    const held = new Map<string, number>();
    for (const { fact } of readCertificates(contentsOf(plan.folder, ARCHIVE_FILE))) {
      held.set(fact.peer, Math.max(rank(fact), held.get(fact.peer) ?? 0));
    }
    return [...this.invariants.highest].every(([peer, { fact }]) => (held.get(peer) ?? -1) >= rank(fact));
  }
}

function nameOf({ seed, fact }: Vote): string {
  return `${seed}:${fact.kind}:${fact.peer}:${fact.incarnation}:${toHex(fact.digest)}`;
}

/** A file that was not written yet is empty. */
function contentsOf(folder: string, file: string): Uint8Array {
  try {
    return readFileSync(join(folder, file));
  } catch {
    return new Uint8Array(0);
  }
}
