import { describe, expect, test } from "vitest";
import type { GossipOptions } from "../src/index.ts";
import { type Citizen, Town } from "./town.ts";

const KIB = 1024;
/** Without repair, which would bring what is dropped here. */
const OPTIONS: Partial<GossipOptions> = { queuedBytesMax: 64 * KIB, repair: false };

/** 0 publishes to 1, 2 and 3; 1 does not read while `stall` says so. */
interface Scene {
  readonly town: Town;
  readonly publisher: Citizen;
  readonly slow: Citizen;
  readonly others: readonly Citizen[];
  readonly stall: (on: boolean) => void;
}

function scene(): Scene {
  const town = new Town({
    receiveBytesMax: 16 * KIB,
    patience: { minMs: 1e8, maxMs: 1e8 },
    linkLimits: { frameBytesMax: 32 * KIB, queuedBytesMax: 128 * KIB },
  });
  town.link(
    [
      [0, 1],
      [0, 2],
      [0, 3],
    ],
    OPTIONS,
  );
  const publisher = town.at(0);
  const slow = town.at(1);
  const stall = (on: boolean): void => {
    const link = slow.lobby.links.get(publisher.id);
    if (on) link?.pause();
    else link?.resume();
  };
  return { town, publisher, slow, others: [town.at(2), town.at(3)], stall };
}

function publishMany(town: Town, { gossip }: Citizen, count: number): void {
  for (let number = 0; number < count; number++) {
    gossip.publish(new Uint8Array(1000));
    town.world.run(10);
  }
}

describe("a reader that stalls", () => {
  test("costs its publisher a bounded queue, and the others nothing", () => {
    const { town, publisher, slow, others, stall } = scene();
    stall(true);
    publishMany(town, publisher, 1000);
    town.world.run(1000);
    const { queued } = publisher.gossip.publish("last");
    expect(queued).toHaveLength(1);
    expect(queued[0]?.id).toBe(slow.id);
    expect(queued[0]?.bytes).toBeLessThanOrEqual((128 + 64) * KIB);
    expect(queued[0]?.dropped).toBe(publisher.gossip.counts.dropped);
    expect(publisher.gossip.counts.dropped).toBeGreaterThan(700);
    for (const { gossip } of others) expect(gossip.counts.delivered).toBe(1000);
  });

  test("is named in one event when it begins to lose, and in one when it has caught up", () => {
    const { town, publisher, slow, stall } = scene();
    stall(true);
    publishMany(town, publisher, 500);
    expect(publisher.news.lagged).toMatchObject([{ peer: slow.id }]);
    expect(publisher.news.caughtUp).toEqual([]);
    stall(false);
    town.world.run(20_000);
    const { dropped } = publisher.gossip.counts;
    expect(publisher.news.caughtUp).toEqual([{ peer: slow.id, dropped }]);
    expect(slow.gossip.counts.delivered).toBe(500 - dropped);
    publishMany(town, publisher, 3);
    town.world.run(1000);
    expect(slow.gossip.counts.delivered).toBe(503 - dropped);
    expect(publisher.gossip.publish("x").queued).toEqual([]);
  });

  test("gets the newest, in their order: the oldest are dropped", () => {
    const { town, publisher, slow, stall } = scene();
    stall(true);
    publishMany(town, publisher, 500);
    stall(false);
    town.world.run(20_000);
    const sequences = slow.news.message.map(({ sequence }) => sequence);
    expect(sequences).toEqual(sequences.toSorted((a, b) => a - b));
    expect(sequences.at(-1)).toBe(500);
    const gaps = sequences.filter(
      (sequence, index) => index > 0 && sequence !== (sequences[index - 1] as number) + 1,
    );
    expect(gaps).toHaveLength(1);
  });

  test("that stalls for a short while loses nothing", () => {
    const { town, publisher, slow, stall } = scene();
    stall(true);
    publishMany(town, publisher, 170);
    expect(publisher.gossip.publish("x").queued).toHaveLength(1);
    stall(false);
    town.world.run(20_000);
    expect(slow.gossip.counts.delivered).toBe(171);
    expect([publisher.news.lagged, publisher.news.caughtUp]).toEqual([[], []]);
  });

  test("stopped in its tracks does not hold up what others relay", () => {
    const { town, publisher, slow, others } = scene();
    slow.host.freeze();
    for (const other of others) publishMany(town, other, 300);
    town.world.run(5000);
    expect(publisher.gossip.counts.delivered).toBe(600);
    expect(publisher.news.lagged).toMatchObject([{ peer: slow.id }]);
    for (const { gossip } of others) expect(gossip.counts.delivered).toBe(300);
  });

  test("is skipped, and the result says so, where nothing may wait for it", () => {
    const town = new Town({
      receiveBytesMax: KIB,
      linkLimits: { frameBytesMax: 4 * KIB, queuedBytesMax: 8 * KIB },
    });
    town.link([[0, 1]], { queuedBytesMax: 0 });
    const [publisher, slow] = [town.at(0), town.at(1)];
    slow.lobby.links.get(publisher.id)?.pause();
    for (let number = 0; number < 20; number++) publisher.gossip.publish(new Uint8Array(KIB));
    expect(publisher.gossip.publish(new Uint8Array(KIB)).skipped).toEqual([
      { id: slow.id, why: "queue full" },
    ]);
  });
});

describe("a link that is replaced", () => {
  test("leaves what waited for it to its successor", () => {
    const { town, publisher, slow, stall } = scene();
    stall(true);
    publishMany(town, publisher, 165);
    slow.lobby.dial(publisher.host.address, { replaces: true });
    town.world.run(10_000);
    expect(publisher.news.lagged).toEqual([]);
    expect(slow.gossip.counts.delivered).toBeGreaterThan(30);
    expect(slow.news.message.at(-1)?.sequence).toBe(165);
  });
});
