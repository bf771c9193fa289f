const UNITS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  "": 1000,
  m: 60_000,
  min: 60_000,
  h: 3_600_000,
};

/** What timers can count: some 24 days. */
const DURATION_MAX_MS = 2 ** 31 - 1;

/**
 * Milliseconds of `500ms`, `5s`, `2m`, `1h`; a bare number counts seconds.
 * @throws RangeError on anything else, on nothing at all, and on more than 24 days.
 */
export function parseDuration(text: string): number {
  const [, amount, unit = ""] = /^(\d+(?:\.\d+)?)\s*(ms|s|min|m|h)?$/.exec(text.trim()) ?? [];
  const durationMs = Number(amount) * (UNITS[unit] as number);
  if (!(durationMs > 0)) throw new RangeError(`not a duration, e.g. 5s or 500ms: "${text}"`);
  if (durationMs > DURATION_MAX_MS) throw new RangeError(`longer than 24 days: "${text}"`);
  return durationMs;
}
