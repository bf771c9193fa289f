import { isSiege } from "../fuzz/siege-shares.ts";
import type { Finding } from "../fuzz/target.ts";
import { shown } from "./fuzz-text.ts";
import type { FuzzAnswer, FuzzTask } from "./fuzz-worker.ts";

/** How much more may be in use after the last task of a process than after one of its first, in bytes. */
const GROWTH_MAX: number = 24 * 1024 * 1024;
/** What a process has in use settles within so many tasks: code is compiled, tables are made. */
const SETTLED_AFTER = 80;
const MEGA: number = 1024 * 1024;

/** What has come of fuzzing so far. */
export class FuzzTally {
  readonly findings: Finding[] = [];
  frames = 0;
  #values = 0;
  #bytes = 0;
  #slowest: { readonly name: string; readonly ms: number } = { name: "", ms: 0 };
  /** Of each process: tasks done, and bytes in use after the first ones and now. */
  readonly #heaps = new Map<number, { tasks: number; first: number; last: number }>();
  readonly #frames = new Map<string, number>();

  /** @param process which one it was. */
  count(process: number, { name }: FuzzTask, outcome: FuzzAnswer | Finding): void {
    if (!("report" in outcome)) {
      this.findings.push(outcome);
      this.#heaps.delete(process);
      return;
    }
    const { frames, values, bytes, slowestMs, findings } = outcome.report;
    this.frames += frames;
    this.#values += values;
    this.#bytes += bytes;
    this.#frames.set(name, (this.#frames.get(name) ?? 0) + frames);
    if (slowestMs > this.#slowest.ms) this.#slowest = { name, ms: slowestMs };
    for (const finding of findings) this.#find(finding);
    // Networks are large, and differ: only readers are weighed.
    if (!isSiege(name)) this.#weigh(process, outcome.heapBytes);
  }

  /** What a process that did much has more in use than when it had settled, in bytes; the worst of all. */
  get growthBytes(): number {
    return Math.max(0, ...[...this.#heaps.values()].map(({ first, last }) => last - first));
  }

  /** Whether anything was found. */
  get isBad(): boolean {
    return this.findings.length > 0 || this.growthBytes > GROWTH_MAX;
  }

  progressText(frames: number): string {
    return `${millions(this.frames)} of ${millions(frames)} inputs, ${this.findings.length} findings`;
  }

  text(seconds: number, files: readonly string[]): string {
    const lines = [
      `${this.frames} inputs (${this.#values} of them say something, ${Math.round(this.#bytes / MEGA)} MiB) in ${seconds.toFixed(0)} s`,
      `slowest reading: ${this.#slowest.ms.toFixed(1)} ms (${this.#slowest.name})`,
      `more memory in use at the end than before: ${(this.growthBytes / MEGA).toFixed(1)} MiB`,
      this.growthBytes > GROWTH_MAX ? "That is growth: something is kept for ever." : "",
      ...this.findings.map(({ target, what, input }, index) =>
        [`\n${target}: ${what}`, `  ${shown(input)}`, `  ${files[index] ?? ""}`].join("\n"),
      ),
      this.isBad ? "" : "Nothing was found.",
    ];
    return lines.filter((line) => line !== "").join("\n");
  }

  document(seconds: number, isInterrupted: boolean, files: readonly string[]): unknown {
    return {
      frames: this.frames,
      values: this.#values,
      bytes: this.#bytes,
      seconds: Math.round(seconds),
      slowest: this.#slowest,
      growthBytes: this.growthBytes,
      interrupted: isInterrupted,
      each: Object.fromEntries(this.#frames),
      findings: this.findings.map(({ target, what }, index) => ({ target, what, file: files[index] })),
    };
  }

  /** The same of one reader once. */
  #find(finding: Finding): void {
    const isKnown = this.findings.some(
      ({ target, what }) => target === finding.target && alike(what) === alike(finding.what),
    );
    if (!isKnown) this.findings.push(finding);
  }

  #weigh(process: number, heapBytes: number): void {
    const heap = this.#heaps.get(process) ?? { tasks: 0, first: heapBytes, last: heapBytes };
    heap.tasks++;
    if (heap.tasks <= SETTLED_AFTER) heap.first = Math.max(heap.first, heapBytes);
    heap.last = heapBytes;
    this.#heaps.set(process, heap);
  }
}

function alike(what: string): string {
  return what.replaceAll(/\d+/g, "0");
}

function millions(count: number): string {
  return count < 1e6 ? String(count) : `${(count / 1e6).toFixed(2)} M`;
}
