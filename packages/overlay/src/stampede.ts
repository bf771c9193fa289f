/**
 * Chance that a candidate turns down a newcomer who saw it with `degreeSeen` links, now that it has `degreeNow`.
 * When hundreds join at once they all see the same small hubs; unchecked, one of them ends up with a quarter of the
 * network. 0 up to `degreeSeen + 2m` links, then 1 − (degreeSeen + 2m) / degreeNow. PROTOCOL.md §5.
 * @param degreeSeen `undefined` when the newcomer had nobody to choose among: never turned down.
 */
export function refusalChance(degreeSeen: number | undefined, degreeNow: number, m: number): number {
  if (degreeSeen === undefined) return 0;
  const expectedMax = degreeSeen + 2 * m;
  return degreeNow <= expectedMax ? 0 : 1 - expectedMax / degreeNow;
}
