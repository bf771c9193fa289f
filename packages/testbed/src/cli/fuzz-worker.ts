import { Round, type RoundReport } from "../fuzz/round.ts";
import { readersByName } from "./fuzz-readers.ts";
import { heapBytes } from "./heap.ts";

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
  /** What is in use after it. */
  readonly heapBytes: number;
}

// A process for readers alone: where networks are simulated, certificates and long frames are decoded once for all nodes,
// and kept. A terminal's Ctrl+C reaches all processes; what follows from it is the starter's business.
process.on("SIGINT", () => undefined);
process.on("disconnect", () => process.exit(0));
process.on("message", (task: FuzzTask) => process.send?.(answerTo(task)));

function answerTo({ name, seed, frames }: FuzzTask): FuzzAnswer {
  const target = readersByName().get(name);
  if (target === undefined) throw new Error(`no reader is called ${name}`);
  const report = new Round({ target, seed, frames, now: usedMs }).run();
  return { kind: "fuzz", report, heapBytes: heapBytes() };
}

/** What this process has worked, in milliseconds: a busy machine does not count. */
function usedMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}
