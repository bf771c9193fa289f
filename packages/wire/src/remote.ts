import type { PeerId } from "@p2p/identity";
import type { Address } from "./address.ts";
import type { Proof } from "./frame.ts";

/** What a node is in the network: it keeps the list of members, or it is one. */
export type Role = "seed" | "peer";

/**
 * What a link is for. A `member` link lasts, and there is one between two nodes; a `probe` link carries one short
 * question (probes, proofs of life, accusations, a degree) and never disturbs a member link.
 */
export type Purpose = "member" | "probe";

/** What is known of the far end of a connection. */
export interface Remote {
  readonly id: PeerId;
  /** How it proved that. */
  readonly proof: Proof;
  readonly role: Role;
  readonly purpose: Purpose;
  /** Names one run of its process: 16 hexadecimal digits, drawn at its start. */
  readonly session: string;
  /** Far end of the pipe: what was dialled, or where the dial came from. */
  readonly address: Address;
  /** Where it says that it can be dialled. Unproved. */
  readonly listen: Address | undefined;
  /** This end's host as the far end sees it. Unproved. */
  readonly observed: string;
  /** Its own certificate of membership, if it showed one: at most 2 KiB, unchecked. */
  readonly credential: Uint8Array | undefined;
  /** What it runs, for display: at most 64 bytes, unproved. */
  readonly software: string;
  /** The highest version of signed bytes that it says it reads. */
  readonly reads: number;
  /** Whether whoever dialled asked to replace an earlier link. */
  readonly replaces: boolean;
}
