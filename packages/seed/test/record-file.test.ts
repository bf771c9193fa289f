import type { P2PError } from "@p2p/identity";
import { World } from "@p2p/sim";
import { describe, expect, test } from "vitest";
import { crc32 } from "../src/crc32.ts";
import { readCertificates, readVotes } from "../src/invariants/index.ts";
import { Journal } from "../src/journal.ts";
import { encodeRecord, readRecords } from "../src/record-file.ts";

const payloads = [Uint8Array.of(1), Uint8Array.from({ length: 300 }, (_, at) => at), Uint8Array.of(0, 0, 0)];
const whole = Uint8Array.from(payloads.flatMap((payload) => [...encodeRecord(payload)]));

describe("a file of records", () => {
  test("crc32 of the well-known text", () => {
    expect(crc32(new TextEncoder().encode("123456789"))).toBe(0xcbf43926);
  });

  test("gives back what was written", () => {
    const { records, end, damage } = readRecords(whole);
    expect(records.map(({ payload }) => [...payload])).toEqual(payloads.map((payload) => [...payload]));
    expect([end, damage]).toEqual([whole.length, undefined]);
  });

  test("cut at any byte: the records before the cut, no damage", () => {
    for (let length = 0; length < whole.length; length++) {
      const { records, end, damage } = readRecords(whole.subarray(0, length));
      expect(damage, `cut at ${length}`).toBeUndefined();
      expect(end).toBeLessThanOrEqual(length);
      expect(records.length).toBeLessThan(3);
    }
  });

  test("any byte flipped in any way that one bit can: damage, at the record's offset", () => {
    const offsets = readRecords(whole).records.map(({ offset }) => offset);
    for (let bit = 0; bit < whole.length * 8; bit++) {
      const flipped = Uint8Array.from(whole);
      flipped[bit >> 3] = (flipped[bit >> 3] as number) ^ (1 << (bit & 7));
      const { damage } = readRecords(flipped);
      expect(damage?.offset, `bit ${bit}`).toBe(offsets.findLast((offset) => offset <= bit >> 3));
    }
  });

  test("zeros at the end are torn off", () => {
    const { end, damage } = readRecords(Uint8Array.from([...whole, ...new Uint8Array(40)]));
    expect([end, damage]).toEqual([whole.length, undefined]);
  });

  test("a record has at least one byte", () => {
    expect(() => encodeRecord(new Uint8Array(0))).toThrow(RangeError);
  });
});

describe("a journal", () => {
  const options = { file: "x.log", fix: "Fix it." };

  /** Opens a journal whose contents are all payloads it was ever given. */
  function journalAt(host: ReturnType<World["host"]>): {
    journal: Journal;
    kept: string[];
    errors: P2PError[];
  } {
    const kept: string[] = [];
    const errors: P2PError[] = [];
    const contents = (): Uint8Array[] => kept.map((text) => new TextEncoder().encode(text));
    const journal = new Journal({ ...options, disk: host.disk, contents });
    const take = (payload: Uint8Array): undefined => void kept.push(new TextDecoder().decode(payload));
    journal.open(take, (error) => void (error && errors.push(error)));
    return { journal, kept, errors };
  }

  test("keeps what it acknowledged over any crash", () => {
    for (let seed = 0; seed < 100; seed++) {
      const world = new World({ seed });
      const host = world.host("h");
      const acknowledged: string[] = [];
      host.boot(() => {
        const { journal } = journalAt(host);
        for (let count = 0; count < 30; count++) {
          host.clock.after(world.random.next() * 60, () => {
            const text = `record ${count}`;
            journal.append(
              new TextEncoder().encode(text),
              (error) => void (error ?? acknowledged.push(text)),
            );
          });
        }
      });
      world.run(world.random.next() * 80);
      host.crash();
      const after = host.boot(() => journalAt(host));
      world.run(100);
      expect(after.errors).toEqual([]);
      expect(after.kept).toEqual(expect.arrayContaining(acknowledged));
    }
  });

  test("is rewritten when it has doubled, and after a failed write", () => {
    const world = new World();
    const host = world.host("h");
    const { journal, kept } = host.boot(() => journalAt(host));
    world.run(10);
    const payload = new TextEncoder().encode("y".repeat(1000));
    let [done, failed] = [0, 0];
    kept.push("what matters");
    const append = (): void => journal.append(payload, (error) => (error ? (failed += 1) : (done += 1)));
    for (let count = 0; count < 200; count++) world.after(count * 20, append);
    world.run(5000);
    expect(done).toBe(200);
    expect((host.platter.bytesOf("x.log") as Uint8Array).length).toBeLessThan(100_000);
    host.platter.failNext("sync");
    append();
    world.run(100);
    append();
    world.run(100);
    expect([done, failed]).toEqual([201, 1]);
    host.crash();
    const after = host.boot(() => journalAt(host));
    world.run(100);
    expect(after.errors).toEqual([]);
    expect(after.kept).toEqual(["what matters", "y".repeat(1000)]);
  });

  test("with a record of somebody else's is not called damaged, and not to be restored or deleted", () => {
    const world = new World();
    const host = world.host("h");
    host.platter.append("x.log", whole);
    const errors: (P2PError | undefined)[] = [];
    const journal = new Journal({ ...options, disk: host.disk, contents: () => [] });
    journal.open(
      () => ({ foreign: "a vote of another network" }),
      (error) => void errors.push(error),
    );
    world.run(10);
    expect(errors[0]).toMatchObject({ code: "STORE_CORRUPT" });
    expect(errors[0]?.message).toMatch(
      /^x\.log is whole, but not of this seed .* a vote of another network\. Leave it/,
    );
    expect(errors[0]?.message).not.toContain(options.fix);
  });

  test("that its owner cannot read is damaged, with the offset", () => {
    const world = new World();
    const host = world.host("h");
    host.platter.append("x.log", whole);
    const errors: (P2PError | undefined)[] = [];
    const journal = new Journal({ ...options, disk: host.disk, contents: () => [] });
    let count = 0;
    journal.open(
      () => (++count === 2 ? "what is this" : undefined),
      (error) => void errors.push(error),
    );
    world.run(10);
    expect(errors[0]?.message).toBe("x.log is damaged at byte 13: what is this. Fix it.");
  });
});

describe("what a seed has on disk, read by others", () => {
  test("is nothing in an empty file, and damage in one of another sort", () => {
    for (const read of [readVotes, readCertificates]) {
      expect(read(new Uint8Array(0))).toEqual([]);
      const damaged = Uint8Array.from(whole);
      damaged[12] = 7;
      expect(() => read(damaged)).toThrow(expect.objectContaining({ code: "STORE_CORRUPT" }));
    }
    expect(() => readVotes(whole)).toThrow(expect.objectContaining({ code: "STORE_CORRUPT" }));
  });
});
