import { every } from "@p2p/wire";
import { expect, test } from "vitest";
import { type Host, HostFailure, World, type WorldOptions } from "../src/index.ts";
import { frame, pair, Recorder } from "./recorder.ts";

/** Twenty hosts that talk, crash, freeze and lose frames for a minute: the lines of its trace. */
function story(options: WorldOptions): string[] {
  const lines: string[] = [];
  const world = new World({ loss: 0.05, duplicate: 0.02, ...options, trace: (line) => lines.push(line) });
  const hosts = Array.from({ length: 20 }, (_, index) => world.host(`h${index}`));
  for (const host of hosts) host.boot((self) => chatter(self, hosts));
  for (const [index, host] of hosts.entries())
    if (index % 5 === 0) world.after(10_000 + index, () => host.crash());
  world.after(20_000, () => hosts[5]?.restart());
  world.after(25_000, () => world.partition(hosts.slice(0, 8), hosts.slice(8)));
  world.after(30_000, () => hosts[1]?.freeze());
  world.after(35_000, () => hosts[1]?.thaw());
  world.after(40_000, () => world.heal());
  world.run(60_000);
  return lines;
}

function chatter(self: Host, hosts: readonly Host[]): void {
  const transport = self.transport();
  transport.listen(self.address, new Recorder(), () => undefined);
  every(
    self.clock,
    () => 500 + self.random.next() * 1000,
    () => {
      const other = hosts[Math.floor(self.random.next() * hosts.length)] as Host;
      const owner = new Recorder();
      owner.linkOpened = (link) => {
        link.send(self.signer.sign(self.random.bytes(20)));
        self.disk.append("log", self.random.bytes(8), () => link.close());
      };
      transport.dial(other.address, owner);
    },
  );
}

test("the same seed gives the same trace, byte by byte", () => {
  const [first, second] = [story({ seed: 42 }), story({ seed: 42 })];
  expect(first.length).toBeGreaterThan(5000);
  expect(second.join("\n")).toBe(first.join("\n"));
  for (const kind of [
    "dial",
    "opened",
    "frame",
    "closed",
    "task",
    "crash",
    "boot",
    "freeze",
    "disk",
    "log",
  ]) {
    expect(first.some((line) => line.split(" ")[2] === kind)).toBe(true);
  }
});

test("another seed gives another trace", () => {
  expect(story({ seed: 43 })).not.toEqual(story({ seed: 42 }));
});

test("tracing changes nothing of what happens", () => {
  expect(lastArrival({ trace: () => undefined })).toBe(lastArrival({}));
});

test("run lets exactly so much time pass, whether or not anything happens", () => {
  const world = new World();
  const seen: number[] = [];
  for (const delayMs of [0, 10, 10.5, 11]) world.after(delayMs, () => seen.push(world.now));
  world.run(10.5);
  expect([world.now, seen]).toEqual([10.5, [0, 10, 10.5]]);
  world.run(100);
  expect(world.now).toBe(110.5);
  expect(() => world.run(-1)).toThrow(RangeError);
});

test("runUntil stops with the step that fulfils the condition, and says if none did", () => {
  const world = new World();
  let count = 0;
  every(
    { now: () => 0, wallTime: () => 0, after: (ms, task) => world.after(ms, task) },
    () => 10,
    () => count++,
  );
  expect(world.runUntil(() => count === 3, 1000)).toBe(true);
  expect(world.now).toBe(30);
  expect(world.runUntil(() => count === 1000, 500)).toBe(false);
  expect(world.now).toBe(530);
});

test("step does one thing, and says when nothing is left", () => {
  const world = new World();
  const seen: string[] = [];
  world.after(5, () => seen.push("a"));
  world.after(5, () => seen.push("b"));
  expect(world.step()).toBe(true);
  expect([seen, world.now]).toEqual([["a"], 5]);
  expect([world.step(), world.step()]).toEqual([true, false]);
});

test("an order that was taken back is not carried out", () => {
  const world = new World();
  world.after(5, () => expect.unreachable())();
  world.run(10);
});

test("a host needs a name of its own, and no world does anything to the hosts of another", () => {
  const [world, other] = [new World(), new World()];
  const [a, b, stranger] = [world.host("a"), world.host("b"), other.host("a")];
  expect(() => world.host("a")).toThrow(new RangeError("there is a host a already"));
  for (const name of ["", " "])
    expect(() => world.host(name)).toThrow(new RangeError("a host has a name, and this one is empty"));
  for (const act of [
    () => world.cut(b, stranger),
    () => world.cutOneWay(stranger, b),
    () => world.partition([a], [b, stranger]),
    () => world.heal(stranger, b),
    () => world.reaches(b, stranger),
    () => world.weather({ loss: 1 }, b, stranger),
  ])
    expect(act).toThrow(new TypeError("a is a host of another world"));
  expect([world.reaches(a, b), world.reaches(b, a)]).toEqual([true, true]);
});

test("a world cannot be run from inside itself", () => {
  const world = new World();
  world.after(1, () => world.run(1));
  expect(() => world.run(2)).toThrow(TypeError);
  world.run(2);
});

test("a callback that throws stops the run with the host's name and the time, and the world can go on", () => {
  const world = new World();
  const host = world.host("weak");
  const ran: string[] = [];
  host.clock.after(5, () => {
    throw new RangeError("oops");
  });
  host.clock.after(5, () => ran.push("next"));
  const failure = caught(() => world.run(10));
  expect(failure).toBeInstanceOf(HostFailure);
  expect(failure).toMatchObject({ host: "weak", at: 5, message: "weak at 5.000 ms: RangeError: oops" });
  expect((failure as HostFailure).cause).toBeInstanceOf(RangeError);
  expect([world.now, ran]).toEqual([5, []]);
  world.run(5);
  expect([world.now, ran]).toEqual([10, ["next"]]);
});

test("an owner that throws does not disturb its link", () => {
  const world = new World();
  const { link, far } = pair(world);
  far.linkFrame = (_, bytes) => {
    far.frames.push(bytes);
    if (far.frames.length === 1) throw new Error("the first");
  };
  for (const text of ["1", "2", "3"]) link.send(frame(text));
  expect(() => world.run(1000)).toThrow("b at ");
  world.run(1000);
  expect(far.texts).toEqual(["1", "2", "3"]);
});

test("several errors of one moment come together", () => {
  const world = new World({ latency: { minMs: 10, maxMs: 10 } });
  const { link, far } = pair(world);
  far.linkFrame = () => {
    throw new Error("each");
  };
  for (const text of ["1", "2"]) link.send(frame(text));
  expect(caught(() => world.run(1000))).toBeInstanceOf(AggregateError);
});

test("onFailure takes what would have been thrown", () => {
  const failures: HostFailure[] = [];
  const world = new World({ onFailure: (failure) => failures.push(failure) });
  world.host("weak").clock.after(5, () => {
    throw new Error("oops");
  });
  world.run(10);
  expect(failures.map(({ host, at }) => [host, at])).toEqual([["weak", 5]]);
});

test("what the test's own script throws comes out as it is", () => {
  const world = new World();
  world.after(1, () => {
    throw new Error("mine");
  });
  expect(() => world.run(2)).toThrow(/^mine$/);
});

test("hosts have addresses of their own, and names that are taken once", () => {
  const world = new World();
  const addresses = Array.from({ length: 300 }, (_, index) => world.host(`h${index}`).address);
  expect(new Set(addresses).size).toBe(300);
  expect(addresses[0]).toBe("10.0.0.1:7000");
  expect(() => world.host("h0")).toThrow(RangeError);
  expect(() => world.host("other", { address: addresses[0] as never })).toThrow("is the address of h0");
});

test("trouble that comes and goes begins at once, keeps its times, and ends when it is taken back", () => {
  for (const [stopAt, expected] of [
    [14, [0, "on", 2, "off", 7, "on", 9, "off", 14, "on", 14, "off"]],
    [12, [0, "on", 2, "off", 7, "on", 9, "off"]],
  ] as const) {
    const world = new World();
    const told: (number | string)[] = [];
    const note = (what: string) => (): void => void told.push(world.now, what);
    const cancel = world.alternate({ onMs: 2, offMs: 5 }, note("on"), note("off"));
    world.run(stopAt);
    cancel();
    cancel();
    world.run(100);
    expect(told).toEqual(expected);
  }
});

test.each([
  { onMs: 0, offMs: 1 },
  { onMs: 1, offMs: Number.NaN },
])("trouble cannot come and go in no time: $onMs ms on, $offMs ms off", (times) => {
  expect(() => new World().alternate(times, expect.unreachable, expect.unreachable)).toThrow(RangeError);
});

test("impossible weather is refused", () => {
  expect(() => new World({ loss: 1.5 })).toThrow(RangeError);
  expect(() => new World({ latency: { minMs: 5, maxMs: 1 } })).toThrow(RangeError);
  expect(() => new World().weather({ duplicate: Number.NaN })).toThrow(RangeError);
});

function caught(body: () => void): unknown {
  try {
    body();
  } catch (error) {
    return error;
  }
  return undefined;
}

function lastArrival(options: WorldOptions): number {
  const world = new World({ seed: 5, ...options });
  const { link, far } = pair(world);
  for (let index = 0; index < 50; index++) link.send(frame(`${index}`));
  world.run(1000);
  return far.times.at(-1) as number;
}
