import { ACCUSATIONS } from "./accusations.ts";
import type { Attack } from "./attack.ts";
import { CHANNELS } from "./channels.ts";
import { GOSSIP } from "./gossip.ts";
import { KEYS } from "./keys.ts";
import { LINKS } from "./links.ts";
import { REGISTRATIONS } from "./registrations.ts";
import { SEEDS } from "./seeds.ts";
import { SYBILS } from "./sybils.ts";

/** All attacks, by their numbers. */
export const ATTACKS: readonly Attack[] = [
  ...ACCUSATIONS,
  ...SEEDS,
  ...REGISTRATIONS,
  ...KEYS,
  ...LINKS,
  ...GOSSIP,
  ...CHANNELS,
  ...SYBILS,
].toSorted((one, other) => one.number - other.number);

/** @throws RangeError that names them all, when there is none of this number. */
export function attackOf(number: number): Attack {
  const attack = ATTACKS.find((one) => one.number === number);
  if (attack !== undefined) return attack;
  throw new RangeError(
    `there is no attack ${number}; there are ${ATTACKS.map((one) => one.number).join(", ")}`,
  );
}
