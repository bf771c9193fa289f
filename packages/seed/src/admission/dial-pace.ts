import type { PeerId } from "@p2p/identity";
import {
  type Address,
  Allowance,
  isExemptFromPrefixRules,
  machineOf,
  type PrefixRules,
  prefixOf,
} from "@p2p/wire";

/** How often a seed dials the same place back for newcomers. */
export interface PaceLimits {
  /** For a machine, that is an IPv4 address or an IPv6 /64: at once, and within some milliseconds. Default: 4 in 40 000. */
  readonly machine: { readonly max: number; readonly perMs: number };
  /** For an IPv4 /24 or an IPv6 /48. Default: 10 in 60 000. */
  readonly prefix: { readonly max: number; readonly perMs: number };
}

export const PACE_LIMITS: PaceLimits = {
  machine: { max: 4, perMs: 40_000 },
  prefix: { max: 10, perMs: 60_000 },
};

/**
 * Who answers for a dial, each out of an allowance of its own, so that none can use up another's. `home`: a member or a vouched
 * peer, where it comes from or is listed; `elsewhere`: one that names another place; `stranger`: all others. What a seed
 * brings is that seed's.
 */
export interface Purse {
  readonly kind: "stranger" | "elsewhere" | "home";
  readonly seed?: PeerId | undefined;
}

/** For members, and peers that an operator vouches for, where they come from or are listed. */
const TRUSTED = { max: 32, perMs: 32_000 };
/** Machines and prefixes that are remembered, each. */
const ASKERS_MAX = 16_384;

/**
 * Bounds what can be aimed at one place by registering it: dials into it, and so what a stranger that shares an address with
 * many, or a lying seed, can make a seed do there. What one seed brings takes nothing from others. PROTOCOL.md §8.6.
 */
export class DialPace {
  readonly #machines: Allowance;
  readonly #prefixes: Allowance;
  readonly #trusted = new Allowance({ ...TRUSTED, askersMax: ASKERS_MAX });
  readonly #rules: PrefixRules;

  /** @throws RangeError when a limit is not above 0. */
  constructor(limits: Partial<PaceLimits> = {}, rules: PrefixRules = "public") {
    const { machine, prefix } = { ...PACE_LIMITS, ...limits };
    for (const [name, { max, perMs }] of Object.entries({ machine, prefix }))
      if (!(max >= 1 && perMs > 0))
        throw new RangeError(`pace.${name} is at least 1 dial in more than 0 ms, not ${max} in ${perMs}`);
    this.#machines = new Allowance({ ...machine, askersMax: ASKERS_MAX });
    this.#prefixes = new Allowance({ ...prefix, askersMax: ASKERS_MAX });
    this.#rules = rules;
  }

  /** Whether `target` may be dialled now; counts as dialled if so. @param now monotonic milliseconds. */
  take(target: Address, purse: Purse, now: number): boolean {
    if (isExemptFromPrefixRules(target, this.#rules)) return true;
    const payer = `${purse.seed ?? purse.kind} `;
    const machine = machineOf(target);
    if (purse.kind === "home") return this.#trusted.take(payer + machine, now);
    const prefix = prefixOf(target, { v4: 24, v6: 48 });
    return this.#machines.take(payer + machine, now) && this.#prefixes.take(payer + prefix, now);
  }
}
