import { readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { P2PError } from "@p2p/identity";
import { statOf } from "./process-stat.ts";

/**
 * Takes `folder` for this process until it ends: two nodes with one key and one store would contradict each other. The
 * file `lock` names the holder; what a process that is gone has left behind is taken over.
 * @throws P2PError `IDENTITY_IN_USE` while another process has it, `DISK_FAILED` when it cannot be written.
 */
export function lockFolder(folder: string): void {
  const file = join(folder, "lock");
  const own = `${process.pid} ${statOf(process.pid)?.startedAt ?? ""}\n`;
  for (let tries = 0; !claim(file, own); tries++) {
    const holder = read(file);
    if (tries >= 10 || lives(holder)) throw inUse(folder, holder);
    discard(file, holder);
  }
  process.on("exit", () => {
    if (read(file) === own) rmSync(file, { force: true });
  });
}

/** False if the file is there already. */
function claim(file: string, own: string): boolean {
  try {
    writeFileSync(file, own, { flag: "wx", mode: 0o600 });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw notWritten(file, error);
  }
}

function read(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}

/** Whether the process that wrote `holder` runs still, and not just another one with its number. */
function lives(holder: string): boolean {
  const [pid = 0, startedAt] = holder.trim().split(" ");
  if (!(Number(pid) > 0) || !exists(Number(pid))) return false;
  const stat = statOf(Number(pid));
  return stat === undefined || (!stat.isZombie && (startedAt === undefined || stat.startedAt === startedAt));
}

function exists(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== "ESRCH";
  }
}

/** Puts the file of a holder that is gone away. If somebody else was faster, that is his file: it goes back. */
function discard(file: string, holder: string): void {
  const aside = `${file}.${process.pid}`;
  try {
    renameSync(file, aside);
    if (read(aside) === holder) rmSync(aside);
    else renameSync(aside, file);
  } catch (error) {
    // Gone already: the next claim will tell.
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw notWritten(file, error);
  }
}

function notWritten(file: string, error: unknown): P2PError {
  return new P2PError("DISK_FAILED", `cannot write ${file}: ${(error as Error).message}`, error);
}

function inUse(folder: string, holder: string): P2PError {
  const who = holder === "" ? "another process" : `the process ${holder.split(" ")[0]}`;
  return new P2PError(
    "IDENTITY_IN_USE",
    `${folder} is in use by ${who}; end that one, or give another directory with --data`,
  );
}
