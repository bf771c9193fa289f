import {
  type NetworkId,
  P2PError,
  type PeerId,
  SIGNATURE_VERSION_MAX,
  sameBytes,
  type Verifier,
} from "@p2p/identity";
import type { Configuration, SeedEntry } from "./configuration.ts";
import type { Council } from "./council.ts";
import {
  CHANGE_SPAN_TICKS,
  changeTick,
  examineJointCertificate,
  type JointCertificate,
} from "./joint-certificate.ts";

/** What became of a joint certificate that was shown to a {@link ConfigurationChain}. */
export type ChainAnswer =
  /** The chain is longer by it: its configuration holds now. */
  | "extended"
  /** Its configuration is in the chain, or another one of its number is. */
  | "known"
  /** Others have to come before it. */
  | "gap"
  /** It makes the next configuration hold, in which seeds sign in a version that this release does not read. */
  | "unreadable"
  /** It proves nothing, because of {@link fault}. */
  | { readonly fault: string };

/**
 * A network's configurations, from the one that everybody was given to the newest, each made to follow the one before by
 * a joint certificate; and the {@link Council} that the newest one is. Grows by {@link extend} alone: nobody has to be
 * trusted for what it is shown. As long as the operators let it grow. PROTOCOL.md §10.8.
 */
export class ConfigurationChain implements Council {
  readonly #configurations: Configuration[];
  readonly #certificates: JointCertificate[] = [];
  /** The highest version of signed bytes that is read here. */
  readonly reads: number;

  /**
   * @param first the configuration that this node was given.
   * @param reads the highest version of signed bytes that is read here. Default: all that there are.
   */
  constructor(first: Configuration, reads: number = SIGNATURE_VERSION_MAX) {
    this.#configurations = [first];
    this.reads = reads;
  }

  /** The configuration that this node was given. */
  get first(): Configuration {
    return this.#configurations[0] as Configuration;
  }

  /** The configuration that holds. */
  get newest(): Configuration {
    return this.#configurations.at(-1) as Configuration;
  }

  /** The one that held before; `undefined` while the first holds. */
  get previous(): Configuration | undefined {
    return this.#configurations.at(-2);
  }

  /** The number of the configuration that holds. */
  get number(): number {
    return this.newest.number;
  }

  /** Shows it a certificate: at most as many signature checks as there are operators and votes, if it is the next. */
  extend(certificate: JointCertificate, verifier: Verifier): ChainAnswer {
    const { number } = certificate.proposal.terms;
    if (number <= this.number) return "known";
    if (number > this.number + 1) return "gap";
    const next = examineJointCertificate(certificate, this.newest, verifier);
    if (typeof next === "string") return { fault: next };
    if (next.version > this.reads) return "unreadable";
    this.#configurations.push(next);
    this.#certificates.push(certificate);
    return "extended";
  }

  /** The certificates of the configurations after `number`, in their order, at most `max`. */
  after(number: number, max: number = Number.POSITIVE_INFINITY): readonly JointCertificate[] {
    const from = Math.max(0, number - this.first.number);
    return this.#certificates.slice(from, from + max);
  }

  get networkId(): NetworkId {
    return this.newest.networkId;
  }

  get seeds(): readonly SeedEntry[] {
    return this.newest.seeds;
  }

  get size(): number {
    return this.newest.size;
  }

  get faulty(): number {
    return this.newest.faulty;
  }

  get quorum(): number {
    return this.newest.quorum;
  }

  get registrars(): number {
    return this.newest.registrars;
  }

  get version(): number {
    return this.newest.version;
  }

  get cfg(): Uint8Array {
    return this.newest.cfg;
  }

  has(id: PeerId): boolean {
    return this.newest.has(id);
  }

  entry(id: PeerId): SeedEntry | undefined {
    return this.newest.entry(id);
  }

  voteKey(id: PeerId): PeerId | undefined {
    return this.newest.voteKey(id);
  }

  under(cfg: Uint8Array): Configuration {
    return this.#configurations[this.#indexOf(cfg)] ?? this.newest;
  }

  isForeign(cfg: Uint8Array): boolean {
    return this.newest.canChange && this.#indexOf(cfg) < 0;
  }

  /**
   * Half a lease after the change: by then every member that lives has renewed its membership under the new
   * configuration, and what the keys of former seeds could still sign is worth nothing.
   */
  overAt(cfg: Uint8Array, leaseTicks: number): number {
    const end = this.#endOf(cfg);
    return end === undefined ? Number.POSITIVE_INFINITY : end + Math.floor(leaseTicks / 2);
  }

  timeEndsAt(cfg: Uint8Array): number {
    const end = this.#endOf(cfg);
    return end === undefined ? Number.POSITIVE_INFINITY : end + CHANGE_SPAN_TICKS;
  }

  /** The tick at which another configuration took the place of `cfg`; `undefined` if it holds, or is not known. */
  #endOf(cfg: Uint8Array): number | undefined {
    if (this.#certificates.length === 0) return undefined;
    const index = this.#indexOf(cfg);
    const [certificate, next] = [this.#certificates[index], this.#configurations[index + 1]];
    return certificate && next && changeTick(certificate, next.faulty);
  }

  #indexOf(cfg: Uint8Array): number {
    // Nearly always the newest.
    return this.#configurations.findLastIndex((one) => sameBytes(one.cfg, cfg));
  }
}

/**
 * The chain that begins with `first` and goes on with `changes`, as a node is given it when it starts.
 * @param changes joint certificates in the order of their numbers; nothing is none.
 * @param reads as the constructor of `ConfigurationChain` has it.
 * @throws P2PError `CONFIG_INVALID` when one of them does not make the next configuration hold.
 */
export function chainOf(
  first: Configuration,
  changes: readonly JointCertificate[] | undefined,
  verifier: Verifier,
  reads?: number,
): ConfigurationChain {
  const chain = new ConfigurationChain(first, reads);
  for (const change of changes ?? []) {
    const { number } = change.proposal.terms;
    const answer = chain.extend(change, verifier);
    if (answer === "extended") continue;
    throw new P2PError(
      "CONFIG_INVALID",
      `the change of the seeds to configuration ${number} ${whyNot(answer, chain)}`,
    );
  }
  return chain;
}

function whyNot(answer: Exclude<ChainAnswer, "extended">, { number, reads }: ConfigurationChain): string {
  if (typeof answer !== "string") return `proves nothing: ${answer.fault}`;
  if (answer === "unreadable")
    return `lets them sign in a version beyond ${reads}, which this release does not read: install a newer one`;
  return `proves nothing: configuration ${number + 1} comes before it`;
}
