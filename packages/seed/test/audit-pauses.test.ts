import type { PeerId } from "@p2p/identity";
import { expect, test } from "vitest";
import { AuditPauses } from "../src/audit-pauses.ts";

const victim = "victim" as PeerId;
const MINUTE_MS = 60_000;

/** After how many minutes the next case may be opened. */
function nextAfter(pauses: AuditPauses, now: number): number {
  let minutes = 0;
  while (!pauses.take(victim, now + minutes * MINUTE_MS)) minutes += 1;
  return minutes;
}

test("whom only others can reach is looked for after 1, 2, 4, 8, 16, 30, 30 minutes", () => {
  const pauses = new AuditPauses(MINUTE_MS);
  const waits: number[] = [];
  let now = 0;
  expect(pauses.take(victim, now)).toBe(true);
  for (let round = 0; round < 7; round++) {
    const minutes = nextAfter(pauses, now);
    waits.push(minutes);
    now += minutes * MINUTE_MS;
    pauses.cleared(victim, true);
  }
  expect(waits).toEqual([1, 2, 4, 8, 16, 30, 30]);
});

test("whom this seed reaches itself is looked for after a minute again", () => {
  const pauses = new AuditPauses(MINUTE_MS);
  pauses.take(victim, 0);
  for (let round = 0; round < 4; round++) pauses.cleared(victim, true);
  pauses.cleared(victim, false);
  expect(nextAfter(pauses, 0)).toBe(1);
});

test("a case that needed no asking counts as well", () => {
  const pauses = new AuditPauses(MINUTE_MS);
  pauses.opened(victim, 0);
  expect(pauses.take(victim, MINUTE_MS - 1)).toBe(false);
  expect(pauses.take("another" as PeerId, 0)).toBe(true);
});
