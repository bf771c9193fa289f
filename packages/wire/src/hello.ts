import {
  NETWORK_NAME_BYTES_MAX,
  type NetworkDescription,
  type NetworkId,
  OPERATORS_MAX,
  type Operators,
  type PeerId,
  type Signer,
  Statement,
  StatementKind,
  sha256,
} from "@p2p/identity";
import type { Address } from "./address.ts";
import {
  address,
  bytes,
  bytes32,
  type Field,
  fixedBytes,
  flag,
  integer,
  list,
  optional,
  peerId,
  record,
  signature,
  text,
  word,
} from "./field.ts";
import { FrameType } from "./frame.ts";
import { Kind } from "./kinds.ts";
import type { Purpose, Role } from "./remote.ts";
import type { Channel } from "./transport.ts";

/** Major version: another one is another protocol. Minor versions understand each other. */
export const PROTOCOL_MAJOR = 1;
export const PROTOCOL_MINOR = 0;

/** Longest credential in HELLO, in bytes: an ADD certificate of a quorum of some twenty seeds. */
export const CREDENTIAL_BYTES_MAX = 2048;
/** Longest frame that is read before HELLO is checked. */
export const HELLO_FRAME_BYTES_MAX = 4096;
/** Most seeds that a configuration may name. */
export const SEEDS_MAX = 64;

/** The first frame of each end. PROTOCOL.md §4.1. */
export interface Hello {
  readonly major: number;
  readonly minor: number;
  readonly networkId: NetworkId;
  readonly id: PeerId;
  readonly role: Role;
  readonly purpose: Purpose;
  /** Names the run of the sender's process: 8 bytes. */
  readonly session: Uint8Array;
  readonly nonce: Uint8Array;
  /** Where the sender can be dialled, as far as it knows. */
  readonly listen: Address | undefined;
  /** Asks that this link take the place of an earlier one that the sender holds for broken. */
  readonly replaces: boolean;
  /** The sender's own certificate of membership. */
  readonly credential: Uint8Array | undefined;
  /** What the sender runs, for display. */
  readonly software: string;
  /** The highest version of signed bytes that the sender reads, from 1 on. Default: 1. */
  readonly reads?: number | undefined;
}

export const HELLO: FrameType<Hello> = new FrameType(
  Kind.hello,
  "HELLO",
  record({
    major: integer(0, 65535),
    minor: integer(0, 65535),
    networkId: bytes32,
    id: peerId,
    role: word("seed", "peer"),
    purpose: word("member", "probe"),
    session: fixedBytes(8),
    nonce: bytes32,
    listen: optional(address),
    replaces: flag,
    credential: optional(bytes(CREDENTIAL_BYTES_MAX)),
    software: text(64),
    reads: optional(integer(1, 255)),
  }),
  { proof: "none" },
);

/** The second frame of each end. */
export interface HelloAck {
  /** The sender's, over {@link helloStatement}. */
  readonly signature: Uint8Array;
  /** The receiver's host as the sender sees it. */
  readonly observed: string;
}

export const HELLO_ACK: FrameType<HelloAck> = new FrameType(
  Kind.helloAck,
  "HELLO_ACK",
  record({ signature, observed: text(256) }),
  { proof: "none" },
);

/** Ends a link that is not wanted. */
export interface Refused {
  /** `version`, `network`, `self`, `identity`, `duplicate`, `full`, `stopping`, or an admission rule's own. */
  readonly code: string;
  /** The same as a sentence. */
  readonly detail: string;
  /** With `network`: which one this is, so that the other can be told the difference. */
  readonly network: NetworkDescription | undefined;
}

/** Who may change the seeds, on the wire: `[needed, keys]`. What does not fit together is refused by who hashes it. */
export const operators: Field<Operators> = record({
  needed: integer(1, OPERATORS_MAX),
  keys: list(peerId, OPERATORS_MAX, 1),
});

const networkDescription: Field<NetworkDescription> = record({
  name: text(NETWORK_NAME_BYTES_MAX),
  seeds: list(peerId, SEEDS_MAX),
  faulty: integer(0, 255),
  operators: optional(operators),
});

export const REFUSED: FrameType<Refused> = new FrameType(
  Kind.refused,
  "REFUSED",
  record({ code: text(32), detail: text(512), network: optional(networkDescription) }),
  { proof: "none" },
);

/** A polite end. Without one, the end of a link is evidence of a crash. */
export interface Goodbye {
  /** `link`: this link only. `node`: the sender leaves the network, or stops. */
  readonly scope: "link" | "node";
  readonly detail: string;
}

export const GOODBYE: FrameType<Goodbye> = new FrameType(
  Kind.goodbye,
  "GOODBYE",
  record({ scope: word("link", "node"), detail: text(256) }),
  { proof: "none" },
);

/** Asks, before HELLO and whatever the network, who answers at this address. */
export interface Who {
  readonly nonce: Uint8Array;
}

export const WHO: FrameType<Who> = new FrameType(Kind.who, "WHO", record({ nonce: bytes32 }), {
  proof: "none",
});

/** Who answers here, and which seeds it knows of. */
export interface Iam {
  readonly id: PeerId;
  readonly seeds: readonly PeerId[];
  /** Over {@link iamStatement}. */
  readonly signature: Uint8Array;
}

export const IAM: FrameType<Iam> = new FrameType(
  Kind.iam,
  "IAM",
  record({ id: peerId, seeds: list(peerId, SEEDS_MAX), signature }),
  { proof: "none" },
);

const UNBOUND = new Uint8Array(32);

/**
 * What HELLO_ACK signs: SHA-256 of the signer's own HELLO frame ‖ SHA-256 of the other one, kind bytes included ‖ the
 * binding of the channel, or 32 zero bytes on a plain one. So it covers both nonces, ids, roles and everything else that
 * was said, as it was said, and where.
 */
export function helloStatement(
  networkId: NetworkId,
  own: Uint8Array,
  other: Uint8Array,
  channel?: Channel,
): Uint8Array {
  return new Statement(StatementKind.hello, networkId)
    .bytes32(sha256(own))
    .bytes32(sha256(other))
    .bytes32(channel?.binding ?? UNBOUND)
    .finish();
}

/** The answer to a WHO: who signs here, and which seeds it knows of. */
export function introductionTo({ nonce }: Who, signer: Signer, seeds: readonly PeerId[]): Uint8Array {
  return IAM.encode({ id: signer.id, seeds, signature: signer.sign(iamStatement(nonce, seeds)) });
}

const NO_NETWORK = new Uint8Array(32);

/** What IAM signs: nonce ‖ u8 count ‖ the known seeds' ids, under a network id of 32 zero bytes. */
export function iamStatement(nonce: Uint8Array, seeds: readonly PeerId[]): Uint8Array {
  const statement = new Statement(StatementKind.iam, NO_NETWORK).bytes32(nonce).u8(seeds.length);
  for (const seed of seeds) statement.id(seed);
  return statement.finish();
}
