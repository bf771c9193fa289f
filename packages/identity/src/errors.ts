/**
 * What can be wrong with the caller's surroundings. Codes are stable between major versions; messages are not.
 * A caller's own bug is a `TypeError` or `RangeError` instead, and the network's weather is never an exception.
 */
export type P2PErrorCode =
  | "ADDRESS_INVALID"
  | "ADDRESS_IN_USE"
  | "ADDRESS_UNAVAILABLE"
  | "CONFIG_INVALID"
  | "CONFIG_MISSING"
  | "DISK_FAILED"
  | "IDENTITY_IN_USE"
  | "KEY_FILE_EXISTS"
  | "KEY_FILE_INVALID"
  | "KEY_FILE_MISSING"
  | "KEY_FILE_OPEN"
  | "NETWORK_MISMATCH"
  | "NOT_DIALABLE"
  | "NOT_MEMBER"
  | "REGISTRATION_REJECTED"
  | "SEED_KEY_CHANGED"
  | "SEED_UNKNOWN"
  | "STOPPED"
  | "STORE_CORRUPT"
  | "TOKEN_INVALID";

/** The caller's surroundings are not as they must be. The message says what to do about it. */
export class P2PError extends Error {
  override readonly name = "P2PError";
  readonly code: P2PErrorCode;

  /** @param cause the error underneath, when there is one. */
  constructor(code: P2PErrorCode, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
  }
}
