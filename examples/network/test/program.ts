import { type ChildProcess, execFileSync, type SpawnOptions, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { bundle } from "../../../scripts/run.mjs";
import type { Notice, Order } from "../src/messages.ts";

export const ROOT: string = fileURLToPath(new URL("../../../", import.meta.url));

const source = (file: string): string => fileURLToPath(new URL(`../src/${file}`, import.meta.url));
const [SEED = "", PEER = "", OPERATOR = ""] = await bundle(["seed.ts", "peer.ts", "operator.ts"].map(source));

/** What follows `node` on the command line of each program. */
const PROGRAMS: Readonly<Record<"start" | "seed" | "peer" | "operator", readonly string[]>> = {
  start: [join(ROOT, "scripts/run.mjs"), source("start.ts")],
  seed: [SEED],
  peer: [PEER],
  operator: [OPERATOR],
};

export type ProgramName = keyof typeof PROGRAMS;

/** How long anything may take on a slow machine. */
export const PATIENCE_MS = 50_000;

/** What follows `node` on a command line. */
export function commandOf(program: ProgramName, args: readonly string[]): string[] {
  return ["--enable-source-maps", ...PROGRAMS[program], ...args];
}

/** A process of the example, and all that it prints. */
export class Program {
  readonly stdout: string[] = [];
  readonly stderr: string[] = [];
  readonly #child: ChildProcess;
  readonly #ended: Promise<number | string>;
  #isOver = false;

  constructor(command: string, args: readonly string[], options: SpawnOptions) {
    this.#child = spawn(command, args, { stdio: ["pipe", "pipe", "pipe"], ...options });
    createInterface({ input: this.#child.stdout as Readable }).on("line", (line) => this.stdout.push(line));
    createInterface({ input: this.#child.stderr as Readable }).on("line", (line) => this.stderr.push(line));
    this.#ended = new Promise((resolve, reject) => {
      this.#child.once("error", reject);
      this.#child.once("close", (code, signal) => {
        this.#isOver = true;
        resolve(signal ?? (code as number));
      });
    });
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  get pid(): number {
    return this.#child.pid as number;
  }

  /** How it ends: its exit code, or the signal that ended it. */
  get ended(): Promise<number | string> {
    return this.#ended;
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  press(keys: string): void {
    this.#child.stdin?.write(keys);
  }

  /** Hears what it tells its launcher, as which it was started. */
  onNotice(hear: (notice: Notice) => void): void {
    this.#child.on("message", (notice) => hear(notice as Notice));
    this.#child.on("error", () => undefined); // an order that crossed the process' end
  }

  order(order: Order): void {
    if (this.#child.connected) this.#child.send(order);
  }

  /** Waits until it has printed something that matches; `after` so many lines. */
  async printed(pattern: RegExp, after = 0): Promise<string> {
    const find = (): string | undefined => this.stdout.slice(after).find((line) => pattern.test(line));
    await until(() => find() !== undefined || this.#isOver, `${pattern} among\n${this.stdout.join("\n")}`);
    const line = find();
    if (line === undefined) throw new Error(`ended without ${pattern}:\n${this.#all()}`);
    return line;
  }

  #all(): string {
    return [...this.stdout, ...this.stderr].join("\n");
  }
}

/** A folder, the programs that were started in it, and ports that are free; all of it is gone after {@link close}. */
export class Place {
  readonly folder: string = mkdtempSync(join(tmpdir(), "p2p-example-"));
  readonly #programs: Program[] = [];

  /** Runs a program here. */
  run(program: ProgramName, ...args: string[]): Program {
    return this.spawn(process.execPath, commandOf(program, args));
  }

  spawn(command: string, args: readonly string[], options: SpawnOptions = {}): Program {
    const { INIT_CWD: _, npm_lifecycle_event: __, ...env } = process.env;
    const started = new Program(command, args, { cwd: this.folder, env, ...options });
    this.#programs.push(started);
    return started;
  }

  write(file: string, text: string, mode = 0o644): string {
    const path = join(this.folder, file);
    mkdirSync(join(path, ".."), { recursive: true });
    writeFileSync(path, text, { mode });
    return path;
  }

  /** The processes whose command lines name this folder. */
  pids(): number[] {
    const table = execFileSync("ps", ["-eo", "pid=,args="], { encoding: "utf8" });
    const lines = table.split("\n").filter((line) => line.includes(this.folder));
    return lines.map((line) => Number.parseInt(line, 10));
  }

  async close(): Promise<void> {
    for (const pid of this.pids()) if (pid !== process.pid) kill(pid);
    for (const program of this.#programs) program.kill("SIGKILL");
    await Promise.allSettled(this.#programs.map(({ ended }) => ended));
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** Below the ports that the system gives to those who dial; of these, each of the test's workers has its own. */
const PORTS = { from: 12_000, aWorker: 4_500, workers: 4 };

const taken = new Set<number>();

/** The first of `count` ports in a row that are free now, and that nobody else here was given. */
export async function freePorts(count: number): Promise<number> {
  const worker = Number(process.env["VITEST_POOL_ID"] ?? 0) % PORTS.workers;
  for (;;) {
    const base = PORTS.from + worker * PORTS.aWorker + Math.floor(Math.random() * (PORTS.aWorker - count));
    const ports = Array.from({ length: count }, (_, index) => base + index);
    const free = await Promise.all(ports.map(isFree));
    if (free.includes(false) || ports.some((port) => taken.has(port))) continue;
    for (const port of ports) taken.add(port);
    return base;
  }
}

/** Waits until `holds`; says `what` it waited for in vain. */
export async function until(holds: () => boolean, what: string): Promise<void> {
  const end = Date.now() + PATIENCE_MS;
  while (!holds()) {
    if (Date.now() > end) throw new Error(`waited in vain for ${what}`);
    await sleep(50);
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen({ port, host: "127.0.0.1", exclusive: true }, () => server.close(() => resolve(true)));
  });
}

function kill(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // Gone by itself.
  }
}
