/** First byte of the TLS record that opens a handshake, and of one that says why it failed (RFC 8446 §5.1). */
const HANDSHAKE = 0x16;
const ALERT = 0x15;

/** "unexpected_message", fatal: what TLS says to who speaks something else, and we to who speaks TLS where none is spoken. */
export const TLS_ALERT: Uint8Array = Uint8Array.of(ALERT, 3, 1, 0, 2, 2, 10);

/** Whether a stream that begins like this is TLS. One byte is enough: no frame has 350 MB. */
export function isTls(chunk: Uint8Array): boolean {
  return chunk[0] === HANDSHAKE || chunk[0] === ALERT;
}
