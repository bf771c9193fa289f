import type { Registration } from "@p2p/consensus";
import type { Address, Refusal } from "@p2p/wire";

/** How a registration came here. */
export interface Origin {
  /** Where the peer was seen; nothing when another seed brought its registration, which has reached it. */
  readonly source: Address | undefined;
  /** Whether an operator stands up for its key: by a good invitation, or in the list of those who are allowed. */
  readonly isVouched: boolean;
}

/**
 * Whether a newcomer may become a member, whatever the quorum says later; a refusal says why not, and what would help.
 * Asked about keys of which nothing is certified or voted, after their signature was checked and before they are dialled,
 * at each attempt; never about a member, whatever it does. Synchronous; one that throws has refused, and `policyFailed` tells it. The refusal's code has at most
 * 32 bytes; of its detail 512 reach the peer.
 */
export type Admission = (registration: Registration, origin: Origin) => Refusal | undefined;

/** A rule that admits whom every one of `rules` admits; the first that refuses says why. */
export function everyOf(...rules: readonly Admission[]): Admission {
  return (registration, origin) => {
    for (const rule of rules) {
      const refusal = rule(registration, origin);
      if (refusal !== undefined) return refusal;
    }
    return undefined;
  };
}

/**
 * A rule that admits whom one of `rules` admits, asked in their order; else the first one's code, and what all say.
 * @throws RangeError without any rule.
 */
export function anyOf(...rules: readonly Admission[]): Admission {
  if (rules.length === 0) throw new RangeError("any of no rules would admit nobody: give one");
  return (registration, origin) => {
    const refusals: Refusal[] = [];
    for (const rule of rules) {
      const refusal = rule(registration, origin);
      if (refusal === undefined) return undefined;
      refusals.push(refusal);
    }
    const detail = refusals.map((refusal) => refusal.detail).join("; or: ");
    return { code: (refusals[0] as Refusal).code, detail };
  };
}
