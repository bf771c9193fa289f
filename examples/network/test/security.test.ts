import { afterEach, beforeEach, expect, test } from "vitest";
import { freePorts, Place, type Program } from "./program.ts";

let place: Place;
let port: number;

beforeEach(async () => {
  place = new Place();
  port = await freePorts(2);
});

afterEach(() => place.close());

const WARNING = /^WARNING: --insecure: links are plain TCP\. Anybody on the way can read and cut them/;
const TLS_HERE = "the other end speaks plain TCP, this one TLS";
const PLAIN_HERE = "the other end speaks TLS, this one plain TCP";

/** A network of one seed and one peer. The config file names the seed's id, or leaves it to be asked for. */
async function two(seedArgs: string[], peerArgs: string[], isNamed: boolean): Promise<[Program, Program]> {
  const [seedAt, peerAt] = [`127.0.0.1:${port}`, `127.0.0.1:${port + 1}`];
  const asked = place.run("seed", "--listen", seedAt, "--print-id");
  await asked.ended;
  place.write("config.txt", isNamed ? (asked.stdout[0] as string) : seedAt);
  const seed = place.run("seed", "--listen", seedAt, "--profile", "lan", ...seedArgs);
  await seed.printed(/^Seed running on port/);
  return [seed, place.run("peer", "--listen", peerAt, "--profile", "lan", ...peerArgs)];
}

test("--insecure is plain TCP, and every node warns of it", async () => {
  const [seed, peer] = await two(["--insecure"], ["--insecure"], false);
  await peer.printed(/^Registered; 0 other members$/);
  for (const node of [seed, peer]) expect(node.stdout[0]).toMatch(WARNING);
});

test("without it nobody warns", async () => {
  const [seed, peer] = await two([], [], false);
  await peer.printed(/^Registered; 0 other members$/);
  for (const node of [seed, peer]) expect(node.stdout.join("\n")).not.toMatch(/insecure|plain TCP/);
});

test.each([
  ["TLS", "plain TCP", TLS_HERE, PLAIN_HERE],
  ["plain TCP", "TLS", PLAIN_HERE, TLS_HERE],
])("a seed of %s and a peer of %s say what is the matter, both", async (kind, _, atSeed, atPeer) => {
  const insecure = ["--insecure"];
  const [seed, peer] = await two(kind === "TLS" ? [] : insecure, kind === "TLS" ? insecure : [], true);
  expect(await seed.printed(/^WARNING: a caller/)).toBe(
    `WARNING: a caller from 127.0.0.1 was turned away: ${atSeed}`,
  );
  expect(await peer.printed(/^WARNING: the seed/)).toBe(
    `WARNING: the seed at 127.0.0.1:${port} is not who it should be: ${atPeer}`,
  );
});

test("so does a peer that is still asking who the seeds are", async () => {
  const [, peer] = await two([], ["--insecure"], false);
  expect(await peer.printed(/^WARNING: the seed/)).toBe(
    `WARNING: the seed at 127.0.0.1:${port} is not who it should be: ${PLAIN_HERE}`,
  );
});
