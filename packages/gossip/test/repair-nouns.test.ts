import { createSigner, networkIdOf, type PeerId } from "@p2p/identity";
import { World } from "@p2p/sim";
import type { Connection } from "@p2p/wire";
import { describe, expect, test } from "vitest";
import { BATCH, type Batch } from "../src/batch.ts";
import { signBatch } from "../src/batch-signature.ts";
import { Delivery, PRESSURE_BYTES, REPAIRED_MESSAGES_MAX } from "../src/delivery.ts";
import { Offer } from "../src/offer.ts";
import { DIGESTS_MAX, Partner } from "../src/partner.ts";
import { SEEN_WINDOW, SeenWindow } from "../src/seen-window.ts";
import { Store, type Stored, storeLimitsOf } from "../src/store.ts";
import { timingOf } from "../src/timing.ts";
import { Turns } from "../src/turns.ts";

const networkId = networkIdOf({ name: "p2p", seeds: [], faulty: 0 });

function batchOf(firstSequence: number, byte = 1, bytes = 10, incarnation = 1): Batch {
  const signer = createSigner(new Uint8Array(32).fill(byte));
  const payloads = [new Uint8Array(bytes)];
  return signBatch({ origin: signer.id, incarnation, firstSequence, at: 0, payloads }, networkId, signer);
}

function put(store: Store, batch: Batch, now = 0, ageMs = 0): void {
  store.add(batch, BATCH.encode(batch), now, ageMs);
}

function kept(store: Store): string[] {
  return store
    .since(0)
    .flatMap(({ origin, batches }) =>
      [...batches].map(({ firstSequence }) => `${origin.slice(0, 4)}:${firstSequence}`),
    );
}

describe("the stretches of a window", () => {
  const W = SEEN_WINDOW;
  test.each([
    ["one number, the first", [1], []],
    ["all up to 5", [1, 2, 3, 4, 5], []],
    ["5, met in mid-stream", [5], [1]],
    ["5000, met in mid-stream", [5000], [1]],
    ["a hole", [1, 2, 5, 6, 7], [3, 2]],
    ["two holes, the second at the bottom", [3, 4, 7], [1, 2, 2]],
    ["the newest and the oldest", [1, W], [1, W - 2]],
    ["all but the oldest", Array.from({ length: W - 1 }, (_, index) => index + 2), [W - 1]],
  ])("%s", (_, [first = 0, ...marks], stretches) => {
    const window = new SeenWindow(first);
    for (const sequence of marks) window.mark(sequence);
    expect(window.stretches).toEqual(stretches);
    const copy = SeenWindow.of(window.highest, stretches);
    for (let sequence = 0; sequence <= window.highest + 1; sequence++)
      expect(copy.has(sequence)).toBe(window.has(sequence));
  });

  test("make the same window again, whatever was seen", () => {
    const { random } = new World({ seed: 4 });
    for (let round = 0; round < 100; round++) {
      const window = new SeenWindow(1 + Math.floor(random.next() * 3000));
      for (let mark = 0; mark < 500; mark++) window.mark(Math.floor(random.next() * 4000));
      const copy = SeenWindow.of(window.highest, window.stretches);
      expect(copy.stretches).toEqual(window.stretches);
      expect([copy.lacksSomeOf(window), window.lacksSomeOf(copy)]).toEqual([false, false]);
    }
  });

  test("that nobody could have told make some window, and nothing throws", () => {
    expect(SeenWindow.of(0, [5, 5]).has(1)).toBe(false);
    expect(SeenWindow.of(10, [1024, 1024, 1024]).isFull).toBe(true);
    expect(
      SeenWindow.of(
        10,
        Array.from({ length: 1024 }, () => 1),
      ).has(9),
    ).toBe(false);
    expect(SeenWindow.of(Number.MAX_SAFE_INTEGER, []).look(1)).toBe("late");
  });

  test.each([
    ["nothing lacks 1", SeenWindow.of(0, []), SeenWindow.of(1, []), true],
    ["5 of 5 lack nothing of 3", SeenWindow.of(5, []), SeenWindow.of(3, []), false],
    ["a hole lacks what fills it", SeenWindow.of(5, [1, 1]), SeenWindow.of(4, []), true],
    ["a hole lacks nothing that has the same", SeenWindow.of(5, [1, 1]), SeenWindow.of(5, [1, 1]), false],
    ["what is too old is not lacked", SeenWindow.of(5000, [1]), SeenWindow.of(5000 - W, []), false],
    ["the oldest is", SeenWindow.of(5000, [1]), SeenWindow.of(5000 - W + 1, []), true],
  ])("%s", (_, mine, theirs, lacks) => {
    expect(mine.lacksSomeOf(theirs)).toBe(lacks);
  });
});

describe("a store", () => {
  test("keeps the newest, and no more than it may", () => {
    const store = new Store(storeLimitsOf({ messagesMax: 5 }), 1000);
    for (let sequence = 1; sequence <= 50; sequence++) put(store, batchOf(sequence));
    expect(kept(store).map((name) => name.split(":")[1])).toEqual(["46", "47", "48", "49", "50"]);
    expect([store.messages, store.runs]).toEqual([5, 1]);
  });

  test("keeps within its bytes, and lets be what is longer than all of them", () => {
    const store = new Store(storeLimitsOf({ bytesMax: 1000 }), 1000);
    put(store, batchOf(1, 1, 2000));
    expect(store.messages).toBe(0);
    for (let sequence = 1; sequence <= 20; sequence++) put(store, batchOf(sequence, 1, 100));
    expect(store.bytes).toBeLessThanOrEqual(1000);
    expect(store.messages).toBeGreaterThan(3);
    expect(store.bytes).toBe(
      store
        .since(0)
        .flatMap(({ batches }) => [...batches])
        .reduce((sum, { frame }) => sum + frame.length, 0),
    );
  });

  test("of who says much shortens nobody else's memory", () => {
    const store = new Store(storeLimitsOf({ messagesMax: 100 }), 1000);
    for (let sequence = 1; sequence <= 10; sequence++) put(store, batchOf(sequence, 2));
    for (let sequence = 1; sequence <= 1000; sequence++) put(store, batchOf(sequence, 1));
    const quiet = batchOf(1, 2).origin.slice(0, 4);
    expect(kept(store).filter((name) => name.startsWith(quiet))).toHaveLength(10);
    expect(store.messages).toBe(100);
  });

  test("forgets what is too old, counted from when it was heard first anywhere", () => {
    const store = new Store(storeLimitsOf(), 1000);
    put(store, batchOf(1), 0);
    put(store, batchOf(2), 500, 400);
    put(store, batchOf(3), 500, 1000);
    expect(store.messages).toBe(2);
    store.expire(999);
    expect(store.messages).toBe(2);
    store.expire(1000);
    expect(store.messages).toBe(1);
    store.expire(1100);
    expect([store.messages, store.bytes, store.runs]).toEqual([0, 0, 0]);
  });

  test("says which runs grew after a change, and which changes are settled", () => {
    const store = new Store(storeLimitsOf(), 10_000);
    put(store, batchOf(1, 1), 0);
    put(store, batchOf(1, 2), 100);
    put(store, batchOf(2, 1), 200);
    expect(store.since(1).map(({ version }) => version)).toEqual([2, 3]);
    expect(store.since(2)).toHaveLength(1);
    expect(store.since(3)).toEqual([]);
    expect([store.settled(99), store.settled(100), store.settled(1000)]).toEqual([1, 2, 3]);
  });

  test("stays flat at ten times its capacity of everything", () => {
    const store = new Store(storeLimitsOf({ messagesMax: 100 }), 1000);
    for (let number = 0; number < 1000; number++)
      put(store, batchOf(1, 1 + (number % 250), 10, number), number);
    expect(store.messages).toBe(100);
    expect(store.runs).toBe(100);
  });

  test("takes limits that can be", () => {
    expect(() => storeLimitsOf({ messagesMax: -1 })).toThrow(RangeError);
    expect(() => storeLimitsOf({ bytesMax: Number.NaN })).toThrow(RangeError);
    expect(() => timingOf({ repairEveryMs: 0 })).toThrow(RangeError);
    expect(() => timingOf({ holdMs: Number.POSITIVE_INFINITY })).toThrow(RangeError);
    expect(timingOf({ repairEveryMs: 500 }).holdMs).toBe(5000);
  });
});

/** A link that takes frames while `room` lasts. */
function linkWith(room: { frames: number; queuedBytes: number }): { link: Connection; sent: number[] } {
  const sent: number[] = [];
  const link = {
    get queuedBytes() {
      return room.queuedBytes;
    },
    send: (frame: Uint8Array) => room.frames-- > 0 && sent.push(frame[0] as number) > 0,
  };
  return { link: link as unknown as Connection, sent };
}

function storedOf(count: number, bytes = 10): Stored[] {
  return Array.from({ length: count }, (_, index) => {
    const frame = new Uint8Array(bytes).fill(BATCH.kind);
    return { run: undefined as never, firstSequence: index + 1, count: 1, frame, since: 0 };
  });
}

describe("a delivery", () => {
  const LOTS = { frames: 1e6, queuedBytes: 0 };

  test("sends what was ordered, each batch behind its age, and then says so", () => {
    const { link, sent } = linkWith({ ...LOTS });
    const delivery = new Delivery(link, 10_000, 0);
    expect(delivery.order(storedOf(2), 0, 7)).toBe(true);
    expect(delivery.pump(0)).toBe(7);
    expect(sent).toEqual([0x24, 0x20, 0x24, 0x20]);
    expect(delivery.pump(0)).toBeUndefined();
  });

  test("sends nothing twice within half an interval", () => {
    const { link } = linkWith({ ...LOTS });
    const delivery = new Delivery(link, 10_000, 0);
    const stored = storedOf(3);
    for (const now of [0, 4999, 5000]) {
      delivery.order(stored, now);
      delivery.pump(now);
    }
    expect(delivery.sent).toBe(6);
  });

  test("keeps to the ration of an interval, and says that it was not all", () => {
    const { link } = linkWith({ ...LOTS });
    const delivery = new Delivery(link, 10_000, 0);
    expect(delivery.order(storedOf(REPAIRED_MESSAGES_MAX + 1), 0, 7)).toBe(false);
    expect(delivery.pump(0)).toBeUndefined();
    expect(delivery.sent).toBe(REPAIRED_MESSAGES_MAX);
    expect(delivery.order(storedOf(10, 100_000), 10_000)).toBe(true);
    expect(delivery.order(storedOf(10, 100_000), 10_001)).toBe(false);
  });

  test("gives way while its link is under pressure, and goes on where it was", () => {
    const room = { frames: 1e6, queuedBytes: PRESSURE_BYTES + 1 };
    const { link } = linkWith(room);
    const delivery = new Delivery(link, 10_000, 0);
    delivery.order(storedOf(3), 0, 7);
    expect([delivery.pump(0), delivery.sent, delivery.isIdle]).toEqual([undefined, 0, false]);
    room.queuedBytes = 0;
    room.frames = 3;
    expect([delivery.pump(0), delivery.sent]).toEqual([undefined, 1]);
    room.frames = 10;
    expect([delivery.pump(0), delivery.sent, delivery.isIdle]).toEqual([7, 3, true]);
  });

  test("holds a bounded number of batches for who never reads", () => {
    const { link } = linkWith({ frames: 0, queuedBytes: 0 });
    const delivery = new Delivery(link, 10_000, 0);
    let taken = 0;
    for (let round = 0; round < 100; round++)
      for (const stored of storedOf(20, 50_000)) if (delivery.order([stored], round * 10_000)) taken++;
    expect(taken).toBeLessThanOrEqual(21);
  });
});

test("a neighbour's digests and repairs are read up to its ration, which grows again", () => {
  const partner = new Partner(linkWith({ frames: 0, queuedBytes: 0 }).link, 10_000, 0);
  const read = Array.from({ length: 100 }, () => partner.mayAsk(10, 0)).filter(Boolean);
  expect(read).toHaveLength(DIGESTS_MAX);
  expect(partner.mayAsk(10, 10_000)).toBe(true);
  expect(partner.mayAsk(2 ** 21, 10_000)).toBe(false);
  const brought = Array.from({ length: 5000 }, () => partner.mayBring(1, 10, 0)).filter(Boolean);
  expect(brought).toHaveLength(2 * REPAIRED_MESSAGES_MAX);
});

function partnersOf(count: number): Map<Connection, Partner> {
  const partners = Array.from({ length: count }, (_, number) => {
    const link = {
      id: String(number) as PeerId,
      queuedBytes: 0,
      send: () => false,
    } as unknown as Connection;
    return new Partner(link, 10_000, 0);
  });
  return new Map(partners.map((partner) => [partner.connection, partner]));
}

describe("turns", () => {
  test("come to everybody once before anybody's second", () => {
    const turns = new Turns(new World().random);
    const partners = partnersOf(7);
    for (const partner of partners.values()) partner.exchanges = 1;
    for (let round = 0; round < 5; round++) {
      const asked = Array.from({ length: 7 }, () => turns.next(partners)?.connection.id);
      expect(new Set(asked).size).toBe(7);
    }
  });

  test("come to the new first, and to nobody who is busy", () => {
    const turns = new Turns(new World().random);
    const partners = partnersOf(3);
    const [first, second, third] = [...partners.values()] as [Partner, Partner, Partner];
    first.exchanges = third.exchanges = 1;
    expect(turns.next(partners)).toBe(second);
    second.exchanges = 1;
    first.delivery.order(storedOf(1), 0);
    for (let turn = 0; turn < 10; turn++) expect(turns.next(partners)).not.toBe(first);
    expect(turns.next(new Map())).toBeUndefined();
  });
});

describe("an offer", () => {
  const [origin, stretches] = ["o" as PeerId, []];
  const unheard = { origin, incarnation: 0, highest: 0, stretches };
  const heard = { origin, incarnation: 7, highest: 7, stretches };
  const offer = Offer.in([heard, unheard, unheard], 20_000, 5000) as Offer;

  test("is one of runs of which nothing was heard", () => {
    expect(Offer.in([heard, heard], 0, 0)).toBeUndefined();
    expect(Offer.in([], 0, 0)).toBeUndefined();
    const asked: unknown[] = [];
    offer.isBroken((run) => asked.push(run) > 0, { repairedAt: 0, broughtBytes: 5000 }, 10_000);
    expect(asked).toEqual([unheard, unheard]);
  });

  test("is due after an interval", () => {
    expect([29_999, 30_000].map((now) => offer.isDue(now, 10_000))).toEqual([false, true]);
  });

  test.each([
    ["nothing came, and nothing else was given", true, Number.NEGATIVE_INFINITY, 0, true],
    ["something was heard of a run", false, Number.NEGATIVE_INFINITY, 0, false],
    ["something else was given after it", true, 25_000, 0, false],
    ["something else was given before it, which may have used up a ration", true, 10_000, 0, false],
    ["something else was given long before it", true, 9999, 0, true],
    ["so much came that there was no place for repair", true, Number.NEGATIVE_INFINITY, 65_536, false],
    ["little came", true, Number.NEGATIVE_INFINITY, 65_535, true],
  ])("%s: is it broken?", (_, lacks, repairedAt, bytes, isBroken) => {
    let runs = 0;
    const partner = { repairedAt, broughtBytes: 5000 + bytes };
    expect(offer.isBroken(() => lacks || runs++ === 0, partner, 10_000)).toBe(isBroken);
  });
});
