import type { PeerId } from "@p2p/identity";
import { describe, expect, test } from "vitest";
import { LinkDirectory } from "../src/index.ts";
import { Mesh } from "./mesh.ts";

describe("without seeds and without a directory", () => {
  test.each([2, 3, 4, 5])("%i nodes notice a crash, and forget the dead one", (size) => {
    const names = "abcde".slice(0, size);
    const mesh = new Mesh(names, { isBare: true });
    for (const name of names) {
      const { liveness } = mesh.node(name);
      liveness.on("confirmed", ({ report }) => liveness.forget(report.victim));
    }
    mesh.world.run(30_000);
    mesh.host("a").crash();
    mesh.world.run(200_000);
    expect(mesh.who("confirmed", "a")).toBe(names.slice(1));
    expect(mesh.node("b").liveness.suspects).toEqual([]);
  });

  test("two of three that crash one after the other are both noticed", () => {
    const mesh = new Mesh("abc", { isBare: true });
    const { liveness } = mesh.node("a");
    liveness.on("confirmed", ({ report }) => liveness.forget(report.victim));
    mesh.world.run(30_000);
    for (const name of "cb") {
      mesh.host(name).crash();
      mesh.world.run(10_000);
      expect(mesh.who("confirmed", name)).toContain("a");
    }
  });

  test("a node that was forgotten and comes back is watched again", () => {
    const mesh = new Mesh("abc", { isBare: true });
    for (const name of "ab") {
      const { liveness } = mesh.node(name);
      liveness.on("confirmed", ({ report }) => liveness.forget(report.victim));
    }
    for (let death = 1; death <= 2; death++) {
      mesh.host("c").crash();
      mesh.world.run(60_000);
      expect(mesh.of("confirmed", "c")).toHaveLength(2 * death);
      mesh.host("c").restart();
      mesh.world.run(60_000);
    }
  });

  test("a node that vanished is forgotten although its link stands", () => {
    const mesh = new Mesh("abc", { isBare: true, patience: { minMs: 1e6, maxMs: 1e6 } });
    for (const name of "ab") {
      const { liveness } = mesh.node(name);
      liveness.on("confirmed", ({ report }) => liveness.forget(report.victim));
    }
    mesh.host("c").vanish();
    mesh.world.run(300_000);
    expect(mesh.who("confirmed", "c")).toBe("ab");
  });
});

describe("the list read off the links", () => {
  test("names who is linked, where they listen, and lets everybody watch over everybody", () => {
    const { mesh, directory } = started();
    expect(idsIn(directory).toSorted()).toEqual([mesh.id("b"), mesh.id("c")].toSorted());
    expect(directory.find(mesh.id("b"))?.address).toBe(mesh.host("b").address);
    directory.electorate(mesh.id("b"), (monitors) => {
      expect(monitors).toEqual([mesh.id("a"), mesh.id("c")].toSorted());
    });
  });

  test("forgets at once who said goodbye", () => {
    const { mesh, directory } = started();
    mesh.host("b").stop();
    mesh.world.run(1000);
    expect(idsIn(directory)).toEqual([mesh.id("c")]);
  });

  test("remembers who was lost, for two minutes", () => {
    const { mesh, directory } = started();
    mesh.host("b").crash();
    mesh.world.run(119_000);
    expect(directory.find(mesh.id("b"))).toBeDefined();
    mesh.world.run(2000);
    expect(directory.find(mesh.id("b"))).toBeUndefined();
  });
});

function started(): { mesh: Mesh; directory: LinkDirectory } {
  const mesh = new Mesh("abc", { isBare: true });
  return { mesh, directory: new LinkDirectory(mesh.node("a").lobby) };
}

function idsIn(directory: LinkDirectory): PeerId[] {
  return [...directory.members()].map(({ peer }) => peer);
}
