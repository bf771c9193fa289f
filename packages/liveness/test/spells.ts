import { sample } from "@p2p/wire";
import type { LivenessOptions } from "../src/index.ts";
import { Mesh } from "./mesh.ts";

/** Members whose event loops are blocked again and again, among members that are well. */
export interface Spells {
  readonly members: number;
  /** How many are sick. */
  readonly sick: number;
  /** How long a sick one is blocked, and how long it runs in between. */
  readonly blockedMs: number;
  readonly runningMs: number;
  /** How long it goes on. */
  readonly lastMs: number;
  readonly seed: number;
  readonly liveness?: Partial<LivenessOptions>;
}

/** How often a member that was well was taken for dead by anybody, sick or well. */
export interface Blame {
  readonly suspected: number;
  readonly accused: number;
  readonly confirmed: number;
}

/** Lets the sick have their spells, each beginning at a moment of its own, and counts the blame of those who are well. */
export function blameIn({ members, sick, blockedMs, runningMs, lastMs, seed, liveness = {} }: Spells): Blame {
  const names = Array.from({ length: members }, (_, index) => `m${index}`);
  const mesh = new Mesh(names, { seed, degree: 3, liveness });
  const { world } = mesh;
  world.run(20_000);
  const ill = sample(mesh.hosts, sick, world.random);
  for (const host of ill) {
    world.after(world.random.next() * (blockedMs + runningMs), () => {
      world.alternate(
        { onMs: blockedMs, offMs: runningMs },
        () => host.freeze(),
        () => host.thaw(),
      );
    });
  }
  world.run(lastMs);
  const isIll = new Set(ill.map(({ name }) => name));
  const count = (event: string): number =>
    mesh.told.filter((one) => one.event === event && !isIll.has(one.of)).length;
  return { suspected: count("suspected"), accused: count("accused"), confirmed: count("confirmed") };
}
