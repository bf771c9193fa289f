import { countOf, durationOf, type Given, type OptionTable, textOf, wordOf } from "./options.ts";

/** The options that decide how fast a network goes; the same for the launcher, which hands them on, and its nodes. */
export const PACE_OPTIONS: OptionTable = {
  profile: { value: "assignment|lan", help: "how fast everything goes (default assignment)" },
  "gossip-every": { value: "TIME", help: "a peer publishes so often (default 5s; lan 1s)" },
  "gossip-max": { value: "N", help: "messages a peer publishes in all (default 10)" },
  "ping-every": { value: "TIME", help: "a peer pings its neighbours so often (default 13s; lan 1s)" },
  missed: { value: "N", help: "missed answers before a neighbour is suspected (default 2)" },
  m: { value: "N", help: "links a peer looks for itself (default 3)" },
};

export type ProfileName = "assignment" | "lan";

/** How fast a network goes. */
export interface Pace {
  readonly profile: ProfileName;
  readonly gossipEveryMs: number;
  readonly gossipMax: number;
  /** Undefined: the profile's. */
  readonly pingEveryMs: number | undefined;
  readonly missed: number;
  readonly m: number;
}

/** @throws UsageError on a value that cannot be. */
export function readPace(given: Given): Pace {
  const profile = wordOf(given, "profile", ["assignment", "lan"]);
  return {
    profile,
    gossipEveryMs: durationOf(given, "gossip-every", profile === "lan" ? 1000 : 5000),
    gossipMax: countOf(given, "gossip-max", 10, 0, 1_000_000),
    pingEveryMs: given["ping-every"] === undefined ? undefined : durationOf(given, "ping-every", 0),
    missed: countOf(given, "missed", 2, 1, 10),
    m: countOf(given, "m", 3, 1, 16),
  };
}

/** The same options again, for a node's command line. */
export function paceArguments(given: Given): string[] {
  return Object.keys(PACE_OPTIONS).flatMap((name) => {
    const value = textOf(given, name);
    return value === undefined ? [] : [`--${name}`, value];
  });
}
