import { mkdirSync } from "node:fs";
import { isAbsolute, resolve } from "node:path";
import { P2PError } from "@p2p/identity";
import type { Usage } from "./messages.ts";

/** The caller gave an option that does not exist, or a value that cannot be. */
export class UsageError extends Error {}

/**
 * Runs a program and turns what goes wrong into one sentence: the caller's surroundings end it with exit code 1, wrong
 * usage with 2. Anything else is a bug and shows its stack.
 */
export async function run(program: () => Promise<void>): Promise<void> {
  try {
    await program();
  } catch (error) {
    fail(error);
  }
}

/** Ends the program for `error`; see {@link run}. */
export function fail(error: unknown): never {
  const known = error instanceof P2PError || error instanceof UsageError;
  const code = error instanceof P2PError ? ` (${error.code})` : "";
  console.error(known ? `error: ${(error as Error).message}${code}` : error);
  process.exit(error instanceof UsageError ? 2 : 1);
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

/** Runs `stop` once, at the first SIGINT or SIGTERM, or when the launcher that started this process is gone. */
export function onEnd(stop: () => void): void {
  let stopping = false;
  const once = (): void => {
    if (stopping) return;
    stopping = true;
    stop();
  };
  process.on("SIGINT", once);
  process.on("SIGTERM", once);
  // A launcher that was killed can order nothing any more: end at once, politeness would reach nobody who cares.
  process.on("disconnect", () => process.exit(0));
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
