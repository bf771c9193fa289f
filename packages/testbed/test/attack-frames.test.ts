import { Kind } from "@p2p/wire";
import { describe, expect, test } from "vitest";
import { Siege } from "../src/fuzz/siege.ts";

/** Frames for a peer, and for a seed, each in all its rooms. */
const FRAMES = Number(process.env["ATTACK_FRAMES"] ?? 3000);

describe("frames that are almost right", () => {
  const siege = new Siege(1);

  test("are of all kinds, those of a change of the seeds and of a double vote among them", () => {
    const missing = Object.entries(Kind).filter(([, kind]) => !siege.kinds.has(kind));
    // Asked before there is a network.
    expect(missing.map(([name]) => name)).toEqual(["who", "iam"]);
  });

  test("from anybody, or signed by a neighbour and by a seed, make no peer and no seed throw, nor the others believe anything", () => {
    expect(siege.peer(FRAMES) + siege.seed(FRAMES)).toBe(2 * FRAMES);
    expect(siege.door(FRAMES / 6)).toBeGreaterThan(0);
    expect(siege.disk(12)).toBeGreaterThan(0);
    expect(siege.end()).toEqual([]);
  }, 600_000);
});
