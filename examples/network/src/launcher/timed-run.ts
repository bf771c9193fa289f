import { setTimeout as sleep } from "node:timers/promises";
import type { ProfileName } from "../pace.ts";
import type { Cluster } from "./cluster.ts";
import type { Console } from "./console.ts";
import type { Drill } from "./drill.ts";
import type { NodeProcess } from "./node-process.ts";
import type { Faults, RunPlan } from "./run-plan.ts";
import { type Summary, summarize } from "./summary.ts";
import { summaryText } from "./summary-text.ts";

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
 * Lets a network run for `durationMs`, with faults on the way; longer if what has to follow from them is still to come,
 * but at most the profile's patience after the last fault. The nodes still run when it returns.
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
  let faultsAreDue = hasAny(faults);
  const isOver = (now: number): boolean => {
    if (faultsAreDue || now - startedAt < durationMs) return false;
    const { lastAt } = drill.removals;
    return lastAt === undefined || drill.isSettled() || now - lastAt >= patienceMs;
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
  const seconds = (Date.now() - startedAt) / 1000;
  const summary = summarize({ cluster, drill, profile, seconds, outputFault: output.fault?.message });
  output.say(summaryText(summary));
  return summary;
}

/** What will come when, for people; nothing if the run has no end. */
export function scheduleText({ durationMs, faults, pace }: RunPlan): string {
  if (durationMs === undefined) return "";
  const { faultAtMs } = SCHEDULE[pace.profile];
  const fault = hasAny(faults) ? `, the fault comes after ${faultAtMs / 1000} s` : "";
  return `${fault}, the end after ${durationMs / 1000} s, but not before all consequences are seen`;
}

function hasAny(faults: Faults): boolean {
  return Object.values(faults).some((count) => count > 0);
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
