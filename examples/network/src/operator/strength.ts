import { type Configuration, quorumOf, seatsFor } from "@p2p/consensus";
import { counted } from "../counted.ts";

/** What so many seeds are worth, in a few lines; see "How many seeds" in the README of `@p2p/seed`. */
export function strengthText({ size: n, faulty: f, quorum: q, warning }: Configuration): string[] {
  const lines = [
    `n = ${n}, f = ${f}, q = ${q}: ${counted(q, "seed")} of ${n} decide. ${mayFail(n - q)}, and ${mayLie(f)}`,
  ];
  if (warning !== undefined) lines.push(`WARNING: ${warning}`);
  if (f === 0 && n > 2)
    lines.push(
      `WARNING: f = 0: ${liarText(n, q)}; where a seed could be broken into, take at least four and --faulty 1`,
    );
  const isForNothing = n > seatsFor(f) && n > 1 && n - 1 - quorumOf(n - 1, f) === n - q;
  if (isForNothing && n > 2)
    lines.push(
      `WARNING: ${n - 1} seeds with f = ${f} stand as much as ${n}: one more to run, and one more to be asked`,
    );
  return lines;
}

/** What one seed that lies can do where none may. */
function liarText(n: number, q: number): string {
  const counts = `a seed that lies needs ${q - 1} of the others to add or remove somebody`;
  return n % 2 === 0
    ? counts
    : `${counts}, and may have two contents of one life certified if that peer helps`;
}

function mayFail(count: number): string {
  if (count === 0) return "None may be down: nothing is decided meanwhile";
  return `${count} may be down or silent, and nothing stops`;
}

function mayLie(count: number): string {
  return count === 0 ? "none may lie" : `${count} of them may lie, and nothing false is decided`;
}
