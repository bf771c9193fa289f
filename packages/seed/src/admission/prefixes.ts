import { type Address, isExemptFromPrefixRules, type PrefixRules, prefixOf } from "@p2p/wire";

/** How many members there may be in a prefix; keys that come and go within a lease, four times as many. */
export interface PrefixLimits {
  /** In an IPv4 /24, an IPv6 /64, or at a host name. Default: 4. */
  readonly narrow: number;
  /** In an IPv6 /48, which is what one customer may get. Default: 16. */
  readonly site: number;
  /** In an IPv4 /16. Default: 64. */
  readonly wide: number;
  /** In an IPv6 /32. Default: 256. */
  readonly broad: number;
}

export const PREFIX_LIMITS: PrefixLimits = { narrow: 4, site: 16, wide: 64, broad: 256 };

/** A range of addresses, and how many members it may have. */
export interface Prefix {
  readonly name: string;
  readonly max: number;
}

/** Which prefixes an address is in, and which addresses are in none: those that cost nothing, or are shared by whole sites. */
export class Prefixes {
  readonly #limits: PrefixLimits;
  readonly #rules: PrefixRules;

  /** @throws RangeError when a limit is not a whole number of at least 1. */
  constructor(limits: Partial<PrefixLimits> = {}, rules: PrefixRules = "public") {
    this.#limits = { ...PREFIX_LIMITS, ...limits };
    this.#rules = rules;
    for (const [name, limit] of Object.entries(this.#limits))
      if (!Number.isInteger(limit) || limit < 1)
        throw new RangeError(`quota.${name} is a whole number of at least 1, not ${limit}`);
  }

  /** The prefixes of an address, the smallest first; none for one that no rule is for. */
  of(address: Address): readonly Prefix[] {
    if (isExemptFromPrefixRules(address, this.#rules)) return [];
    const { narrow, site, wide, broad } = this.#limits;
    const smallest = { name: prefixOf(address, { v4: 24, v6: 64 }), max: narrow };
    if (smallest.name.endsWith("/24"))
      return [smallest, { name: prefixOf(address, { v4: 16, v6: 0 }), max: wide }];
    if (!smallest.name.endsWith("/64")) return [smallest];
    return [
      smallest,
      { name: prefixOf(address, { v4: 0, v6: 48 }), max: site },
      { name: prefixOf(address, { v4: 0, v6: 32 }), max: broad },
    ];
  }
}
