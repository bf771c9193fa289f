import { randomBytes, randomInt, randomUUID } from "node:crypto";
import { systemClock, systemRandom } from "@p2p/wire";
import { describe, expect, test } from "vitest";
import { HostFailure, TripWireError, World, withTripWire } from "../src/index.ts";

const culprits: readonly (readonly [name: string, use: () => unknown])[] = [
  ["Date.now", () => Date.now()],
  ["new Date()", () => new Date()],
  ["Date()", () => Date()],
  ["performance.now", () => performance.now()],
  ["Math.random", () => Math.random()],
  ["setTimeout", () => setTimeout(() => undefined, 1)],
  ["setInterval", () => setInterval(() => undefined, 1)],
  ["setImmediate", () => setImmediate(() => undefined)],
  ["queueMicrotask", () => queueMicrotask(() => undefined)],
  ["process.nextTick", () => process.nextTick(() => undefined)],
  ["process.hrtime", () => process.hrtime()],
  ["process.hrtime", () => process.hrtime.bigint()],
  ["crypto.getRandomValues", () => crypto.getRandomValues(new Uint8Array(4))],
  ["crypto.randomUUID", () => crypto.randomUUID()],
  ["crypto.randomBytes", () => randomBytes(4)],
  ["crypto.randomInt", () => randomInt(4)],
  ["crypto.randomUUID", () => randomUUID()],
  ["Date.now", () => systemClock.wallTime()],
  ["crypto.getRandomValues", () => systemRandom.next()],
];

describe("inside a step", () => {
  test.each(culprits)("%s throws an error that names it, and works again afterwards", (name, use) => {
    const world = new World();
    world.host("careless").clock.after(1, () => void use());
    const failure = caught(() => world.run(2)) as Error;
    expect(failure.message).toContain(`careless at 1.000 ms: TripWireError: ${name} inside a step`);
    expect(failure.cause).toMatchObject({ culprit: name });
    const result = use();
    if (name === "setImmediate") clearImmediate(result as NodeJS.Immediate);
    else if (name.startsWith("set")) clearTimeout(result as NodeJS.Timeout);
  });

  test("dates that are computed, signatures and the console work", () => {
    const world = new World();
    const host = world.host("a");
    host.clock.after(1, () => {
      const date = new Date(0);
      expect(date).toBeInstanceOf(Date);
      expect([date.toISOString(), Date.UTC(1970, 0)]).toEqual(["1970-01-01T00:00:00.000Z", 0]);
      const bytes = host.random.bytes(10);
      expect(host.verifier.verify(host.signer.id, bytes, host.signer.sign(bytes))).toBe(true);
      process.stderr.write("");
    });
    world.run(2);
  });

  test("a program is watched at its boot as well, with its host and the time in the error", () => {
    const world = new World();
    world.run(20);
    const failure = caught(() => world.host("careless").boot(() => Date.now())) as Error;
    expect(failure.message).toContain("careless at 20.000 ms: TripWireError: Date.now inside a step");
    expect(failure).toBeInstanceOf(HostFailure);
    expect(failure.cause).toMatchObject({ culprit: "Date.now" });
  });
});

test("everything is put back after an error, and only by the outermost of nested ones", () => {
  const [setTimeoutBefore, dateBefore] = [setTimeout, Date];
  expect(() =>
    withTripWire(() => {
      withTripWire(() => undefined);
      expect(() => Date.now()).toThrow(TripWireError);
      throw new RangeError("on the way");
    }),
  ).toThrow(RangeError);
  expect([setTimeout === setTimeoutBefore, Date === dateBefore]).toEqual([true, true]);
  expect(Object.hasOwn(performance, "now")).toBe(false);
  expect(Object.hasOwn(crypto, "getRandomValues")).toBe(false);
});

test("a world inside a step of another world leaves the outer wire up", () => {
  const outer = new World();
  const host = outer.host("a");
  host.clock.after(1, () => {
    new World().run(5);
    Date.now();
  });
  expect(() => outer.run(2)).toThrow("Date.now");
});

function caught(body: () => void): unknown {
  try {
    body();
  } catch (error) {
    return error;
  }
  return undefined;
}
