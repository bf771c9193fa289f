// The lockfile must name no registry host and must list the optional binaries of every platform:
// npm silently leaves out a binary that its registry lacks, and then `npm ci` fails on that platform only.
import { readFileSync } from "node:fs";

const { packages } = JSON.parse(readFileSync(new URL("../package-lock.json", import.meta.url), "utf8"));
const names = new Set(Object.keys(packages).map((key) => key.slice(key.lastIndexOf("node_modules/") + 13)));
const problems = [];
for (const [key, entry] of Object.entries(packages)) {
  if (/^https?:/.test(entry.resolved ?? "")) problems.push(`${key}: records ${entry.resolved}`);
  if (key.includes("node_modules/") && !entry.link && !entry.integrity && !entry.inBundle)
    problems.push(`${key}: no integrity`);
  const missing = Object.keys(entry.optionalDependencies ?? {}).filter((name) => !names.has(name));
  if (missing.length) problems.push(`${key}@${entry.version}: no entry for ${missing.join(", ")}`);
}
for (const problem of problems) console.error(problem);
console.log(`${Object.keys(packages).length} lockfile entries, ${problems.length} problems`);
process.exitCode = problems.length ? 1 : 0;
