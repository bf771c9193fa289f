import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { Round, type RoundReport } from "../fuzz/round.ts";
import { besiege, isSiege } from "../fuzz/siege.ts";
import { readersByName } from "./fuzz-readers.ts";

/** Inputs for one reader or siege. */
export interface FuzzTask {
  readonly kind: "fuzz";
  readonly name: string;
  readonly seed: number;
  readonly frames: number;
}

/** What came of them. */
export interface FuzzAnswer {
  readonly kind: "fuzz";
  readonly report: RoundReport;
  /** What is in use after it, when everything that can be has been let go. */
  readonly heapBytes: number;
}

export function fuzz({ name, seed, frames }: FuzzTask): FuzzAnswer {
  const target = readersByName().get(name);
  if (isSiege(name)) return { kind: "fuzz", report: besiege(name, seed, frames), heapBytes: heapBytes() };
  if (target === undefined) throw new Error(`no reader is called ${name}`);
  const report = new Round({ target, seed, frames, now: usedMs }).run();
  return { kind: "fuzz", report, heapBytes: heapBytes() };
}

/** What this process has worked, in milliseconds: a busy machine does not count. */
function usedMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

let collect: (() => void) | undefined;

function heapBytes(): number {
  if (collect === undefined) {
    setFlagsFromString("--expose-gc");
    collect = runInNewContext("gc") as () => void;
  }
  collect();
  return process.memoryUsage().heapUsed;
}
