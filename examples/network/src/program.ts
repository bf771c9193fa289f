import { mkdirSync } from "node:fs";
import { isAbsolute, resolve } from "node:path";
import { P2PError } from "@p2p/identity";
import type { Usage } from "./messages.ts";
import { ancestorsOf } from "./process-stat.ts";

/** The caller gave an option that does not exist, or a value that cannot be. */
export class UsageError extends Error {}

/** How often a program looks whether the npm that started it is still there. */
const NPM_LOOK_MS = 500;
/** npm passes a terminal's Ctrl+C on, though the terminal has told everybody: so soon it is no second one. */
const SAME_SIGNAL_MS = 1000;

/** Why a program ends: a signal, or what it amounts to. */
export type Ending = "SIGINT" | "SIGTERM" | "SIGHUP";

let isEnding = false;

/**
 * Runs a program and turns what goes wrong into one sentence: the caller's surroundings end it with exit code 1, wrong
 * usage with 2. Anything else is a bug and shows its stack. The program never outlives the launcher that started it.
 */
export async function run(program: () => Promise<void>): Promise<void> {
  if (process.send !== undefined) endWithLauncher();
  try {
    await program();
  } catch (error) {
    // Who is told to end while he starts has not failed.
    if (!(isEnding && error instanceof P2PError && error.code === "STOPPED")) fail(error);
  }
}

/** The program is being ended: what could not begin any more is no failure of {@link run}. */
export function expectEnd(): void {
  isEnding = true;
}

/** Ends the program for `error`; see {@link run}. */
export function fail(error: unknown): never {
  console.error(error instanceof P2PError || error instanceof UsageError ? sentenceOf(error) : error);
  process.exit(error instanceof UsageError ? 2 : 1);
}

/** What is printed for an error: always one line. */
export function sentenceOf(error: P2PError | UsageError): string {
  const code = error instanceof P2PError ? ` (${error.code})` : "";
  return `error: ${error.message.replaceAll(/\s*\n\s*/g, " ")}${code}`;
}

/** A path as the caller means it: npm changes the working directory, and says where the caller stood. */
export function callersPath(path: string): string {
  return isAbsolute(path) ? path : resolve(process.env["INIT_CWD"] ?? process.cwd(), path);
}

/** Makes a folder that only its owner may enter. */
export function makeFolder(path: string): string {
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw new P2PError("DISK_FAILED", `cannot make the folder ${path}: ${(error as Error).message}`, error);
  }
  return path;
}

/**
 * Runs `stop` once, at the first SIGINT, SIGTERM or SIGHUP, when nobody reads what this program prints, or when the
 * shell in which npm runs it is gone. A second signal ends the program without ado.
 */
export function onEnd(stop: (ending: Ending) => void): void {
  let since: number | undefined;
  const end = (ending: Ending): void => {
    if (since !== undefined && Date.now() - since > SAME_SIGNAL_MS) process.exit(1);
    if (since !== undefined) return;
    since = Date.now();
    stop(ending);
  };
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    // A terminal tells all its processes; those of a launcher are told by the launcher, in the right order.
    process.on(signal, () => (process.connected && signal !== "SIGTERM" ? undefined : end(signal)));
  }
  process.stdout.on("error", () => end("SIGHUP"));
  if (process.env["npm_lifecycle_event"] !== undefined && process.send === undefined) watchNpm(end);
}

/** Measures what this process uses; {@link UsageMeter.ready} marks the end of its start-up. */
export class UsageMeter {
  #since = process.uptime();
  #cpu = process.cpuUsage();

  ready(): void {
    this.#since = process.uptime();
    this.#cpu = process.cpuUsage();
  }

  read(): Usage {
    const { user, system } = process.cpuUsage();
    const since = process.cpuUsage(this.#cpu);
    const elapsedSeconds = Math.max(process.uptime() - this.#since, 0.001);
    return {
      rssBytes: process.memoryUsage.rss(),
      cpuSeconds: (user + system) / 1e6,
      cpuPercent: ((since.user + since.system) / 1e6 / elapsedSeconds) * 100,
    };
  }
}

/** A launcher that was killed can order nothing any more: politeness would reach nobody who cares. */
function endWithLauncher(): void {
  process.on("disconnect", () => process.exit(0));
  if (!process.connected) process.exit(0);
}

/**
 * npm runs a program in a shell that passes no signal on: SIGTERM ends npm and its shell only, SIGKILL npm only. This
 * program follows, politely or not.
 */
function watchNpm(end: (ending: Ending) => void): void {
  const [shell, npm] = ancestorsOf();
  const look = (): void => {
    const [parent, grandparent] = ancestorsOf();
    if (parent !== shell) end("SIGTERM");
    else if (grandparent !== npm) process.exit(1);
  };
  setInterval(look, NPM_LOOK_MS).unref();
}
