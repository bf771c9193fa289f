import type { PeerId } from "@p2p/identity";
import { pick, type Random } from "@p2p/wire";
import type { Spread } from "./spread.ts";

/** How strongly new links go to those who have many. */
export interface Attachment {
  /**
   * Added to a degree to make it a weight: 0 is Barabási–Albert among those asked; negative makes hubs larger.
   * Default −1.5, which makes up for choosing among 16 only (with −0.5 hubs stay too small). −3 to 100.
   */
  readonly a: number;
  /** Chance that a link ignores degrees altogether. Default 0.1. 0 to 1. */
  readonly uniform: number;
}

export const DEFAULT_ATTACHMENT: Attachment = { a: -1.5, uniform: 0.1 };

/** The least weight, so that a newcomer with no link at all can be drawn. */
const WEIGHT_MIN = 0.1;

/** Somebody who answered and may become a neighbour. */
export interface Prospect {
  readonly id: PeerId;
  /** Distinct netgroups among its co-signed edges: never what it says of itself. */
  readonly degree: number;
  /** Where it stands, for diversity. */
  readonly netgroup: string;
}

/** What a draw obeys. */
export interface DrawRule {
  readonly attachment: Attachment;
  /** Degrees beyond this weigh no more. */
  readonly cap: number;
  /** The netgroups of the links already owned. */
  readonly spread: Spread;
}

/** Weight of a candidate of `degree`: max(0.1, min(cap, degree) + a). */
export function attachmentWeight(degree: number, cap: number, a: number): number {
  return Math.max(WEIGHT_MIN, Math.min(cap, degree) + a);
}

/**
 * Draws up to `count` different neighbours among `prospects` by weight, none from a netgroup that is taken already.
 * Fewer when too few are left; who draws then looks among others before it tolerates a second link into a netgroup.
 * PROTOCOL.md §5.
 */
export function preferentialAttachment<P extends Prospect>(
  prospects: readonly P[],
  count: number,
  { attachment, cap, spread }: DrawRule,
  random: Random,
): P[] {
  const drawn: P[] = [];
  const taken = spread.copy();
  while (drawn.length < count) {
    const left = prospects.filter(
      (prospect) => taken.hasRoom(prospect.netgroup) && !drawn.includes(prospect),
    );
    const chosen =
      random.next() < attachment.uniform ? pick(left, random) : drawByWeight(left, cap, attachment.a, random);
    if (chosen === undefined) break;
    drawn.push(chosen);
    taken.add(chosen.netgroup);
  }
  return drawn;
}

function drawByWeight<P extends Prospect>(
  prospects: readonly P[],
  cap: number,
  a: number,
  random: Random,
): P | undefined {
  const weights = prospects.map(({ degree }) => attachmentWeight(degree, cap, a));
  let mark = random.next() * weights.reduce((sum, weight) => sum + weight, 0);
  // Rounding may leave the mark a hair beyond the last one.
  return prospects.find((_, index) => (mark -= weights[index] as number) < 0) ?? prospects.at(-1);
}
