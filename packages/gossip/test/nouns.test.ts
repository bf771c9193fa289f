import { createSigner, networkIdOf, type PeerId, verifier } from "@p2p/identity";
import { World } from "@p2p/sim";
import { type Connection, type LinkSet, Malformed, parseAddress } from "@p2p/wire";
import { describe, expect, test } from "vitest";
import { BATCH, BATCH_PAYLOADS_MAX, type Batch, PAYLOAD_BYTES_MAX, readBatch } from "../src/batch.ts";
import { batchStatement, signBatch, verifyBatch } from "../src/batch-signature.ts";
import { flood } from "../src/flood.ts";
import { Message, messageText } from "../src/message.ts";
import { Origins } from "../src/origins.ts";
import { Outbox } from "../src/outbox.ts";
import { Numbering } from "../src/own-messages.ts";
import { Passage } from "../src/passage.ts";
import { payloadOf } from "../src/publication.ts";
import { DEFAULT_RATE, RateBucket, rateOf } from "../src/rate.ts";
import { RECENT_BYTES_MAX, RECENT_FRAMES_MAX, Recent } from "../src/recent.ts";
import { OLD_RUN_LIFE_MS, Run } from "../src/run.ts";
import { Shelf } from "../src/shelf.ts";

const networkId = networkIdOf({ name: "p2p", seeds: [], faulty: 0 });
const signer = createSigner(new Uint8Array(32).fill(7));

function batchOf(firstSequence: number, ...texts: string[]): Batch {
  const payloads = texts.map((text) => new TextEncoder().encode(text));
  const batch = signBatch(
    { origin: signer.id, incarnation: 3, firstSequence, at: 1000, payloads },
    networkId,
    signer,
  );
  return { ...batch, signature: new Uint8Array(batch.signature) };
}

describe("a batch", () => {
  test("travels and comes back the same", () => {
    const batch = batchOf(5, "one", "", "three");
    expect(readBatch(BATCH.encode(batch))).toEqual(batch);
  });

  test("of 64 payloads is read, one of 65 or of none is not", () => {
    const sizes = [0, 1, BATCH_PAYLOADS_MAX, BATCH_PAYLOADS_MAX + 1];
    const read = sizes.map((size) =>
      readBatch(
        BATCH.encode({ ...batchOf(1), payloads: Array.from({ length: size }, () => Uint8Array.of(1)) }),
      ),
    );
    expect(read.map((batch) => batch instanceof Malformed)).toEqual([true, false, false, true]);
  });

  test("with a payload of 256 KiB is read, one byte more is not", () => {
    const read = [0, 1].map((more) =>
      readBatch(BATCH.encode({ ...batchOf(1), payloads: [new Uint8Array(PAYLOAD_BYTES_MAX + more)] })),
    );
    expect(read.map((batch) => batch instanceof Malformed)).toEqual([false, true]);
  });

  test("with an element that nobody signed is refused", () => {
    const frame = BATCH.encode(batchOf(1, "a"));
    const longer = new Uint8Array([...frame, 0xc0]);
    longer[1] = 0x97;
    expect(readBatch(longer)).toBeInstanceOf(Malformed);
  });

  test("numbered beyond 2^53 is refused", () => {
    const last = Number.MAX_SAFE_INTEGER;
    expect(readBatch(BATCH.encode({ ...batchOf(1, "a"), firstSequence: last }))).not.toBeInstanceOf(
      Malformed,
    );
    expect(readBatch(BATCH.encode({ ...batchOf(1, "a", "b"), firstSequence: last }))).toBeInstanceOf(
      Malformed,
    );
    expect(readBatch(BATCH.encode({ ...batchOf(1, "a"), firstSequence: 0 }))).toBeInstanceOf(Malformed);
  });

  test("cut short anywhere, or with any byte of its head changed, is read as something else or not at all, and nothing throws", () => {
    const frame = BATCH.encode(batchOf(1, "hello"));
    for (let length = 0; length < frame.length; length++) {
      expect(readBatch(frame.subarray(0, length))).toBeInstanceOf(Malformed);
    }
    for (let at = 0; at < frame.length; at++) {
      const changed = Uint8Array.from(frame);
      changed[at] = (changed[at] as number) ^ 0xff;
      const batch = readBatch(changed);
      expect(batch instanceof Malformed || !verifyBatch(batch, networkId, verifier)).toBe(true);
    }
  });
});

describe("a batch's signature", () => {
  const batch = batchOf(5, "one", "two");

  test("is over prefix, kind, network, origin, incarnation, first sequence, time, count and hashes", () => {
    const statement = batchStatement(batch, networkId);
    expect(statement.length).toBe(5 + 1 + 32 + 32 + 8 + 8 + 9 + 1 + 2 * 32);
    expect(statement[5]).toBe(9);
  });

  test.each<[string, Partial<Batch>]>([
    ["incarnation", { incarnation: 4 }],
    ["sequence", { firstSequence: 6 }],
    ["time", { at: 1001 }],
    ["count", { payloads: batch.payloads.slice(0, 1) }],
    ["order", { payloads: batch.payloads.toReversed() }],
    ["content", { payloads: [new Uint8Array(3), new Uint8Array(3)] }],
    ["origin", { origin: createSigner().id }],
    ["signature", { signature: new Uint8Array(64) }],
  ])("does not hold for another %s", (_, change) => {
    expect(verifyBatch(batch, networkId, verifier)).toBe(true);
    expect(verifyBatch({ ...batch, ...change }, networkId, verifier)).toBe(false);
  });

  test("does not hold in another network", () => {
    const other = networkIdOf({ name: "other", seeds: [], faulty: 0 });
    expect(verifyBatch(batch, other, verifier)).toBe(false);
  });
});

describe("a message", () => {
  const message = new Message(batchOf(5, "one", "zwölf"), 1, signer.id);

  test("has its own number and text", () => {
    expect(message).toMatchObject({
      origin: signer.id,
      incarnation: 3,
      sequence: 6,
      at: 1000,
      text: "zwölf",
    });
  });

  test("gives out a payload that may be written to", () => {
    message.payload.fill(0);
    expect(message.text).toBe("zwölf");
    expect(message.payload).toBe(message.payload);
  });

  test.each([
    [1_717_689_000_999, "127.0.0.1:7001", 4, "1717689000:127.0.0.1:4"],
    [0, "[::1]:7001", 1, "0:[::1]:1"],
    [1000, "node.example:1", 12, "1:node.example:12"],
  ])("of %d ms at %s, number %d, is shown as its reader expects", (at, address, sequence, shown) => {
    expect(messageText(at, parseAddress(address), sequence)).toBe(shown);
  });
});

describe("what a caller publishes", () => {
  test("may be text or bytes, even none", () => {
    expect(payloadOf("é")).toEqual(Uint8Array.of(0xc3, 0xa9));
    expect(payloadOf("")).toHaveLength(0);
    expect(payloadOf(new Uint8Array(PAYLOAD_BYTES_MAX))).toHaveLength(PAYLOAD_BYTES_MAX);
  });

  test("may be nothing else, and not too long", () => {
    for (const wrong of [undefined, null, 5, {}, [1], new ArrayBuffer(4)]) {
      expect(() => payloadOf(wrong as string)).toThrow(TypeError);
    }
    expect(() => payloadOf(new Uint8Array(PAYLOAD_BYTES_MAX + 1))).toThrow(RangeError);
    expect(() => payloadOf("é".repeat(PAYLOAD_BYTES_MAX / 2 + 1))).toThrow(RangeError);
  });

  test("is numbered from 1 in each incarnation", () => {
    const numbering = new Numbering();
    expect([7, 7, 9, 9, 9].map((incarnation) => numbering.next(incarnation).sequence)).toEqual([
      1, 2, 1, 2, 3,
    ]);
  });
});

describe("a rate bucket", () => {
  const rate = rateOf({ messagesPerSecond: 2, messagesBurst: 10, bytesPerSecond: 100, bytesBurst: 1000 });

  test.each([
    ["full at first", 0, 0, 0, 10, 0, true],
    ["not more than the burst", 0, 0, 0, 11, 0, false],
    ["empty after the burst", 10, 0, 0, 1, 0, false],
    ["refilled with time", 10, 0, 500, 1, 0, true],
    ["refilled no faster than the rate", 10, 0, 999, 2, 0, false],
    ["never above the burst", 10, 0, 1e9, 11, 0, false],
    ["bytes count too", 1, 1000, 0, 1, 1, false],
    ["bytes come back, too", 1, 1000, 1000, 1, 100, true],
    ["too many bytes at once", 0, 0, 0, 1, 1001, false],
  ])("%s", (_, takenMessages, takenBytes, afterMs, messages, bytes, isAllowed) => {
    const bucket = new RateBucket(rate, 5000);
    bucket.take(takenMessages, takenBytes);
    expect(bucket.allows(messages, bytes, 5000 + afterMs)).toBe(isAllowed);
  });

  test("asking takes nothing", () => {
    const bucket = new RateBucket(rate, 0);
    for (let asked = 0; asked < 100; asked++) expect(bucket.allows(10, 1000, 0)).toBe(true);
  });

  test("of no limit allows everything", () => {
    const bucket = new RateBucket(rateOf({ messagesBurst: Number.POSITIVE_INFINITY }), 0);
    bucket.take(1e9, 0);
    expect(bucket.allows(1e9, 0, 1)).toBe(true);
  });

  test("is never made of limits that are not positive", () => {
    expect(rateOf()).toEqual(DEFAULT_RATE);
    for (const value of [0, -1, Number.NaN])
      expect(() => rateOf({ messagesPerSecond: value })).toThrow(RangeError);
  });
});

describe("origins", () => {
  test("a later run ends the one before after ten minutes, and what came in between is stale", () => {
    const origins = new Origins(10, DEFAULT_RATE);
    const first = origins.enter(batch("a", 5), undefined, bucket(), 0);
    const second = origins.enter(batch("a", 8), undefined, bucket(), 1000);
    expect(origins.find("a" as PeerId, 8, 1e9)).toBe(second);
    expect(origins.find("a" as PeerId, 5, 1000 + OLD_RUN_LIFE_MS - 1)).toBe(first);
    expect(origins.find("a" as PeerId, 5, 1000 + OLD_RUN_LIFE_MS)).toBe("stale");
    expect(origins.find("a" as PeerId, 4, 0)).toBe("stale");
    expect(origins.find("a" as PeerId, 6, 0)).toBe("stale");
    expect(origins.find("a" as PeerId, 9, 0)).toBeUndefined();
  });

  test("a late message of the earlier run does not bring it back", () => {
    const origins = new Origins(10, DEFAULT_RATE);
    const first = origins.enter(batch("a", 5), undefined, bucket(), 0);
    const second = origins.enter(batch("a", 8), undefined, bucket(), 0);
    origins.enter(batch("a", 5, 2), first, bucket(), 0);
    expect(origins.find("a" as PeerId, 8, 1e9)).toBe(second);
  });

  test("at ten times their capacity keep to it, and the silent go first", () => {
    const origins = new Origins(100, DEFAULT_RATE);
    const kept = origins.enter(batch("kept", 1), undefined, bucket(), 0);
    for (let number = 0; number < 1000; number++) {
      origins.enter(batch(`o${number}`, 1), undefined, bucket(), 0);
      origins.enter(batch("kept", 1, 2 + number), kept, bucket(), 0);
    }
    expect(origins.size).toBe(100);
    expect(origins.evicted).toBe(901);
    expect(origins.find("kept" as PeerId, 1, 0)).toBe(kept);
    expect(origins.find("o900" as PeerId, 1, 0)).toBeUndefined();
    expect(origins.find("o901" as PeerId, 1, 0)).toBeInstanceOf(Run);
  });

  test("an origin keeps its allowance through its runs", () => {
    const origins = new Origins(10, rateOf({ messagesBurst: 2, messagesPerSecond: 1e-9 }));
    for (const incarnation of [1, 2]) {
      const allowance = origins.bucketOf("a" as PeerId, 0);
      allowance.take(1, 0);
      origins.enter(batch("a", incarnation), undefined, allowance, 0);
    }
    expect(origins.bucketOf("a" as PeerId, 0).allows(1, 0, 0)).toBe(false);
    expect(origins.bucketOf("b" as PeerId, 0).allows(2, 0, 0)).toBe(true);
  });
});

describe("a batch goes on to the neighbours once", () => {
  test("when it is delivered, if it came as news", () => {
    const passage = new Passage(true);
    expect(passage.renew()).toBe(false);
    expect(passage.deliver()).toBe(true);
    expect(passage.renew()).toBe(false);
  });

  test("when it came as old, and a copy as news before or after it was delivered", () => {
    const [before, after, never] = [new Passage(false), new Passage(false), new Passage(false)];
    expect(before.renew()).toBe(false);
    expect([before, after, never].map((passage) => passage.deliver())).toEqual([true, false, false]);
    expect([before, after].map((passage) => passage.renew())).toEqual([false, true]);
    expect(after.renew()).toBe(false);
  });
});

describe("recent batches", () => {
  test("a copy is known by its signature, and so is a forgery of it; nothing else is", () => {
    const recent = new Recent();
    const frame = BATCH.encode(batchOf(1, "real"));
    recent.add({ batch: batchOf(1, "real"), frame, run: new Run(3, 1), passage: new Passage(true) });
    const forged = Uint8Array.from(frame);
    forged[forged.length - 70] = 1;
    expect(recent.copyOf(Uint8Array.from(frame))).toBeDefined();
    expect(recent.copyOf(forged)).toBeDefined();
    expect(recent.copyOf(BATCH.encode(batchOf(1, "other")))).toBeUndefined();
    for (const length of [0, 1, 63]) expect(recent.copyOf(frame.subarray(0, length))).toBeUndefined();
    const lastByte = Uint8Array.from(frame);
    lastByte[lastByte.length - 1] = (lastByte[lastByte.length - 1] as number) ^ 1;
    expect(recent.copyOf(lastByte)).toBeUndefined();
  });

  test("at most 4 096 of them, the oldest out first, and out of their runs too", () => {
    const recent = new Recent();
    const run = new Run(3, 1);
    const plain = batchOf(1, "x");
    const passage = new Passage(true);
    for (let number = 1; number <= RECENT_FRAMES_MAX + 10; number++) {
      recent.add({ batch: { ...plain, firstSequence: number }, frame: signedFrame(number), run, passage });
    }
    expect(recent.size).toBe(RECENT_FRAMES_MAX);
    expect(run.kept.size).toBe(RECENT_FRAMES_MAX);
    expect(recent.copyOf(signedFrame(10))).toBeUndefined();
    expect(recent.copyOf(signedFrame(11))).toBeDefined();
    expect(run.rivalOf({ ...plain, firstSequence: 10 })).toBeUndefined();
    expect(run.rivalOf({ ...plain, firstSequence: 11 })?.batch.firstSequence).toBe(11);
  });

  test("at most 4 MiB of them", () => {
    const recent = new Recent();
    for (let number = 1; number <= 20; number++) {
      recent.add({
        batch: batchOf(1, "x"),
        frame: signedFrame(number, PAYLOAD_BYTES_MAX),
        run: new Run(3, 1),
        passage: new Passage(true),
      });
    }
    expect(recent.bytes).toBe(RECENT_BYTES_MAX);
    expect(recent.size).toBe(16);
  });

  test("the oldest go first, too, when small ones come after large ones", () => {
    const recent = new Recent();
    const plain = batchOf(1, "x");
    const runs = [
      [20, PAYLOAD_BYTES_MAX],
      [80, 200],
      [3, PAYLOAD_BYTES_MAX],
    ] as const;
    const sizes = runs.flatMap(([count, bytes]) => Array.from({ length: count }, () => bytes));
    for (const [number, bytes] of sizes.entries()) {
      const frame = signedFrame(number, bytes);
      recent.add({ batch: plain, frame, run: new Run(3, 1), passage: new Passage(true) });
    }
    const held = sizes.flatMap((bytes, number) =>
      recent.copyOf(signedFrame(number, bytes)) ? [number] : [],
    );
    expect(held).toEqual(Array.from({ length: 95 }, (_, index) => index + 8));
  });
});

describe("an outbox", () => {
  test("says sent only when nothing waited before", () => {
    const outbox = outboxOf(new Narrow(25), 100);
    expect([1, 2, 3].map((name) => outbox.pass(frame(name)))).toEqual(["sent", "queued", "queued"]);
    expect(outbox.waitingBytes).toBe(30);
  });

  test("drops the oldest beyond its bytes, and goes on in order once the link drains", () => {
    const link = new Narrow(10);
    const outbox = outboxOf(link, 30);
    for (let name = 1; name <= 7; name++) outbox.pass(frame(name));
    expect(outbox.dropped).toBe(3);
    link.queuedBytes = 0;
    expect(outbox.drain()).toBeUndefined();
    link.room = 1000;
    expect(outbox.drain()).toBe(3);
    expect(link.taken).toEqual([1, 5, 6, 7]);
    expect(outbox.dropped).toBe(0);
    expect(outbox.waitingBytes).toBe(link.queuedBytes);
  });

  test("does not overtake what waits, even if there is room again", () => {
    const link = new Narrow(10);
    const outbox = outboxOf(link, 30);
    for (const name of [1, 2]) outbox.pass(frame(name));
    link.queuedBytes = 0;
    expect(outbox.pass(frame(3))).toBe("queued");
    expect(link.taken).toEqual([1]);
  });

  test("skips what is longer than all that may wait", () => {
    const outbox = outboxOf(new Narrow(10), 30);
    outbox.pass(frame(1));
    expect(outbox.pass(frame(2, 31))).toBe("skipped");
    expect(outbox.dropped).toBe(1);
  });

  test("is emptied for its successor", () => {
    const outbox = outboxOf(new Narrow(0), 30);
    for (const name of [1, 2]) outbox.pass(frame(name));
    expect(outbox.empty().map(([name]) => name)).toEqual([1, 2]);
    expect(outbox.waitingBytes).toBe(0);
  });
});

describe("a shelf", () => {
  test("gives things up one by one when their time is over", () => {
    const { world, shelf: held, lapsed } = shelf(10);
    held.add(1);
    world.run(600);
    held.add(2);
    world.run(399);
    expect(lapsed).toEqual([]);
    world.run(1);
    expect(lapsed).toEqual([1]);
    world.run(600);
    expect(lapsed).toEqual([1, 2]);
    held.add(3);
    world.run(1000);
    expect(lapsed).toEqual([1, 2, 3]);
  });

  test("takes no more than it holds, and leaves no timer behind", () => {
    const { world, shelf: held, lapsed } = shelf(2);
    expect([1, 2, 3].map((item) => held.add(item))).toEqual([true, true, false]);
    expect(held.take((item) => item === 1)).toEqual([1]);
    expect(held.take()).toEqual([2]);
    expect(world.step()).toBe(false);
    expect(lapsed).toEqual([]);
  });
});

test("flood passes to all but the one it came from", () => {
  const [a, b, c] = ["a", "b", "c"] as unknown as Connection[];
  const neighbours = [a, b, c] as unknown as LinkSet;
  const passed: unknown[] = [];
  flood(neighbours, b, (neighbour) => passed.push(neighbour));
  flood(neighbours, undefined, (neighbour) => passed.push(neighbour));
  expect(passed).toEqual(["a", "c", "a", "b", "c"]);
});

function bucket(): RateBucket {
  return new RateBucket(DEFAULT_RATE, 0);
}

function batch(origin: string, incarnation: number, firstSequence = 1): Batch {
  return {
    ...batchOf(firstSequence, "x"),
    origin: origin as PeerId,
    incarnation,
  };
}

function signedFrame(number: number, bytes = 200): Uint8Array {
  const frame = new Uint8Array(bytes);
  new DataView(frame.buffer).setUint32(bytes - 64, number * 2_654_435_761);
  return frame;
}

function frame(name: number, bytes = 10): Uint8Array {
  return new Uint8Array(bytes).fill(name);
}

function outboxOf(link: Narrow, bytesMax: number): Outbox {
  return new Outbox(link as unknown as Connection, bytesMax);
}

/** A link that takes so many bytes. */
class Narrow {
  room: number;
  queuedBytes = 0;
  readonly taken: number[] = [];

  constructor(room: number) {
    this.room = room;
  }

  send(frame: Uint8Array): boolean {
    if (this.queuedBytes + frame.length > this.room) return false;
    this.queuedBytes += frame.length;
    this.taken.push(frame[0] as number);
    return true;
  }
}

function shelf(max: number, lapsed: number[] = []): { world: World; lapsed: number[]; shelf: Shelf<number> } {
  const world = new World();
  const { clock } = world.host("h");
  return {
    world,
    lapsed,
    shelf: new Shelf<number>(clock, { max, lifeMs: 1000 }, (item) => lapsed.push(item)),
  };
}
