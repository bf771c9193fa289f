import { WORK_BITS_MAX, workBitsOf } from "@p2p/consensus";
import type { NetworkId } from "@p2p/identity";
import type { Admission } from "./admission.ts";

/**
 * A rule that admits who has done so many bits of work for its key and address. It makes newcomers rarer, and not dearer for
 * who has better machines than they have: no defence by itself. One hash.
 * @throws RangeError unless `bits` is a whole number of 1 to 30.
 */
export function hashcash(bits: number, networkId: NetworkId): Admission {
  if (!Number.isInteger(bits) || bits < 1 || bits > WORK_BITS_MAX)
    throw new RangeError(`bits of work are a whole number of 1 to ${WORK_BITS_MAX}, not ${bits}`);
  return (registration) => {
    const { pow } = registration;
    const done = pow === undefined || pow.length === 0 ? 0 : workBitsOf(registration, pow, networkId);
    if (done >= bits) return undefined;
    const detail = `newcomers show ${bits} bits of work, and this one ${done}: have the peer do it (workBits: ${bits})`;
    return { code: "work", detail };
  };
}
