import { setTimeout as sleep } from "node:timers/promises";
import type { Address } from "@p2p/wire";
import { TcpTransport } from "@p2p/wire/tcp";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { SeedStatus } from "../src/messages.ts";
import { Hostile } from "./hostile.ts";
import { type Ground, Network, type Spot, timed } from "./network.ts";
import { freePorts, until } from "./program.ts";

/** Keys that want to be members, all in one /24. More of them: `SYBILS=1000 npx vitest run … sybils`. */
const KEYS = Number(process.env["SYBILS"] ?? 100);
const SEEDS = 3;
const AT_ONCE = 20;
/** Each asks again, as often as makes a hundred registrations a second in all. */
const AGAIN_MS = Math.max(1000, 10 * KEYS);
/** Each of three seeds gives four places, and it takes the votes of two: 4 · (n − f) / (q − f). */
const PLACES = 6;
/** All of 127/8 is this machine, on Linux. */
const SYBILS_LIVE_IN = "127.0.1.";

/** A /24 of loopback for each node. */
class Streets implements Ground {
  #count = 1;

  async next(): Promise<Spot> {
    const street = ++this.#count;
    return { address: `127.0.${street}.1:${await freePorts(1)}` as Address, prefix: [] };
  }

  close(): void {}
}

// Over plain TCP: it is about who gets in, and three hundred handshakes of TLS take seconds.
const network = new Network(new Streets(), ["--insecure"], ["--quota-everywhere"]);
const sybils: Hostile[] = [];

beforeAll(() => network.start(SEEDS, 1));

afterAll(async () => {
  await Promise.all(sybils.map((sybil) => sybil.close()));
  await network.close();
});

/** Whom each seed lists of those that live there. */
async function listed(): Promise<readonly (readonly string[])[]> {
  const seeds = (await Promise.all(network.seeds.map((seed) => seed.status()))) as SeedStatus[];
  return seeds.map(({ members }) => members.filter((member) => member.startsWith(SYBILS_LIVE_IN)));
}

/** As long as it takes: vitest ends it. */
async function someGotIn(): Promise<void> {
  while ((await listed()).some(({ length }) => length === 0)) await sleep(100);
}

test.runIf(process.platform === "linux")(
  `of ${KEYS} keys in one /24 no more get in than there are places, and honest peers do`,
  async () => {
    const port = await freePorts(1);
    const addresses = Array.from({ length: KEYS }, (_, index) => {
      const place = `${SYBILS_LIVE_IN}${1 + (index % 250)}`;
      return `${place}:${port + Math.floor(index / 250)}` as Address;
    });
    const siege = async (): Promise<void> => {
      for (let at = 0; at < KEYS; at += AT_ONCE) {
        const next = addresses.slice(at, at + AT_ONCE);
        sybils.push(
          ...(await Promise.all(next.map((address) => Hostile.on(network, address, new TcpTransport())))),
        );
      }
    };
    await timed(`${KEYS} keys link with all seeds`, siege());
    for (const sybil of sybils) sybil.apply();
    const again = setInterval(() => {
      for (const sybil of sybils) sybil.apply();
    }, AGAIN_MS);
    const newcomer = await network.addPeer();
    newcomer.start();
    await newcomer.ready();
    await timed("the first of them got in", someGotIn());
    // Not before seeds have looked at all of them: whoever is in had a place, and all others have been told why not.
    const areTold = (): boolean => sybils.filter(({ refusals }) => refusals.size > 0).length >= KEYS - PLACES;
    await timed("all others know why they did not", until(areTold, "all keys to be answered"));
    clearInterval(again);
    const most = Math.max(...(await listed()).map(({ length }) => length));
    console.log(`${most} of ${KEYS} got in`);
    expect(most).toBeLessThanOrEqual(PLACES);
    const [honest] = network.peers;
    const homes = [honest, newcomer].map((peer) => peer?.address);
    const [seed] = (await Promise.all(network.seeds.map((one) => one.status()))) as SeedStatus[];
    for (const home of homes)
      expect(seed?.members.some((member) => member.startsWith(`${home} `))).toBe(true);
    expect(network.removals()).toEqual([]);
  },
);
