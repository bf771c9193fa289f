import type { Configuration, LedgerOptions } from "@p2p/consensus";
import { P2PError, type Signer } from "@p2p/identity";
import { type Disk, Lobby, type LobbyOptions, splitAddress } from "@p2p/wire";
import type { Admission } from "./registrar.ts";
import type { SeedTiming } from "./timing.ts";

type Ports = "transport" | "advertise" | "clock" | "random" | "verifier" | "software" | "limits";

/** What a seed is made of. */
export interface SeedOptions extends Pick<LobbyOptions, Ports> {
  /** Who the seeds are; this one has to be among them. */
  readonly configuration: Configuration;
  /** This seed's key. */
  readonly signer: Signer;
  /** Where its votes and the list are kept: for this seed alone. Closed when the seed is. */
  readonly disk: Disk;
  /** Where to listen, `host:port`. Default: the address that the configuration has for this seed. */
  readonly listen?: string | undefined;
  /** Default: {@link ASSIGNMENT_TIMING}. `tickMs` and `leaseTicks` have to be the same in the whole network. */
  readonly timing?: Partial<SeedTiming> | undefined;
  /** Whom to let in. Default: everybody who can be dialled. */
  readonly admission?: Admission | undefined;
  /** How large the list may become. */
  readonly list?: Pick<LedgerOptions, "membersMax" | "tombstonesMax"> | undefined;
}

/** The door of a seed. @throws P2PError as the constructor of `Seed` does. */
export function lobbyFor({ configuration, signer, listen, ...options }: SeedOptions): Lobby {
  const entry = configuration.entry(signer.id);
  if (entry === undefined) {
    throw new P2PError(
      "SEED_UNKNOWN",
      `the configuration has no seed ${signer.id}: add its line, or use the key of one`,
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
    role: "seed",
    network: configuration.network,
    favouredHosts: configuration.seeds.map(({ address }) => splitAddress(address).host),
    listen: listen ?? entry.address,
  });
}
