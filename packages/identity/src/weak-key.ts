import type { PeerId } from "./peer-id.ts";

/** The y coordinates of the points of small order, as they may be encoded, without the bit for the sign of x. */
const SMALL_ORDER: ReadonlySet<string> = new Set([
  "00".repeat(32),
  `01${"00".repeat(31)}`,
  "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
  "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
  `ec${"ff".repeat(30)}7f`,
]);

/** What all encodings of a y at or above the field's prime end with; the first byte is then ed or more. */
const ABOVE_PRIME = `${"ff".repeat(30)}7f`;

/**
 * Whether `id` is a point of small order, or the second name of another key. Under the former anybody can make signatures
 * that check, and of both libraries think differently: nothing that is signed by one is valid here.
 */
export function isWeakKey(id: PeerId): boolean {
  const last = Number.parseInt(id.slice(62), 16) & 0x7f;
  const y = id.slice(0, 62) + last.toString(16).padStart(2, "0");
  return SMALL_ORDER.has(y) || (y.endsWith(ABOVE_PRIME) && y >= "ed");
}
