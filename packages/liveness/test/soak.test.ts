import { type Host, World } from "@p2p/sim";
import { integerBelow, pick, type Random, sample } from "@p2p/wire";
import { expect, test } from "vitest";
import { Mesh } from "./mesh.ts";

/** What may befall living nodes; each passes within a minute. */
const TROUBLES = {
  freeze(world: World, [host]: readonly Host[], random: Random): void {
    host?.freeze();
    world.run(1000 + integerBelow(9000, random));
    host?.thaw();
  },
  vanish(world: World, [host]: readonly Host[], random: Random): void {
    host?.vanish();
    world.run(1000 + integerBelow(9000, random));
    host?.reappear();
  },
  restart(world: World, [host]: readonly Host[], random: Random): void {
    host?.crash();
    world.run(100 + integerBelow(4700, random));
    host?.restart();
  },
  cut(world: World, [a, b]: readonly Host[], random: Random): void {
    world.cut(a as Host, b as Host);
    world.run(1000 + integerBelow(60_000, random));
    world.heal();
  },
  deafen(world: World, [a, b]: readonly Host[], random: Random): void {
    world.cutOneWay(a as Host, b as Host);
    world.run(1000 + integerBelow(60_000, random));
    world.heal();
  },
};

test.each(Array.from({ length: 30 }, (_, index) => index + 1))(
  "in troubled world %i nobody who lives is confirmed, everybody is cleared, and who dies then is found",
  (seed) => {
    const mesh = new Mesh("abcdef", { seed, loss: seed % 3 === 0 ? 0.1 : 0 });
    const { world } = mesh;
    for (let count = 0; count < 6; count++) {
      const trouble = pick(Object.values(TROUBLES), world.random);
      trouble?.(world, sample(mesh.hosts, 2, world.random), world.random);
      world.run(integerBelow(20_000, world.random));
    }
    world.run(120_000);
    expect(mesh.told.filter(({ event }) => event === "confirmed")).toEqual([]);
    for (const { name } of mesh.hosts) expect(mesh.node(name).liveness.suspects).toEqual([]);

    const links = mesh.node("f").lobby.links.size;
    mesh.host("f").vanish();
    world.run(60_000);
    expect(mesh.who("confirmed", "f")).toBe(links > 0 ? "abcde" : "");
  },
);
