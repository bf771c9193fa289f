import type { Host } from "@p2p/sim";
import { pick, type Random, sample } from "@p2p/wire";
import { CHANGE_FAULTS } from "./change-faults.ts";
import { HOSTILE_FAULTS } from "./hostile/faults.ts";
import type { Network } from "./network.ts";

/** One blow to a network, as data: it can be printed, left out, and dealt again. */
export interface Strike {
  /** Virtual milliseconds after the network has come together. */
  readonly atMs: number;
  readonly fault: FaultName;
  /** The names of the hosts that it hits; for a cut the two ends, for a split one side. */
  readonly hosts: readonly string[];
  /** How long it lasts; 0 for one that is over at once or never. */
  readonly forMs: number;
  /** By how much a clock jumps. */
  readonly byMs?: number | undefined;
}

/** Who is there to be hit, as a plan is drawn. */
export interface Cast {
  /** Peers that nothing is wrong with at this time. */
  readonly peers: readonly string[];
  /** Seeds that nothing is wrong with, unless so many are away that no further one may fail. */
  readonly seeds: readonly string[];
  readonly allPeers: readonly string[];
  readonly allSeeds: readonly string[];
  readonly random: Random;
  /** Times are as they are in a network of this pace: a quarter in the faster one. */
  readonly scale: number;
}

export type Draft = Omit<Strike, "atMs" | "fault"> | undefined;

/** A kind of trouble. */
export interface Fault {
  /** For people, as a sentence's end: "crash: a peer …". */
  readonly about: string;
  /** Chooses whom and for how long; nothing if there is nobody to be hit. */
  draw(cast: Cast): Draft;
  begin(network: Network, strike: Strike): void;
  end(network: Network, strike: Strike): void;
}

const DAY_MS = 86_400_000;
const nothing = (): void => undefined;

/** What happens to networks whose nodes are all honest. */
const MISHAPS = {
  crash: {
    about: "a peer dies and comes back after a while",
    draw: (cast) => one(cast.peers, cast, 1000, 120_000),
    begin: onHosts((_, host) => host.crash()),
    end: onHosts(boot),
  },
  kill: {
    about: "a peer dies for good",
    draw: (cast) => (cast.peers.length > cast.allPeers.length / 2 ? one(cast.peers, cast, 0, 0) : undefined),
    begin: onHosts((_, host) => host.crash()),
    end: nothing,
  },
  restart: {
    about: "a peer dies and listens again within five seconds",
    draw: (cast) => one(cast.peers, cast, 500, 5000),
    begin: onHosts((_, host) => host.crash()),
    end: onHosts(boot),
  },
  leave: {
    about: "a peer leaves politely and comes back later",
    draw: (cast) => one(cast.peers, cast, 20_000, 120_000),
    begin: onHosts((_, host) => host.stop()),
    end: onHosts(boot),
  },
  join: {
    about: "another peer joins",
    draw: () => ({ hosts: [], forMs: 0 }),
    begin: (network) => void network.addPeer(),
    end: nothing,
  },
  freeze: {
    about: "a peer stops in its tracks and goes on later",
    draw: (cast) => one(cast.peers, cast, 1000, 120_000),
    begin: onHosts((_, host) => host.freeze()),
    end: onHosts((_, host) => host.thaw()),
  },
  cable: {
    about: "a peer's cable is pulled",
    draw: (cast) => one(cast.peers, cast, 1000, 120_000),
    begin: onHosts((_, host) => host.vanish()),
    end: onHosts((_, host) => host.reappear()),
  },
  cut: {
    about: "one peer's words no longer reach another",
    draw(cast) {
      const [from, to] = sample(cast.peers, 2, cast.random);
      if (from === undefined || to === undefined) return undefined;
      return { hosts: [from, to], forMs: duration(cast, 5000, 120_000) };
    },
    begin: (network, strike) => network.world.cutOneWay(...ends(network, strike)),
    end: (network, strike) => network.world.heal(...ends(network, strike)),
  },
  deaf: {
    about: "a peer's words no longer reach a seed, or a seed's a peer",
    draw(cast) {
      const [peer, seed] = [pick(cast.peers, cast.random), pick(cast.seeds, cast.random)];
      if (peer === undefined || seed === undefined) return undefined;
      const hosts = cast.random.next() < 0.5 ? [peer, seed] : [seed, peer];
      return { hosts, forMs: duration(cast, 5000, 120_000) };
    },
    begin: (network, strike) => network.world.cutOneWay(...ends(network, strike)),
    end: (network, strike) => network.world.heal(...ends(network, strike)),
  },
  loss: {
    about: "a tenth of everything is lost",
    draw: (cast) => ({ hosts: [], forMs: duration(cast, 5000, 60_000) }),
    begin: ({ world }) => world.weather({ loss: 0.1 }),
    end: ({ loss, world }) => world.weather({ loss }),
  },
  disorder: {
    about: "frames come twice, late, and behind later ones",
    draw: (cast) => ({ hosts: [], forMs: duration(cast, 5000, 60_000) }),
    begin: ({ world }) => world.weather({ duplicate: 0.05, reorder: 0.05 }),
    end: ({ world }) => world.weather({ duplicate: 0, reorder: 0 }),
  },
  seedCrash: {
    about: "a seed dies and comes back",
    draw: (cast) => one(cast.seeds, cast, 500, 120_000),
    begin: onHosts((_, host) => host.crash()),
    end: onHosts(boot),
  },
  seedFreeze: {
    about: "a seed stops in its tracks and goes on later",
    draw: (cast) => one(cast.seeds, cast, 1000, 120_000),
    begin: onHosts((_, host) => host.freeze()),
    end: onHosts((_, host) => host.thaw()),
  },
  seedCable: {
    about: "a seed's cable is pulled",
    draw: (cast) => one(cast.seeds, cast, 1000, 120_000),
    begin: onHosts((_, host) => host.vanish()),
    end: onHosts((_, host) => host.reappear()),
  },
  clock: {
    about: "a wall clock jumps by up to a day, either way",
    draw(cast) {
      const host = pick([...cast.peers, ...cast.seeds], cast.random);
      const byMs = Math.round((2 * cast.random.next() - 1) * DAY_MS);
      return host === undefined ? undefined : { hosts: [host], forMs: 0, byMs };
    },
    begin: onHosts((_, host, { byMs = 0 }) => host.shiftWallClock(byMs)),
    end: nothing,
  },
  disk: {
    about: "a seed's disk is full for a while",
    draw: (cast) => one(cast.seeds, cast, 5000, 60_000),
    begin: onHosts((_, host) => host.platter.fill()),
    end: onHosts((_, host) => host.platter.repair()),
  },
  quorum: {
    about: "all seeds are down for a while",
    draw: (cast) =>
      cast.seeds.length === cast.allSeeds.length
        ? { hosts: cast.allSeeds, forMs: duration(cast, 10_000, 180_000) }
        : undefined,
    begin: onHosts((_, host) => host.crash()),
    end: onHosts(boot),
  },
  uplink: {
    about: "the seeds reach each other, and no peer",
    draw: (cast) =>
      cast.seeds.length === cast.allSeeds.length
        ? { hosts: cast.allSeeds, forMs: duration(cast, 10_000, 120_000) }
        : undefined,
    begin: split,
    end: ({ world }) => world.partition(),
  },
  split: {
    about: "some peers and some seeds lose the others",
    draw(cast) {
      if (cast.seeds.length < cast.allSeeds.length) return undefined;
      const some = (all: readonly string[]): string[] => all.filter(() => cast.random.next() < 0.3);
      const hosts = [...some(cast.allPeers), ...some(cast.allSeeds)];
      return { hosts, forMs: duration(cast, 10_000, 120_000) };
    },
    begin: split,
    end: ({ world }) => world.partition(),
  },
} satisfies Record<string, Fault>;

/** All that can be done to a network, by name. */
export const FAULTS = { ...MISHAPS, ...CHANGE_FAULTS, ...HOSTILE_FAULTS } satisfies Record<string, Fault>;

export type FaultName = keyof typeof FAULTS;

/** All names, as `--faults` takes them. */
export const FAULT_NAMES = Object.keys(FAULTS) as readonly FaultName[];

/** What happens unless something else is asked for: nobody lies, and the seeds stay the same. */
export const MISHAP_NAMES = Object.keys(MISHAPS) as readonly FaultName[];

/** A strike in words, e.g. `crash peer 3 for 12 s`. */
export function strikeText({ fault, hosts, forMs, byMs }: Strike): string {
  const whom = hosts.length > 0 ? ` ${hosts.join(", ")}` : "";
  const howLong = forMs > 0 ? ` for ${forMs / 1000} s` : "";
  const howFar = byMs === undefined ? "" : ` by ${Math.round(byMs / 1000)} s`;
  return fault + whom + howFar + howLong;
}

function one(hosts: readonly string[], cast: Cast, minMs: number, maxMs: number): Draft {
  const host = pick(hosts, cast.random);
  return host === undefined ? undefined : { hosts: [host], forMs: duration(cast, minMs, maxMs) };
}

/** Short ones are as frequent as long ones: drawn on a logarithmic scale. Whole milliseconds. */
function duration({ random, scale }: Cast, minMs: number, maxMs: number): number {
  return maxMs === 0 ? 0 : Math.round(scale * minMs * (maxMs / minMs) ** random.next());
}

function onHosts(act: (network: Network, host: Host, strike: Strike) => void): Fault["begin"] {
  return (network, strike) => {
    for (const name of strike.hosts) act(network, hostOf(network, name), strike);
  };
}

function boot(network: Network, host: Host): void {
  if (!host.isUp) return network.boot(host);
  // A polite stop that is not over yet: its supervisor would not wait any longer.
  host.crash();
  network.boot(host);
}

function split({ world }: Network, { hosts }: Strike): void {
  const side = new Set(hosts);
  const all = [...world.hosts.values()];
  world.partition(
    all.filter(({ name }) => side.has(name)),
    all.filter(({ name }) => !side.has(name)),
  );
}

function ends(network: Network, { hosts: [from = "", to = ""] }: Strike): [Host, Host] {
  return [hostOf(network, from), hostOf(network, to)];
}

function hostOf({ world }: Network, name: string): Host {
  const host = world.hosts.get(name);
  if (host === undefined) throw new RangeError(`there is no host ${name} in this world`);
  return host;
}
