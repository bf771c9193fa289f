import { MEMBERSHIP_WEAKNESSES } from "./membership-weaknesses.ts";
import { TRAFFIC_WEAKNESSES } from "./traffic-weaknesses.ts";
import type { Weakness } from "./weakness.ts";

/** One for each attack at least, as far as it has a defence that can be taken out. */
export const WEAKNESSES: readonly Weakness[] = [...MEMBERSHIP_WEAKNESSES, ...TRAFFIC_WEAKNESSES];
