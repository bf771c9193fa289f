const DIGITS: readonly string[] = Array.from({ length: 256 }, (_, byte) =>
  byte.toString(16).padStart(2, "0"),
);

/** `bytes` as lowercase hexadecimal digits. */
export function toHex(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += DIGITS[byte];
  return text;
}

/**
 * The bytes that `text` spells in hexadecimal digits: a new array, the caller's own.
 * @throws TypeError when `text` is of odd length or has another character.
 */
export function fromHex(text: string): Uint8Array {
  if (text.length % 2 !== 0 || /[^0-9a-fA-F]/.test(text)) throw new TypeError(`not hexadecimal: "${text}"`);
  const bytes = new Uint8Array(text.length / 2);
  for (let index = 0; index < bytes.length; index++) {
    bytes[index] = (nibble(text.charCodeAt(index * 2)) << 4) | nibble(text.charCodeAt(index * 2 + 1));
  }
  return bytes;
}

/** What one digit stands for: its low four bits, and nine more for a letter of either case. */
function nibble(code: number): number {
  return (code & 0x0f) + (code > 0x40 ? 9 : 0);
}
