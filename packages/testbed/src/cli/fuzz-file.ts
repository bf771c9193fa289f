import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fromHex, toHex } from "@p2p/identity";
import type { Finding } from "../fuzz/target.ts";

/** A finding as a file: the input as hexadecimal digits. */
interface Case {
  readonly target: string;
  readonly what: string;
  readonly input: string;
}

/** Writes a finding into `folder`, beside those that are there. @returns its path. */
export function writeFinding(folder: string, { target, what, input }: Finding): string {
  let path = "";
  for (let number = 1; path === "" || existsSync(path); number++)
    path = join(folder, `fuzz-${target}-${number}.json`);
  const text: Case = { target, what, input: toHex(input) };
  writeFileSync(path, `${JSON.stringify(text, undefined, 2)}\n`);
  return path;
}

/** The finding in the text of such a file. */
export function readFinding(text: string): Finding {
  const { target, what, input } = JSON.parse(text) as Case;
  return { target, what, input: fromHex(input) };
}
