import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { OverlayReport } from "../overlay-report.ts";
import { UsageError } from "./program.ts";

/** Makes the folder, if need be. @throws UsageError when that cannot be. */
export function makeFolder(path: string): void {
  try {
    mkdirSync(path, { recursive: true });
  } catch (error) {
    throw new UsageError(`cannot make the folder ${path}: ${(error as Error).message}`);
  }
}

/** Writes a report as files into a folder; their paths. @throws UsageError when that cannot be. */
export function writeReport(
  folder: string,
  { degrees, robustness, lines }: OverlayReport,
): readonly string[] {
  const files = [
    ["degrees.svg", degrees],
    ["robustness.svg", robustness],
    ["overlay.txt", `${lines.join("\n")}\n`],
  ] as const;
  return files.map(([name, text]) => {
    const path = join(folder, name);
    try {
      writeFileSync(path, text);
    } catch (error) {
      throw new UsageError(`cannot write ${path}: ${(error as Error).message}`);
    }
    return path;
  });
}
