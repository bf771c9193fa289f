import type { Host } from "@p2p/sim";
import { pick } from "@p2p/wire";
import type { Draft, Fault, Strike } from "../fault.ts";
import type { Network } from "../network.ts";
import { Forger } from "./forger.ts";
import { Pocket } from "./pocket.ts";
import { Replayer } from "./replayer.ts";
import { bootTwins } from "./twins.ts";

const DAY_MS = 86_400_000;

/** What liars do. A network has to bear them, as long as no more than f seeds are among them. */
export const HOSTILE_FAULTS = {
  twins: {
    about: "a stranger registers one life at two addresses, with some seeds at either",
    draw: whole(30_000),
    ...visiting("twins", bootTwins),
  },
  forger: {
    about: "a member forges the next messages of others before they come",
    draw: whole(60_000),
    ...visiting("forger", (network, host) => new Forger(network, host)),
  },
  replayer: {
    about: "a stranger shows the seeds old proofs of life of whoever is away",
    // It does not stop when all else is mended: nobody has to pay attention to it.
    draw: whole(0),
    ...visiting("replayer", (network, host) => new Replayer(network, host)),
  },
  pocket: {
    about: "a seed keeps silent, collects votes for removals, and completes them much later",
    draw({ allSeeds, random }): Draft {
      const host = pick(allSeeds, random);
      return host === undefined ? undefined : { hosts: [host], forMs: DAY_MS };
    },
    begin(network: Network, { hosts: [name = ""] }: Strike): void {
      const host = network.world.hosts.get(name);
      if (host === undefined || network.liars.size > 0) return;
      network.liars.add(host);
      host.crash();
      host.boot(() => new Pocket(network, host));
    },
    end(network: Network, { hosts: [name = ""] }: Strike): void {
      const host = network.world.hosts.get(name);
      if (host === undefined || !network.liars.delete(host)) return;
      host.crash();
      network.boot(host);
    },
  },
} satisfies Record<string, Fault>;

/** For a fixed time, in a network of the slower pace. */
function whole(ms: number): Fault["draw"] {
  return ({ scale }) => ({ hosts: [], forMs: scale * ms });
}

/** Somebody comes on a host of its own, and is gone in the end. */
function visiting(
  name: string,
  arrive: (network: Network, host: Host) => unknown,
): Pick<Fault, "begin" | "end"> {
  const guests = new WeakMap<Strike, Host>();
  return {
    begin(network, strike) {
      const host = network.world.host(`${name} ${network.world.hosts.size + 1}`);
      guests.set(strike, host);
      host.boot(() => arrive(network, host));
    },
    end: (_, strike) => guests.get(strike)?.crash(),
  };
}
