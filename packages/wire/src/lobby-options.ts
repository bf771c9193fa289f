import {
  DEFAULT_NETWORK_NAME,
  type NetworkDescription,
  type PeerId,
  type Signer,
  type Verifier,
} from "@p2p/identity";
import type { BlameLimits } from "./blame.ts";
import type { Clock } from "./clock.ts";
import type { Connection } from "./connection.ts";
import type { Refusal } from "./handshake.ts";
import type { Random } from "./random.ts";
import type { Purpose, Remote, Role } from "./remote.ts";
import type { CloseReason, Transport } from "./transport.ts";

/** Limits of a {@link Lobby}: all finite, all options. */
export interface LobbyLimits extends BlameLimits {
  /** How long a dial may take until the far end is known, and an accepted link until it said HELLO. Default 5 000. */
  readonly handshakeTimeoutMs: number;
  /** Accepted links that have not proved themselves; beyond, the oldest is dropped. Default 256 (a seed: 1 024). */
  readonly halfOpenMax: number;
  /** The same from one host; loopback and private addresses are exempt. Default 3. */
  readonly halfOpenPerHostMax: number;
  /** Accepted member links; beyond, newcomers are refused with `full`. Default 1 024. */
  readonly acceptedMax: number;
  /** Probe links; beyond, the oldest is dropped. Default 256 (a seed: 1 024). */
  readonly probesMax: number;
  /** How long a probe link may last. Default 20 000. */
  readonly probeLifeMs: number;
}

export interface LobbyOptions {
  /** How to reach others. The lobby closes it when it stops. Default: TLS with the signer's key, in Node. */
  readonly transport?: Transport | undefined;
  /** Where to listen, `host:port`; port 0 takes a free one. Default `127.0.0.1:0`. */
  readonly listen?: string | undefined;
  /** Where others shall dial, if that differs from where this node listens. */
  readonly advertise?: string | undefined;
  /** Default: a fresh key, and so a new identity at every start. */
  readonly signer?: Signer | undefined;
  readonly verifier?: Verifier | undefined;
  /** Which network: its name, or the whole description. Default: `"p2p"`, without seeds. */
  readonly network?: string | NetworkDescription | undefined;
  /** Default `"peer"`. */
  readonly role?: Role | undefined;
  readonly clock?: Clock | undefined;
  readonly random?: Random | undefined;
  /** The highest version of signed bytes that this node reads, as it tells the far end. Default: all that there are. */
  readonly reads?: number | undefined;
  /** Told to the far end for display, at most 64 bytes. Default `"@p2p/wire"`. */
  readonly software?: string | undefined;
  /** Hosts (IP addresses) whose links strangers cannot crowd out before HELLO: the seeds'. Default: none. */
  readonly favouredHosts?: Iterable<string> | undefined;
  /** This node's own certificate of membership, asked at each HELLO. */
  readonly credential?: (() => Uint8Array | undefined) | undefined;
  readonly limits?: Partial<LobbyLimits> | undefined;
}

/** How a dial is meant. */
export interface DialOptions {
  /** Default `"member"`. */
  readonly purpose?: Purpose | undefined;
  /** Whose key must answer. Default: anybody's. */
  readonly expect?: PeerId | undefined;
  /** Take the place of an earlier link to the same node, which is held for broken. Default false. */
  readonly replaces?: boolean | undefined;
  /** Default: {@link LobbyLimits.handshakeTimeoutMs}. */
  readonly timeoutMs?: number | undefined;
  /** Told once how it ended, never inside the call. */
  readonly done?: ((outcome: DialOutcome) => void) | undefined;
}

export type DialOutcome = { readonly connection: Connection } | { readonly failed: CloseReason };

/**
 * Says no to a far end that has proved itself, or nothing. `held` is the link that it would replace; `dialled` whether
 * this end dialled.
 */
export type AdmissionRule = (
  remote: Remote,
  held: Connection | undefined,
  dialled: boolean,
) => Refusal | undefined;

const PEER_LIMITS: LobbyLimits = {
  handshakeTimeoutMs: 5000,
  halfOpenMax: 256,
  halfOpenPerHostMax: 3,
  acceptedMax: 1024,
  probesMax: 256,
  probeLifeMs: 20_000,
  blameHalfLifeMs: 300_000,
  barMs: 600_000,
  blamedMax: 1024,
};

const SEED_LIMITS: Partial<LobbyLimits> = { halfOpenMax: 1024, probesMax: 1024, acceptedMax: 16_384 };

/** The limits of a lobby in `role`, with `changes` on top. */
export function limitsOf(role: Role, changes: Partial<LobbyLimits> = {}): LobbyLimits {
  return { ...PEER_LIMITS, ...(role === "seed" ? SEED_LIMITS : {}), ...changes };
}

/** The whole description of a network that may be given by its name. */
export function describeNetwork(
  network: string | NetworkDescription = DEFAULT_NETWORK_NAME,
): NetworkDescription {
  return typeof network === "string" ? { name: network, seeds: [], faulty: 0 } : network;
}
