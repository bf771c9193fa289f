import type { PeerId } from "@p2p/identity";
import { pick, type Random } from "@p2p/wire";
import type { Spread } from "./spread.ts";

/** How strongly new links go to those who have many. */
export interface Attachment {
  /**
   * A degree to this power is a weight: 0 ignores degrees, 1 is Barabási and Albert's when all are asked, more makes
   * hubs larger. Default 1.3, which makes up for asking 32 only, for the cap and for `uniform`. 0 to 3.
   */
  readonly power: number;
  /** Chance that a link ignores degrees altogether. Default 0.1. 0 to 1. */
  readonly uniform: number;
}

export const DEFAULT_ATTACHMENT: Attachment = { power: 1.3, uniform: 0.1 };

/** Somebody who answered and may become a neighbour. */
export interface Prospect {
  readonly id: PeerId;
  /** What its co-signed edges are worth, see `attestedDegree`: never what it says of itself. */
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

/** Weight of a candidate of `degree`: min(cap, degree)^power, and that of one link for a newcomer that has none yet. */
export function attachmentWeight(degree: number, cap: number, power: number): number {
  return Math.max(1, Math.min(cap, degree)) ** power;
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
      random.next() < attachment.uniform
        ? pick(left, random)
        : drawByWeight(left, cap, attachment.power, random);
    if (chosen === undefined) break;
    drawn.push(chosen);
    taken.add(chosen.netgroup);
  }
  return drawn;
}

function drawByWeight<P extends Prospect>(
  prospects: readonly P[],
  cap: number,
  power: number,
  random: Random,
): P | undefined {
  const weights = prospects.map(({ degree }) => attachmentWeight(degree, cap, power));
  let mark = random.next() * weights.reduce((sum, weight) => sum + weight, 0);
  // Rounding may leave the mark a hair beyond the last one.
  return prospects.find((_, index) => (mark -= weights[index] as number) < 0) ?? prospects.at(-1);
}
