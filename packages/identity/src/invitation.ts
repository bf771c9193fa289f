import { concatBytes, sameBytes, u64Bytes } from "./bytes.ts";
import { P2PError } from "./errors.ts";
import { fromHex, toHex } from "./hex.ts";
import { ID_BYTES, keyOfPeerId, type PeerId, peerIdFromKey, shortId } from "./peer-id.ts";
import { SIGNATURE_BYTES, type Signer, type Verifier } from "./signer.ts";
import { type NetworkId, Statement, StatementKind } from "./statement.ts";

/**
 * An operator's word that a peer may become a member, whatever else stands against it. Bound to one network and one key,
 * so it is no secret: nobody else can use it. As bytes it is the token of a registration. PROTOCOL.md §8.6.
 */
export interface Invitation {
  readonly networkId: NetworkId;
  /** Whose word it is: seeds know whom to believe. */
  readonly inviter: PeerId;
  readonly peer: PeerId;
  /** Quorum time from which on it lets nobody in any more; nothing: for ever. No wall clock is read. */
  readonly untilTick: number | undefined;
  readonly signature: Uint8Array;
}

/** What an {@link Invitation} says, but for who signs it. */
export interface InvitationTerms {
  readonly peer: PeerId;
  /** Default: it is good for ever. At least 1. */
  readonly untilTick?: number | undefined;
}

/** Length of an invitation in bytes. */
export const INVITATION_BYTES: number = 1 + 3 * ID_BYTES + 8 + SIGNATURE_BYTES;

const VERSION = 1;
const UNTIL_AT = 1 + 3 * ID_BYTES;

/** The bytes `inviter` signs: inviter ‖ peer ‖ tick, 0 for ever. PROTOCOL.md §2.2. */
export function invitationStatement(
  { inviter, peer, untilTick = 0 }: InvitationTerms & { readonly inviter: PeerId },
  networkId: NetworkId,
): Uint8Array {
  return new Statement(StatementKind.invitation, networkId).id(inviter).id(peer).tick(untilTick).finish();
}

/**
 * Invites a peer: the bytes to give it, and the caller's own.
 * @throws RangeError when `untilTick` is not a whole number of at least 1.
 */
export function signInvitation(terms: InvitationTerms, networkId: NetworkId, inviter: Signer): Uint8Array {
  const { peer, untilTick } = terms;
  if (untilTick !== undefined && !(Number.isSafeInteger(untilTick) && untilTick >= 1))
    throw new RangeError(`untilTick is a whole number of at least 1, not ${untilTick}`);
  const signature = inviter.sign(invitationStatement({ inviter: inviter.id, peer, untilTick }, networkId));
  const keys = [keyOfPeerId(inviter.id), keyOfPeerId(peer)];
  return concatBytes([Uint8Array.of(VERSION), networkId, ...keys, u64Bytes(untilTick ?? 0), signature]);
}

/** What the bytes of an invitation say; nothing when they are none. The signature is not checked. Copies what it keeps. */
export function readInvitation(token: Uint8Array): Invitation | undefined {
  if (token.length !== INVITATION_BYTES || token[0] !== VERSION) return undefined;
  const [networkId, inviter, peer] = [0, 1, 2].map((place) => {
    const from = 1 + place * ID_BYTES;
    return token.slice(from, from + ID_BYTES);
  }) as [Uint8Array, Uint8Array, Uint8Array];
  const until = Number(`0x${toHex(token.subarray(UNTIL_AT, UNTIL_AT + 8))}`);
  if (!Number.isSafeInteger(until)) return undefined;
  return {
    networkId,
    inviter: peerIdFromKey(inviter),
    peer: peerIdFromKey(peer),
    untilTick: until === 0 ? undefined : until,
    signature: token.slice(UNTIL_AT + 8),
  };
}

/** Whether its inviter signed this. One signature check. */
export function verifyInvitation(invitation: Invitation, verifier: Verifier): boolean {
  const { inviter, networkId, signature } = invitation;
  return verifier.verify(inviter, invitationStatement(invitation, networkId), signature);
}

/** For whom, where and when an {@link Invitation} has to be good. */
export interface InvitationUse {
  readonly networkId: NetworkId;
  readonly peer: PeerId;
  /** Quorum time; nothing when nobody knows it here. */
  readonly tick?: number | undefined;
}

/**
 * Why an invitation does not let this peer in here and now, as the end of a sentence that begins with "the invitation"; nothing
 * when nothing speaks against it. Neither who signed it nor the signature is looked at.
 */
export function faultOfInvitation(invitation: Invitation, use: InvitationUse): string | undefined {
  const { networkId, peer, untilTick } = invitation;
  if (!sameBytes(networkId, use.networkId))
    return `is for another network (${nameOf(networkId)}) than this one (${nameOf(use.networkId)})`;
  if (peer !== use.peer) return `is for the peer ${shortId(peer)}, not for ${shortId(use.peer)}`;
  if (untilTick !== undefined && use.tick !== undefined && use.tick >= untilTick)
    return `has expired: it was good until tick ${untilTick}, and it is tick ${use.tick}`;
  return undefined;
}

/** An invitation as a sentence for people; its signature is checked, and a false one said so. */
export function describeInvitation(invitation: Invitation, verifier: Verifier): string {
  const { networkId, inviter, peer, untilTick } = invitation;
  const until = untilTick === undefined ? "for ever" : `until tick ${untilTick}`;
  const seal = verifyInvitation(invitation, verifier) ? "" : "; ITS SIGNATURE IS FALSE";
  return `an invitation for the peer ${peer} into the network ${nameOf(networkId)}, good ${until}, by ${inviter}${seal}`;
}

/** An invitation as people pass it on: hexadecimal digits. */
export function invitationText(token: Uint8Array): string {
  return toHex(token);
}

/**
 * Reads what {@link invitationText} wrote; blanks around it do not matter.
 * @returns the bytes, to be the token of a registration.
 * @throws P2PError `TOKEN_INVALID`, which says what is wrong with it.
 */
export function parseInvitation(text: string): Uint8Array {
  const digits = text.trim();
  const wanted = 2 * INVITATION_BYTES;
  if (!/^[0-9a-fA-F]*$/.test(digits)) throw unread("it is not written in hexadecimal digits alone");
  if (digits.length !== wanted)
    throw unread(`it has ${wanted} hexadecimal digits, and this one ${digits.length}`);
  const token = fromHex(digits);
  if (readInvitation(token) === undefined) throw unread("it is of another version, or damaged");
  return token;
}

function nameOf(networkId: NetworkId): string {
  return toHex(networkId.subarray(0, 4));
}

function unread(why: string): P2PError {
  return new P2PError(
    "TOKEN_INVALID",
    `not an invitation: ${why}; copy all of what the operator of the seeds gave you`,
  );
}
