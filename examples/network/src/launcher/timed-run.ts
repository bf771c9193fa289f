import { setTimeout as sleep } from "node:timers/promises";
import type { ProfileName } from "../pace.ts";
import type { Cluster } from "./cluster.ts";
import type { Console } from "./console.ts";
import type { Drill } from "./drill.ts";
import type { NodeProcess } from "./node-process.ts";
import { type Summary, summarize, summaryText } from "./summary.ts";

/** How many peers suffer what. */
export interface Faults {
  readonly kill: number;
  readonly freeze: number;
  readonly restart: number;
  readonly leave: number;
}

export interface TimedRun {
  readonly cluster: Cluster;
  readonly drill: Drill;
  readonly output: Console;
  readonly durationMs: number;
  readonly faults: Faults;
  readonly profile: ProfileName;
}

/** When the faults come, counted from the first publication, and how long their consequences may take. */
const SCHEDULE: Readonly<Record<ProfileName, { readonly faultAtMs: number; readonly patienceMs: number }>> = {
  assignment: { faultAtMs: 30_000, patienceMs: 75_000 },
  lan: { faultAtMs: 10_000, patienceMs: 20_000 },
};

const LOOK_MS = 100;
/** For what is still under way once nobody publishes any more. */
const SETTLE_MS = 1500;

/**
 * Lets a network run for `durationMs`, with faults on the way; longer if removals are still to come, but at most the
 * profile's patience after the last fault. The nodes still run when it returns.
 */
export async function runTimed({
  cluster,
  drill,
  output,
  durationMs,
  faults,
  profile,
}: TimedRun): Promise<Summary> {
  const { faultAtMs, patienceMs } = SCHEDULE[profile];
  const startedAt = Date.now();
  const seeds = cluster.seeds.map(({ name }) => name);
  let faultsAreDue = Object.values(faults).some((count) => count > 0);
  const isOver = (now: number): boolean => {
    if (faultsAreDue || now - startedAt < durationMs) return false;
    const { lastAt } = drill.removals;
    return lastAt === undefined || drill.removals.areComplete(seeds) || now - lastAt >= patienceMs;
  };
  for (let now = Date.now(); !isOver(now); now = Date.now()) {
    if (faultsAreDue && now - startedAt >= faultAtMs) {
      faultsAreDue = false;
      strike(drill, faults);
    }
    await sleep(LOOK_MS);
  }
  drill.hush();
  await sleep(SETTLE_MS);
  await cluster.askStatus();
  const summary = summarize(cluster, drill, profile, (Date.now() - startedAt) / 1000);
  output.say(summaryText(summary));
  return summary;
}

function strike(drill: Drill, faults: Faults): void {
  const blows: readonly [number, (peer: NodeProcess) => void][] = [
    [faults.kill, (peer) => drill.kill(peer)],
    [faults.freeze, (peer) => drill.freeze(peer)],
    [faults.restart, (peer) => drill.restart(peer)],
    [faults.leave, (peer) => drill.leave(peer)],
  ];
  for (const [count, blow] of blows) {
    for (let done = 0; done < count; done++) {
      const victim = drill.pickVictim();
      if (victim) blow(victim);
    }
  }
}
