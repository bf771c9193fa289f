const DIGITS = "0123456789abcdef";
/** The two digits of each byte, as character codes. */
const CODES: Uint8Array = Uint8Array.from({ length: 512 }, (_, at) =>
  DIGITS.charCodeAt(at % 2 === 0 ? at >> 5 : (at >> 1) & 15),
);
/** What a character stands for, by its code; −1 for what is no digit. */
const VALUES: Int8Array = Int8Array.from({ length: 128 }, (_, code) =>
  DIGITS.indexOf(String.fromCharCode(code).toLowerCase()),
);
/** Bytes that are written at a time: a call takes a limited number of arguments. */
const CHUNK_BYTES = 4096;

/** `bytes` as lowercase hexadecimal digits. */
export function toHex(bytes: Uint8Array): string {
  if (bytes.length > CHUNK_BYTES)
    return toHex(bytes.subarray(0, CHUNK_BYTES)) + toHex(bytes.subarray(CHUNK_BYTES));
  // One flat text at once: pieces put together stay pieces until somebody looks the id up in a map.
  const codes = new Uint8Array(bytes.length * 2);
  for (let index = 0; index < bytes.length; index++) {
    const byte = bytes[index] as number;
    codes[2 * index] = CODES[2 * byte] as number;
    codes[2 * index + 1] = CODES[2 * byte + 1] as number;
  }
  return String.fromCharCode.apply(undefined, codes as unknown as number[]); // spread, it takes ten times as long
}

/**
 * The bytes that `text` spells in hexadecimal digits: a new array, the caller's own.
 * @throws TypeError when `text` is of odd length or has another character.
 */
export function fromHex(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length >> 1);
  let isFaulty = text.length % 2 !== 0;
  for (let index = 0; index < bytes.length; index++) {
    const byte = (digitAt(text, 2 * index) << 4) | digitAt(text, 2 * index + 1);
    isFaulty ||= byte < 0;
    bytes[index] = byte;
  }
  if (isFaulty) throw new TypeError(`not hexadecimal: "${text}"`);
  return bytes;
}

function digitAt(text: string, at: number): number {
  return VALUES[text.charCodeAt(at)] ?? -1;
}
