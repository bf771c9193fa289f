const TABLE: Uint32Array = Uint32Array.from({ length: 256 }, (_, byte) => {
  let word = byte;
  for (let bit = 0; bit < 8; bit++) word = word & 1 ? (word >>> 1) ^ 0xedb88320 : word >>> 1;
  return word;
});

/** CRC-32 (ISO 3309, as in zip and PNG) of `bytes`: it finds accidents, not attacks. */
export function crc32(bytes: Uint8Array): number {
  let word = 0xffffffff;
  for (const byte of bytes) word = (TABLE[(word ^ byte) & 0xff] as number) ^ (word >>> 8);
  return (word ^ 0xffffffff) >>> 0;
}
