import type { Configuration, ConfigurationChain, JointCertificate, LedgerOptions } from "@p2p/consensus";
import { P2PError, type Signer } from "@p2p/identity";
import { type Disk, Lobby, type LobbyOptions, splitAddress } from "@p2p/wire";
import type { AdmissionOptions } from "./admission/admission-options.ts";
import type { SeedTiming } from "./timing.ts";

type Ports = "transport" | "advertise" | "clock" | "random" | "verifier" | "software" | "limits";

/** What a seed is made of. */
export interface SeedOptions extends Pick<LobbyOptions, Ports> {
  /** Who the seeds are, or were when the network began; this one has to be among them, unless it {@link joins}. */
  readonly configuration: Configuration;
  /**
   * How the seeds have changed since, in order, as far as whoever starts this one knows. What it has on its disk, and what
   * others tell, may be more. Default: not at all.
   */
  readonly changes?: readonly JointCertificate[] | undefined;
  /**
   * Whether this seed may be none of the configuration's: it follows the others until their operators make it one of
   * them, and until then votes for nothing. Needs {@link listen}. Default: false.
   */
  readonly joins?: boolean | undefined;
  /**
   * The highest version of signed bytes that it reads and says that it reads, 1 to `SIGNATURE_VERSION_MAX`: to rehearse what
   * an older release would do. Default: all that there are.
   */
  readonly reads?: number | undefined;
  /** This seed's key. */
  readonly signer: Signer;
  /** Makes a key pair of 32 secret bytes, for the keys it votes with once the seeds have changed. Default: Ed25519. */
  readonly signerFrom?: ((secret: Uint8Array) => Signer) | undefined;
  /** Where its votes and the list are kept: for this seed alone. Closed when the seed is. */
  readonly disk: Disk;
  /** Where to listen, `host:port`. Default: the address that the configuration has for this seed. */
  readonly listen?: string | undefined;
  /** Default: {@link ASSIGNMENT_TIMING}. `tickMs` and `leaseTicks` have to be the same in the whole network. */
  readonly timing?: Partial<SeedTiming> | undefined;
  /** Whom to let in. Default: everybody who can be dialled where it comes from, as long as its network prefix has room. */
  readonly admission?: AdmissionOptions | undefined;
  /** How large the list may become. */
  readonly list?: Pick<LedgerOptions, "membersMax" | "tombstonesMax"> | undefined;
}

/** The door of a seed. @throws P2PError as the constructor of `Seed` does. */
export function lobbyFor(
  { configuration, signer, listen, ...options }: SeedOptions,
  chain: ConfigurationChain,
): Lobby {
  const entry = chain.entry(signer.id) ?? configuration.entry(signer.id);
  const listenAt = listen ?? entry?.address;
  if ((entry === undefined && options.joins !== true) || listenAt === undefined) {
    throw new P2PError(
      "SEED_UNKNOWN",
      `the configuration has no seed ${signer.id}: add its line, or use the key of one; or, if the operators are to add it to a network that runs, let it join, and say where it listens`,
    );
  }
  const { transport, advertise, clock, random, verifier, limits, software = "@p2p/seed" } = options;
  return new Lobby({
    transport,
    advertise,
    signer,
    verifier,
    clock,
    random,
    limits,
    software,
    reads: chain.reads,
    role: "seed",
    network: configuration.network,
    favouredHosts: chain.seeds.map(({ address }) => splitAddress(address).host),
    listen: listenAt,
  });
}
