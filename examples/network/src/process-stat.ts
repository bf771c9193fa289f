import { readFileSync } from "node:fs";

/** A process as Linux describes it. */
export interface ProcessStat {
  readonly parent: number;
  /** It has ended, and its parent has not asked how. */
  readonly isZombie: boolean;
  /** Tells it from a later process with the same id. */
  readonly startedAt: string;
}

/** Looks up a process; undefined if there is none, or no `/proc`. */
export function statOf(pid: number): ProcessStat | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "latin1");
    // The name comes second, in parentheses, and may hold anything.
    const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
    return { parent: Number(fields[1]), isZombie: fields[0] === "Z", startedAt: fields[19] ?? "" };
  } catch {
    return undefined;
  }
}

/** This process' parent and, where the system tells, its grandparent. */
export function ancestorsOf(): readonly [parent: number, grandparent: number | undefined] {
  return [process.ppid, statOf(process.ppid)?.parent];
}
