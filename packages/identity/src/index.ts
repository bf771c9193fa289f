export { createSigner, sha256, verifier } from "#crypto";
export { compareBytes, concatBytes, sameBytes, u64Bytes } from "./bytes.ts";
export {
  EDGE_SPAN_MAX_MS,
  type Edge,
  type EdgeEnd,
  type EdgeTerms,
  edgeEndStatement,
  edgeStatement,
  edgeTerms,
  edgeTermsAreSound,
  INCARNATION_MAX,
  incarnationIn,
  otherEnd,
  signEdge,
  verifyEdge,
} from "./edge.ts";
export { P2PError, type P2PErrorCode } from "./errors.ts";
export { fromHex, toHex } from "./hex.ts";
export {
  describeInvitation,
  faultOfInvitation,
  INVITATION_BYTES,
  type Invitation,
  type InvitationTerms,
  type InvitationUse,
  invitationStatement,
  invitationText,
  parseInvitation,
  readInvitation,
  signInvitation,
  verifyInvitation,
} from "./invitation.ts";
export {
  DEFAULT_NETWORK_NAME,
  NETWORK_NAME_BYTES_MAX,
  type NetworkDescription,
  networkIdOf,
  OPERATORS_MAX,
  type Operators,
  operatorsBytes,
} from "./network-id.ts";
export {
  ID_BYTES,
  isPeerId,
  keyOfPeerId,
  type PeerId,
  parsePeerId,
  peerIdFromKey,
  shortId,
} from "./peer-id.ts";
export { PRIVATE_KEY_BYTES, SIGNATURE_BYTES, type Signer, type Verifier } from "./signer.ts";
export { ClockKind, type NetworkId, SIGNATURE_VERSION_MAX, Statement, StatementKind } from "./statement.ts";
