import { BATCH } from "../packages/gossip/src/index.ts";
import { toHex } from "../packages/identity/src/index.ts";
import { batch } from "./vectors-cast.ts";

/** Frames in other words than this library's, and the same in its own: MessagePack has several forms for one value. */
export const tolerated: readonly { readonly why: string; readonly bytes: string; readonly as: string }[] = [
  { why: "an integer as uint 64", bytes: "1891cf0000000000000001", as: "189101" },
  { why: "an integer as int 64", bytes: "1891d30000000000000001", as: "189101" },
  { why: "an integer as float 64", bytes: "1891cb3ff0000000000000", as: "189101" },
  { why: "an integer as float 32", bytes: "1891ca3f800000", as: "189101" },
  { why: "a list of one as array 16", bytes: "18dc000101", as: "189101" },
  { why: "an element more than is known", bytes: "189201a178", as: "189101" },
  { why: "nil left out at the end", bytes: "469105", as: "469205c0" },
];

/** Frames that end the link they come over. */
export const refused: readonly { readonly why: string; readonly bytes: string }[] = [
  { why: "no list", bytes: "1801" },
  { why: "a map", bytes: "1881a17301" },
  { why: "an extension", bytes: "1891d40000" },
  { why: "the byte 0xc1", bytes: "1891c1" },
  { why: "bytes after the end", bytes: "18910100" },
  { why: "cut short", bytes: "189201" },
  { why: "a length beyond the end", bytes: "18ddffffffff01" },
  { why: "nine lists in each other", bytes: "189201919191919191919101" },
  { why: "an element missing", bytes: "1890" },
  { why: "text in place of a number", bytes: "1891a131" },
  { why: "a number below its range", bytes: "189100" },
  { why: "a number above 2^53 - 1", bytes: "1891cf0020000000000000" },
  { why: "a BATCH of seven elements", bytes: seventh(BATCH.encode(batch)) },
];

/** Two frames as they travel over TCP, each behind its length. */
export const stream: { readonly frames: readonly string[]; readonly bytes: string } = {
  frames: ["189101", "4491c0"],
  bytes: "00000003189101000000034491c0",
};

/** A BATCH with a seventh element, which its signature does not cover. */
function seventh(frame: Uint8Array): string {
  return `${toHex(frame.subarray(0, 1))}97${toHex(frame.subarray(2))}01`;
}
