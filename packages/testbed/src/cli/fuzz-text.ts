import { toHex } from "@p2p/identity";

/** The beginning of an input. */
export function shown(input: Uint8Array): string {
  const text = toHex(input.subarray(0, 32));
  return input.length > 32 ? `${text}… (${input.length} bytes)` : text;
}
