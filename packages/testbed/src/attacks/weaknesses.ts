import { MEMBERSHIP_WEAKNESSES } from "./membership-weaknesses.ts";
import { TRAFFIC_WEAKNESSES } from "./traffic-weaknesses.ts";
import type { Weakness } from "./weakness.ts";

/** One for each of the main attacks. */
export const WEAKNESSES: readonly Weakness[] = [...MEMBERSHIP_WEAKNESSES, ...TRAFFIC_WEAKNESSES];
