import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { Configuration } from "../packages/consensus/src/index.ts";
import * as gossip from "../packages/gossip/src/index.ts";
import * as liveness from "../packages/liveness/src/index.ts";
import * as overlay from "../packages/overlay/src/index.ts";
import { Peer } from "../packages/peer/src/index.ts";
import * as client from "../packages/seed/src/client/index.ts";
import * as seed from "../packages/seed/src/index.ts";
import { World } from "../packages/sim/src/index.ts";
import { tableUnder } from "../packages/testbed/src/fuzz/layout.ts";
import type { LinkSet, Lobby } from "../packages/wire/src/index.ts";
import { types } from "./vectors-types.ts";

const markdown = readFileSync(new URL("../PROTOCOL.md", import.meta.url), "utf8");

describe("PROTOCOL.md §4.2: what is heard in which room", () => {
  const rows = tableUnder(markdown, "What is heard in which room");
  const lobbies = lobbiesOfBoth();

  test("has a line for each", () => {
    const places = rows.map(([node, room]) => `${node} ${room}`);
    expect(places.toSorted()).toEqual(
      ["peer", "seed"].flatMap((node) => ["links", "probes", "seeds"].map((room) => `${node} ${room}`)),
    );
  });

  test.each(rows)("%s: %s", (node, room, frames = "") => {
    const links = lobbies[node as "peer" | "seed"][room as "links" | "seeds" | "probes"];
    expect(frames.split(" ").toSorted()).toEqual(heardIn(links));
  });
});

describe("PROTOCOL.md §11 has every value of both profiles", () => {
  test.each([
    ["### 11.1", liveness.ASSIGNMENT_TIMING, liveness.LAN_TIMING],
    ["### 11.2", overlay.ASSIGNMENT_TIMING, overlay.LAN_TIMING],
    ["### 11.3", client.ASSIGNMENT_TIMING, client.LAN_TIMING],
    ["### 11.4", seed.ASSIGNMENT_TIMING, seed.LAN_TIMING],
    ["### 11.5", gossip.ASSIGNMENT_TIMING, gossip.LAN_TIMING],
  ])("%s", (heading, assignment, lan) => {
    const inLan = new Map<string, unknown>(Object.entries(lan));
    const written = tableUnder(markdown, heading).map(
      ([name, ...values]) => `${name}: ${values.slice(0, 2).join("; ")}`,
    );
    const actual = Object.entries(assignment).map(
      ([name, value]) => `${name}: ${show(value)}; ${show(inLan.get(name))}`,
    );
    expect(written.toSorted()).toEqual(actual.toSorted());
  });
});

function lobbiesOfBoth(): Readonly<Record<"peer" | "seed", Lobby>> {
  const world = new World();
  const [one, other] = [world.host("seed"), world.host("peer")];
  const configuration = new Configuration({ seeds: [{ id: one.signer.id, address: one.address }] });
  const portsOf = (host: typeof one) => {
    const { signer, disk, clock, random, verifier } = host;
    return { configuration, transport: host.transport(), signer, disk, clock, random, verifier };
  };
  return {
    peer: new Peer(portsOf(other)).lobby,
    seed: new seed.Seed(portsOf(one)).lobby,
  };
}

/** The frames that have a route already: no second one can be made. */
function heardIn(room: LinkSet): string[] {
  const isRouted = (type: Parameters<LinkSet["route"]>[0]): boolean => {
    try {
      room.route(type, () => undefined);
      return false;
    } catch {
      return true;
    }
  };
  return [...types.values()]
    .filter(isRouted)
    .map(({ name }) => name)
    .toSorted();
}

function show(value: unknown): string {
  return Array.isArray(value) ? value.join(", ") : String(value);
}
