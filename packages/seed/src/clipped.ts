const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** `text`, or as much of its beginning as fits into so many bytes of UTF-8, with an ellipsis. @param bytesMax at least 3. */
export function clipped(text: string, bytesMax: number): string {
  const bytes = encoder.encode(text);
  if (bytes.length <= bytesMax) return text;
  // What is cut in the middle of a character decodes to one that says so.
  return `${decoder.decode(bytes.subarray(0, bytesMax - 3)).replace(/\uFFFD+$/, "")}…`;
}
