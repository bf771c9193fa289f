import { describe, expect, test, vi } from "vitest";
import { Village, type Villager } from "./village.ts";

// Minutes of many nodes: seconds on an idle machine, and it is not always idle.
vi.setConfig({ testTimeout: 60_000 });

const SEEDS = Array.from({ length: 30 }, (_, index) => index + 1);
/**
 * Worlds that found something. 14: a dial given up in the books, but not in fact, made a fourth owned link. 16 and 26:
 * a redial to a restarted neighbour made its dialler an owner of too many. 68, 124, 170, 388: a redial in the middle
 * of an ending left a link that nobody counted.
 */
const FOUND = [68, 124, 170, 388];

/** One thing that goes wrong at one of them. */
function disturb(village: Village, one: Villager, turn: number): void {
  const chance = village.world.random.next();
  if (chance < 0.3) {
    village.kill(one.name, 3000);
    village.add(`t${turn}`);
  } else if (chance < 0.6) {
    village.restart(one.name);
  } else if (chance < 0.8) {
    one.incarnation += 1;
    one.overlay.renewEdges();
    village.announce(one.name);
  } else {
    for (const link of [...one.lobby.links].slice(0, 2)) link.close({ kind: "broken", detail: "reset" });
  }
}

describe("crashes, restarts, broken links and new incarnations, one after the other", () => {
  test.each([...SEEDS, ...FOUND])(
    "leave each with three links of its own, or with all, and one view of each edge (seed %i)",
    (seed) => {
      const village = new Village({
        seed,
        latency: { minMs: 1, maxMs: 300 },
        loss: seed % 3 === 0 ? 0.1 : 0,
        redials: seed % 2 === 0,
        signatures: "hash",
      });
      village.populate(14, seed % 4 === 0 ? 0 : 150);
      village.world.run(8000);
      for (let turn = 0; turn < 12; turn++) {
        const { all, world } = village;
        disturb(village, all[Math.floor(world.random.next() * all.length)] as Villager, turn);
        world.run(2000 * world.random.next());
      }
      village.world.run(60_000);
      const { all } = village;
      for (const { overlay } of all)
        expect(overlay.owned === 3 || overlay.degree === all.length - 1).toBe(true);
      const links = all.reduce((sum, { lobby }) => sum + lobby.links.size, 0) / 2;
      expect(all.reduce((sum, { overlay }) => sum + overlay.owned, 0)).toBe(links);
      expect(village.disagreements).toEqual([]);
      expect(village.components).toEqual([14]);
    },
  );
});
