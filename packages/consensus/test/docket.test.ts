import { describe, expect, test } from "vitest";
import { type Accusation, Docket } from "../src/index.ts";
import { idFrom } from "./cast.ts";

const victim = idFrom(1);
const monitors = [2, 3, 4, 5, 6].map(idFrom);

function accusation(accuser: number, { incarnation = 1, at = 1, against = victim } = {}): Accusation {
  const ids = { victim: against, accuser: idFrom(accuser) };
  return { ...ids, incarnation, at, lastSeen: 0, signature: new Uint8Array(64) };
}

test("more than half of the electorate, and not one fewer", () => {
  const docket = new Docket();
  for (const accuser of [2, 3]) docket.file(accusation(accuser), monitors, 0);
  expect(docket.hasMajority(victim, 1, monitors, 0)).toBe(false);
  docket.file(accusation(4), monitors, 0);
  expect(docket.hasMajority(victim, 1, monitors, 0)).toBe(true);
});

describe("counts", () => {
  test("an accuser once, however often it accuses", () => {
    const docket = new Docket();
    expect(docket.file(accusation(2), monitors, 0)).toBe("counted");
    expect(docket.file(accusation(2), monitors, 1)).toBe("repeated");
    expect(docket.file(accusation(2, { at: 2 }), monitors, 1)).toBe("renewed");
    expect(docket.against(victim, 1, monitors, 1)).toHaveLength(1);
  });

  test("nobody who is not of the electorate", () => {
    const docket = new Docket();
    expect(docket.file(accusation(9), monitors, 0)).toBe("foreign");
    expect(docket.size).toBe(0);
  });

  test("nobody who is no longer of the electorate", () => {
    const docket = new Docket();
    docket.file(accusation(2), monitors, 0);
    expect(docket.against(victim, 1, monitors.slice(1), 0)).toHaveLength(0);
    docket.file(accusation(3), monitors.slice(1), 0);
    expect(docket.against(victim, 1, monitors, 0).map(({ accuser }) => accuser)).toEqual([idFrom(3)]);
  });

  test.each([
    [60_000, 1],
    [60_001, 0],
  ])("for 60 s by the holder's clock: %i ms later %i", (later, counted) => {
    const docket = new Docket();
    docket.file(accusation(2, { at: 5e12 }), monitors, 1000);
    expect(docket.against(victim, 1, monitors, 1000 + later)).toHaveLength(counted);
  });

  test("no longer for two old accusations sent in turn", () => {
    const docket = new Docket({ windowMs: 10 });
    docket.file(accusation(2, { at: 1 }), monitors, 0, 7);
    expect(docket.file(accusation(2, { at: 2 }), monitors, 1, 7)).toBe("renewed");
    for (let now = 2; now < 20; now++)
      expect(docket.file(accusation(2, { at: 1 + (now % 2) }), monitors, now, 7)).toBe("repeated");
    expect(docket.against(victim, 1, monitors, 12)).toHaveLength(0);
    // In a new life, whose clock is behind, the accuser is heard again.
    expect(docket.file(accusation(2, { at: 1 }), monitors, 20, 8)).toBe("counted");
  });

  test("no longer for the same accusation sent again, but anew for a new one", () => {
    const docket = new Docket({ windowMs: 10 });
    docket.file(accusation(2), monitors, 0);
    expect(docket.file(accusation(2), monitors, 10)).toBe("repeated");
    expect(docket.against(victim, 1, monitors, 11)).toHaveLength(0);
    expect(docket.file(accusation(2, { at: 2 }), monitors, 11)).toBe("counted");
    expect(docket.against(victim, 1, monitors, 21)).toHaveLength(1);
  });

  test("each life of a victim apart", () => {
    const docket = new Docket();
    docket.file(accusation(2, { incarnation: 1 }), monitors, 0);
    docket.file(accusation(3, { incarnation: 2 }), monitors, 0);
    expect(docket.against(victim, 1, monitors, 0)).toHaveLength(1);
    expect(docket.against(victim, 2, monitors, 0)).toHaveLength(1);
    docket.forget(victim, 1);
    expect(docket.against(victim, 1, monitors, 0)).toHaveLength(0);
    expect(docket.against(victim, 2, monitors, 0)).toHaveLength(1);
  });
});

test("beyond victimsMax the one least lately accused goes", () => {
  const docket = new Docket({ victimsMax: 3 });
  const victims = [101, 102, 103, 104].map(idFrom);
  for (const [accuser, index] of [
    [2, 0],
    [2, 1],
    [3, 0],
    [2, 2],
    [2, 3],
  ] as const) {
    docket.file(accusation(accuser, { against: victims[index] as typeof victim }), monitors, 0);
  }
  expect(docket.size).toBe(3);
  expect(victims.map((id) => docket.against(id, 1, monitors, 0).length)).toEqual([2, 0, 1, 1]);
});

test("an electorate of nobody has no majority", () => {
  expect(new Docket().hasMajority(victim, 1, [], 0)).toBe(false);
});
