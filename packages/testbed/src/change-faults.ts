import { pick } from "@p2p/wire";
import type { Fault } from "./fault.ts";

/** What operators do to a network that runs. */
export const CHANGE_FAULTS = {
  change: {
    about: "another seed takes the place of one, for good",
    draw({ seeds, random }) {
      const host = pick(seeds, random);
      return host === undefined ? undefined : { hosts: [host], forMs: 0 };
    },
    begin(network, { hosts: [name = ""] }) {
      const host = network.world.hosts.get(name);
      if (host !== undefined) network.operator?.replace(host);
    },
    end: () => undefined,
  },
} satisfies Record<string, Fault>;
