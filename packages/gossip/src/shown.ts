/** Most characters of a text that an error message shows. */
const SHOWN_MAX = 40;

/** `value` as an error message shows it: never long, and nothing of an object, which may be anybody's, is called. */
export function shown(value: unknown): string {
  if (typeof value === "string") return `"${value.slice(0, SHOWN_MAX)}"`;
  const isThing = (typeof value === "object" && value !== null) || typeof value === "function";
  return isThing ? `some ${typeof value}` : String(value);
}
