import { counted } from "../counted.ts";
import type { Usage } from "../messages.ts";
import type { Cluster } from "./cluster.ts";
import { countComponents } from "./components.ts";
import type { Reach } from "./deliveries.ts";
import type { Drill } from "./drill.ts";
import type { FalseRemoval } from "./removals.ts";

/** What became of a run. `problems` is empty if all is well. */
export interface Summary {
  readonly ok: boolean;
  readonly problems: readonly string[];
  readonly profile: string;
  /** From the first publication to the end. */
  readonly seconds: number;
  readonly gossip: Reach & {
    /** Frames that brought a message, for each that was new to who got it: what the flood costs. */
    readonly copiesPerDelivery: number;
  };
  readonly removals: readonly {
    readonly address: string;
    readonly fault: string;
    /** Seconds from the fault to the removal, by seed; null where it did not come. */
    readonly secondsAtSeeds: Readonly<Record<string, number | null>>;
  }[];
  readonly restarts: readonly {
    readonly address: string;
    /** Seconds from the SIGKILL until it was a member again; null if it is not. */
    readonly secondsAway: number | null;
  }[];
  readonly falseRemovals: readonly FalseRemoval[];
  readonly lists: { readonly equal: boolean; readonly members: number };
  readonly overlay: { readonly components: number; readonly degrees: Readonly<Record<string, number>> };
  readonly processes: readonly ({ readonly name: string } & Usage)[];
}

/** What a run is judged by. The nodes have said how they stand: see {@link Cluster.askStatus}. */
export interface RunRecord {
  readonly cluster: Cluster;
  readonly drill: Drill;
  readonly profile: string;
  readonly seconds: number;
  /** Why the output file is not complete, if it is not. */
  readonly outputFault: string | undefined;
}

type Facts = Omit<Summary, "ok" | "problems">;

/** Judges a run by what the drill saw and what the nodes said last. */
export function summarize(record: RunRecord): Summary {
  const { cluster, drill, outputFault } = record;
  const facts = factsOf(record);
  const problems = [
    ...problemsOf(facts, cluster.statusOfPeers().length),
    ...cluster.silent.map(({ name }) => `${name} does not answer`),
    ...drill.crashes,
    ...(outputFault === undefined ? [] : [outputFault]),
  ];
  return { ok: problems.length === 0, problems, ...facts };
}

function factsOf({ cluster, drill, profile, seconds }: RunRecord): Facts {
  const peers = cluster.statusOfPeers();
  const seeds = cluster.statusOfSeeds();
  const reach = drill.deliveries.reach();
  const received = sum(peers.map(({ delivered }) => delivered));
  const copies = sum(peers.map((peer) => peer.copies));
  return {
    profile,
    seconds: round(seconds, 1),
    gossip: {
      ...reach,
      percent: round(reach.percent, 2),
      copiesPerDelivery: round(copies / (received || 1), 2),
    },
    removals: removalsOf(cluster, drill),
    restarts: drill.removals.casualties
      .filter(({ fault }) => fault === "restarted")
      .map(({ address, backAfter }) => ({ address, secondsAway: round(backAfter ?? null, 2) })),
    falseRemovals: drill.removals.falseRemovals,
    lists: {
      equal: new Set(seeds.map(({ members }) => members.join("\n"))).size === 1,
      members: seeds[0]?.members.length ?? 0,
    },
    overlay: {
      components: countComponents(new Map(peers.map(({ id, neighbours }) => [id, neighbours]))),
      degrees: Object.fromEntries(peers.map(({ address, neighbours }) => [address, neighbours.length])),
    },
    processes: cluster.nodes.flatMap(({ name, status }) => (status ? [usageOf(name, status.usage)] : [])),
  };
}

function usageOf(name: string, { rssBytes, cpuSeconds, cpuPercent }: Usage): Summary["processes"][number] {
  return { name, rssBytes, cpuSeconds: round(cpuSeconds, 2), cpuPercent: round(cpuPercent, 2) };
}

function removalsOf(cluster: Cluster, { removals }: Drill): Summary["removals"] {
  const names = cluster.seeds.map(({ name }) => name);
  return removals.casualties
    .filter(({ fault }) => fault !== "restarted")
    .map(({ address, fault, removedAfter }) => ({
      address,
      fault,
      secondsAtSeeds: Object.fromEntries(
        names.map((name) => [name, round(removedAfter.get(name) ?? null, 2)]),
      ),
    }));
}

function problemsOf(
  { gossip, removals, restarts, falseRemovals, lists, overlay }: Facts,
  alive: number,
): string[] {
  const problems: string[] = [];
  if (gossip.messages === 0) problems.push("nothing was published: give it more time, or publish more often");
  if (gossip.deliveries < gossip.expected)
    problems.push(`gossip made ${gossip.deliveries} of ${gossip.expected} deliveries`);
  if (gossip.repeated > 0) problems.push(`${gossip.repeated} messages were delivered again`);
  for (const { address, fault, secondsAtSeeds } of removals) {
    const missing = Object.keys(secondsAtSeeds).filter((seed) => secondsAtSeeds[seed] === null);
    if (missing.length > 0) problems.push(`${address}, ${fault}, was not removed at ${missing.join(", ")}`);
  }
  for (const { address, secondsAway } of restarts)
    if (secondsAway === null) problems.push(`${address}, restarted, is not back`);
  for (const { address, seed } of falseRemovals) problems.push(`${seed} removed ${address} for no reason`);
  if (!lists.equal) problems.push("the seeds' lists differ");
  if (lists.members !== alive) problems.push(`${counted(lists.members, "member")} listed, ${alive} alive`);
  if (overlay.components > 1) problems.push(`the overlay is in ${overlay.components} parts`);
  return problems;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function round<T extends number | null>(value: T, digits: number): T {
  return (value === null ? null : Math.round(value * 10 ** digits) / 10 ** digits) as T;
}
