import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Target } from "../fuzz/target.ts";
import { targetsOf } from "../fuzz/targets.ts";

const PROTOCOL = fileURLToPath(new URL("../../../../PROTOCOL.md", import.meta.url));

let readers: ReadonlyMap<string, Target> | undefined;

/** Everything that reads bytes, by its name; drawn as this repository's PROTOCOL.md describes it. */
export function readersByName(): ReadonlyMap<string, Target> {
  readers ??= new Map(targetsOf(readFileSync(PROTOCOL, "utf8")).map((target) => [target.name, target]));
  return readers;
}

export function readerNames(): readonly string[] {
  return [...readersByName().keys()];
}
