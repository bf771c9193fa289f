import type { Usage } from "../messages.ts";
import type { Cluster } from "./cluster.ts";
import { countComponents } from "./components.ts";
import type { Reach } from "./deliveries.ts";
import type { Drill } from "./drill.ts";

/** What became of a run. `problems` is empty if all is well. */
export interface Summary {
  readonly ok: boolean;
  readonly problems: readonly string[];
  readonly profile: string;
  readonly seconds: number;
  readonly gossip: Reach & { readonly copiesPerDelivery: number };
  readonly removals: readonly {
    readonly address: string;
    readonly fault: string;
    /** Seconds from the fault to the removal, by seed; null where it did not come. */
    readonly secondsAtSeeds: Readonly<Record<string, number | null>>;
  }[];
  readonly falseRemovals: readonly { readonly peer: string; readonly seed: string }[];
  readonly lists: { readonly equal: boolean; readonly members: number };
  readonly overlay: { readonly components: number; readonly degrees: Readonly<Record<string, number>> };
  readonly processes: readonly ({ readonly name: string } & Usage)[];
}

/** Judges a run by what the drill saw and what the nodes said last; see {@link Cluster.askStatus}. */
export function summarize(cluster: Cluster, drill: Drill, profile: string, seconds: number): Summary {
  const peers = cluster.statusOfPeers();
  const seeds = cluster.statusOfSeeds();
  const reach = drill.deliveries.reach();
  const received = peers.reduce((sum, { delivered }) => sum + delivered, 0);
  const copies = peers.reduce((sum, peer) => sum + peer.copies, 0);
  const graph = new Map(peers.map(({ id, neighbours }) => [id, neighbours]));
  const facts = {
    profile,
    seconds: round(seconds, 1),
    gossip: {
      ...reach,
      percent: round(reach.percent, 2),
      copiesPerDelivery: round(copies / (received || 1), 2),
    },
    removals: removalsOf(cluster, drill),
    falseRemovals: drill.removals.falseRemovals,
    lists: {
      equal: new Set(seeds.map(({ members }) => members.join("\n"))).size === 1,
      members: seeds[0]?.members.length ?? 0,
    },
    overlay: {
      components: countComponents(graph),
      degrees: Object.fromEntries(peers.map(({ address, neighbours }) => [address, neighbours.length])),
    },
    processes: cluster.nodes.flatMap(({ name, status }) => (status ? [{ name, ...status.usage }] : [])),
  };
  const problems = [...problemsOf(facts, cluster, peers.length), ...drill.crashes];
  return { ok: problems.length === 0, problems, ...facts };
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

type Facts = Omit<Summary, "ok" | "problems">;

function problemsOf(
  { gossip, removals, falseRemovals, lists, overlay }: Facts,
  cluster: Cluster,
  alive: number,
): string[] {
  const problems: string[] = [];
  if (gossip.messages === 0) problems.push("nothing was published");
  if (gossip.deliveries < gossip.expected) {
    problems.push(`gossip reached ${gossip.deliveries} of ${gossip.expected}`);
  }
  if (gossip.repeated > 0) problems.push(`${gossip.repeated} messages were delivered again`);
  for (const { address, fault, secondsAtSeeds } of removals) {
    const missing = Object.keys(secondsAtSeeds).filter((seed) => secondsAtSeeds[seed] === null);
    if (missing.length > 0) problems.push(`${address}, ${fault}, was not removed at ${missing.join(", ")}`);
  }
  if (falseRemovals.length > 0) problems.push(`${falseRemovals.length} removals that nothing explains`);
  if (!lists.equal) problems.push("the seeds' lists differ");
  if (lists.members !== alive) problems.push(`${lists.members} members are listed, ${alive} are alive`);
  if (overlay.components > 1) problems.push(`the overlay is in ${overlay.components} parts`);
  const silent = cluster.nodes.filter(({ isRunning, frozen, status }) => isRunning && !frozen && !status);
  for (const { name } of silent) problems.push(`${name} does not answer`);
  return problems;
}

function round<T extends number | null>(value: T, digits: number): T {
  return (value === null ? null : Math.round(value * 10 ** digits) / 10 ** digits) as T;
}

/** The summary for people. */
export function summaryText(summary: Summary): string {
  const { gossip, removals, falseRemovals, lists, overlay, processes } = summary;
  const lines = [
    "",
    `Summary after ${summary.seconds} s (${summary.profile})`,
    `  gossip      ${gossip.deliveries} of ${gossip.expected} deliveries (${gossip.percent} %), ${gossip.messages} messages, ` +
      `${gossip.repeated} delivered again, ${gossip.copiesPerDelivery} copies a delivery`,
    ...removals.map(
      ({ address, fault, secondsAtSeeds }) =>
        `  removal     ${address} ${fault}: ${secondsText(secondsAtSeeds)}`,
    ),
    `  lists       ${lists.equal ? "equal" : "NOT EQUAL"} at all seeds, ${lists.members} members`,
    `  overlay     ${overlay.components} component(s), degrees ${Object.values(overlay.degrees).join(" ")}`,
    `  false       ${falseRemovals.length} removals without a reason`,
    ...processes.map(
      ({ name, rssBytes, cpuSeconds, cpuPercent }) =>
        `  ${name.padEnd(12)}${(rssBytes / 2 ** 20).toFixed(0)} MiB, ${cpuSeconds.toFixed(2)} s CPU, ${cpuPercent.toFixed(2)} % of a core once ready`,
    ),
    summary.ok ? "All is well." : `NOT WELL: ${summary.problems.join("; ")}.`,
  ];
  return lines.join("\n");
}

function secondsText(seconds: Readonly<Record<string, number | null>>): string {
  return Object.entries(seconds)
    .map(([seed, value]) => `${seed} ${value === null ? "never" : `after ${value} s`}`)
    .join(", ");
}
