import type { PeerId } from "@p2p/identity";

/** Two that are linked. */
export interface Pair {
  readonly a: PeerId;
  readonly b: PeerId;
}

/**
 * The parts into which a graph falls (its connected components), the largest first; of two alike the one with the
 * smaller id in it, so that all who look at one graph name the same part the largest. Pairs of which one is no member
 * count for nothing. Time and memory grow with members and pairs, hardly more.
 */
export function partsOf(members: Iterable<PeerId>, pairs: Iterable<Pair>): readonly (readonly PeerId[])[] {
  const above = new Map<PeerId, PeerId>();
  for (const member of members) above.set(member, member);
  for (const { a, b } of pairs) {
    if (!above.has(a) || !above.has(b)) continue;
    const [one, other] = [topOf(a, above), topOf(b, above)];
    // The smallest id of a part is its name.
    if (one < other) above.set(other, one);
    else above.set(one, other);
  }
  return [...grouped(above)]
    .toSorted(([one, first], [other, second]) => {
      return second.length - first.length || (one < other ? -1 : 1);
    })
    .map(([, part]) => part);
}

function grouped(above: Map<PeerId, PeerId>): Map<PeerId, PeerId[]> {
  const parts = new Map<PeerId, PeerId[]>();
  for (const member of above.keys()) {
    const top = topOf(member, above);
    const part = parts.get(top);
    if (part === undefined) parts.set(top, [member]);
    else part.push(member);
  }
  return parts;
}

/** Who stands for the part that `member` is in; halves the way there, so that the next look is short. */
function topOf(member: PeerId, above: Map<PeerId, PeerId>): PeerId {
  let top = member;
  for (let next = above.get(top) as PeerId; next !== top; next = above.get(top) as PeerId) {
    const further = above.get(next) as PeerId;
    above.set(top, further);
    top = further;
  }
  return top;
}

/** Most numbers in a histogram of degrees. */
export const DEGREES_MAX = 64;

/**
 * How many members have 1, 2, 3 … links; the last of {@link DEGREES_MAX} numbers counts those with so many or more.
 * Trailing zeros are left out, members without links not counted. Pairs of which one is no member count for nothing.
 */
export function degreesOf(members: Iterable<PeerId>, pairs: Iterable<Pair>): number[] {
  const links = new Map<PeerId, number>();
  for (const member of members) links.set(member, 0);
  for (const { a, b } of pairs) {
    const [ofA, ofB] = [links.get(a), links.get(b)];
    if (ofA === undefined || ofB === undefined) continue;
    links.set(a, ofA + 1);
    links.set(b, ofB + 1);
  }
  const counts: number[] = [];
  for (const degree of links.values()) {
    const place = Math.min(degree, DEGREES_MAX);
    if (place === 0) continue;
    while (counts.length < place) counts.push(0);
    counts[place - 1] = (counts[place - 1] as number) + 1;
  }
  return counts;
}
