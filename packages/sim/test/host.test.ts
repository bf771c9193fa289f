import { every, type Random } from "@p2p/wire";
import { expect, test } from "vitest";
import { type Host, World } from "../src/index.ts";
import { frame, listening, pair, Recorder } from "./recorder.ts";

test("boot runs the program with the host's ports, and gives back what it returns", () => {
  const world = new World();
  const host = world.host("a");
  const seen = host.boot((self) => [self.name, self.address, self.clock.now(), self.clock.wallTime()]);
  expect(seen).toEqual(["a", "10.0.0.1:7000", 0, Date.UTC(2026, 0, 1)]);
  expect(() => host.boot(() => undefined)).toThrow(TypeError);
});

test("a program that throws at its boot is down, and its error says whose it was", () => {
  const host = new World().host("a");
  expect(() =>
    host.boot(() => {
      throw new Error("no config");
    }),
  ).toThrow("a at 0.000 ms: Error: no config");
  expect(host.isUp).toBe(false);
});

test("a program that awaits is refused at once, by the compiler too, and its host is down", async () => {
  const host = new World().host("a");
  // @ts-expect-error: programs are written with callbacks
  expect(() => host.boot(patient)).toThrow(
    new TypeError("a: programs are written with callbacks: an await never gets its turn"),
  );
  expect(host.isUp).toBe(false);
  await Promise.resolve();
});

test("after a crash no callback of the dead program runs, whatever it had ordered", () => {
  const world = new World();
  const { a, b, link, near, far } = pair(world);
  const counts = { timers: 0, disk: 0 };
  every(
    a.clock,
    () => 10,
    () => counts.timers++,
  );
  world.run(100);
  a.disk.append("log", frame("x"), () => counts.disk++);
  b.transport().dial(a.address, new Recorder());
  far.link.send(frame("on its way"));
  const [{ clock, disk }, transport] = [a, a.transport()];
  const timersBefore = counts.timers;
  a.crash();
  clock.after(1, () => counts.timers++);
  disk.append("log", frame("y"), () => counts.disk++);
  transport.listen(a.address, near, () => expect.unreachable());
  transport.dial(b.address, near);
  link.close();
  expect(link.send(frame("z"))).toBe(false);
  world.run(60_000);
  expect(counts).toEqual({ timers: timersBefore, disk: 0 });
  expect([near.texts, near.closed, near.links.length]).toEqual([[], [], 1]);
});

test("a program may crash its own host in the middle of a delivery", () => {
  const world = new World();
  const { b, link, far } = pair(world);
  far.linkFrame = (_, bytes) => {
    far.frames.push(bytes);
    b.crash();
  };
  for (const text of ["1", "2", "3"]) link.send(frame(text));
  world.run(1000);
  expect(far.texts).toEqual(["1"]);
});

test("the far ends of a crashed host's links see broken, after what was still on its way; its port refuses", () => {
  const world = new World();
  const { a, b, link, far } = pair(world);
  link.send(frame("last words"));
  a.crash();
  expect(far.closed).toEqual([]);
  world.run(200);
  expect([far.texts, far.closed]).toEqual([["last words"], [{ kind: "broken", detail: "end of stream" }]]);
  listening(world, a);
  b.crash();
  const dial = new Recorder();
  world.host("c").transport().dial(b.address, dial);
  world.run(200);
  expect(dial.closed).toEqual([{ kind: "refused" }]);
});

test("a restart boots the same program at the same address, with the same key and another stream of chance", () => {
  const world = new World();
  const host = world.host("a");
  const boots: { id: string; draw: number; random: Random; now: number }[] = [];
  host.boot((self) => {
    boots.push({ id: self.signer.id, draw: self.random.next(), random: self.random, now: self.clock.now() });
    self.transport().listen(self.address, new Recorder(), (bound) => expect(bound).toBe("10.0.0.1:7000"));
  });
  world.run(1000);
  host.restart();
  world.run(1000);
  const [first, second] = boots;
  expect(second).toMatchObject({ id: first?.id, now: 0 });
  expect(second?.draw).not.toBe(first?.draw);
  expect(() => world.host("b").restart()).toThrow(TypeError);
});

test("the keys and the chance of a host depend on the seed and its name, not on the other hosts", () => {
  expect(drawn(["a", "b", "x"])).toEqual(drawn(["x"]));
});

test("stop asks the program to go, and its life ends when it has", () => {
  const world = new World();
  const host = world.host("a");
  host.boot((self) => ({ stop: (exited: () => void) => void self.clock.after(500, exited) }));
  host.stop();
  world.run(499);
  expect(host.isUp).toBe(true);
  world.run(2);
  expect(host.isUp).toBe(false);
  host.boot(() => ({ stop: () => undefined }));
  host.stop(3000);
  world.run(2999);
  expect(host.isUp).toBe(true);
  world.run(2);
  expect(host.isUp).toBe(false);
});

test("the grace of one life does not end the next", () => {
  const world = new World();
  const host = world.host("a");
  const boot = (): unknown => host.boot(() => ({ stop: () => undefined }));
  boot();
  host.stop(1000);
  host.crash();
  boot();
  world.run(2000);
  expect(host.isUp).toBe(true);
});

test("a frozen host runs nothing, and everything afterwards, in order", () => {
  const world = new World();
  const { b, link, far } = pair(world);
  const ran: number[] = [];
  for (const delayMs of [100, 200, 300]) b.clock.after(delayMs, () => ran.push(delayMs));
  const cancel = b.clock.after(400, () => ran.push(400));
  b.clock.after(350, cancel);
  b.freeze();
  for (const text of ["1", "2"]) link.send(frame(text));
  world.run(10_000);
  expect([ran, far.texts]).toEqual([[], []]);
  b.thaw();
  world.run(1);
  expect([ran, far.texts]).toEqual([
    [100, 200, 300],
    ["1", "2"],
  ]);
  expect(b.clock.now()).toBe(world.now);
});

test("what came due in a freeze runs after it before anything that arrived, and what it orders then comes last", () => {
  const world = new World();
  const { b, link, far } = pair(world);
  const order: string[] = [];
  far.linkFrame = () => order.push("frame");
  b.clock.after(5000, () => {
    order.push("timer");
    b.clock.after(0, () => order.push("turn"));
  });
  b.freeze();
  link.send(frame("early"));
  world.run(10_000);
  b.thaw();
  world.run(1);
  expect(order).toEqual(["timer", "frame", "turn"]);
});

test("a dial to a frozen host connects, and nobody answers until the thaw", () => {
  const world = new World();
  const [a, b] = [world.host("a"), world.host("b")];
  const far = listening(world, b);
  far.linkOpened = (link) => {
    far.links.push(link);
    link.send(frame("welcome"));
  };
  b.freeze();
  const near = new Recorder();
  a.transport().dial(b.address, near);
  world.run(60_000);
  expect([near.links.length, far.links.length, near.texts]).toEqual([1, 0, []]);
  b.thaw();
  world.run(200);
  expect(near.texts).toEqual(["welcome"]);
});

test("a crash ends a freeze", () => {
  const world = new World();
  const { b, near } = pair(world);
  b.freeze();
  b.crash();
  world.run(200);
  expect(near.closed).toMatchObject([{ kind: "broken" }]);
  expect(b.isFrozen).toBe(false);
});

test("a vanished host is silent in both directions until it reappears", () => {
  const world = new World();
  const { a, b, link, near, far } = pair(world);
  b.vanish();
  link.send(frame("ping"));
  far.link.send(frame("pong"));
  const dial = new Recorder();
  a.transport().dial(b.address, dial);
  world.run(5000);
  expect([near.texts, far.texts]).toEqual([[], []]);
  expect(dial.closed).toMatchObject([{ kind: "unreachable" }]);
  b.reappear();
  world.run(5000);
  expect([near.texts, far.texts]).toEqual([["pong"], ["ping"]]);
});

test("a host that vanishes and crashes tells nobody: its links break for want of acknowledgement", () => {
  const world = new World();
  const { b, link, near } = pair(world);
  b.vanish();
  b.crash();
  link.send(frame("anyone?"));
  world.run(14_000);
  expect(near.closed).toEqual([]);
  world.run(17_000);
  expect(near.closed).toMatchObject([{ kind: "broken" }]);
});

test("a host whose own network loses everything one way hears all of it when that ends", () => {
  const world = new World();
  const { b, link, near, far } = pair(world);
  b.lose({ in: 1 });
  link.send(frame("ping"));
  far.link.send(frame("pong"));
  world.run(10_000);
  expect([near.texts, far.texts]).toEqual([["pong"], []]);
  b.lose({});
  world.run(4000);
  expect(far.texts).toEqual(["ping"]);
});

test("a host whose own network loses a share delays what it sends, or what it gets, with everybody", () => {
  for (const [losses, isSlowTo, isSlowFrom] of [
    [{ in: 0.8 }, true, false],
    [{ out: 0.8 }, false, true],
  ] as const) {
    const world = new World();
    const { b, link, near, far } = pair(world);
    b.lose(losses);
    for (let index = 0; index < 10; index++) {
      link.send(frame(`${index}`));
      far.link.send(frame(`${index}`));
    }
    world.run(100);
    expect([far.texts.length < 10, near.texts.length < 10]).toEqual([isSlowTo, isSlowFrom]);
  }
});

test.each([-0.1, 1.1, Number.NaN])("no network loses a share of %d", (share) => {
  const host = new World().host("a");
  expect(() => host.lose({ in: share })).toThrow(RangeError);
  expect(() => host.lose({ out: share })).toThrow(RangeError);
});

test("a wall clock may be wrong, run fast, and jump, and intervals notice only its speed", () => {
  const world = new World({ epochMs: 1_000_000 });
  const host: Host = world.host("a", { wallOffsetMs: -500, clockRate: 2 });
  let firedAt = 0;
  host.clock.after(100, () => {
    firedAt = world.now;
  });
  world.run(1000);
  expect([firedAt, host.clock.now(), host.clock.wallTime()]).toEqual([50, 2000, 1_001_500]);
  host.shiftWallClock(-60_000);
  expect([host.clock.now(), host.clock.wallTime()]).toEqual([2000, 941_500]);
});

test("a wait that a real timer cannot do is the caller's bug", () => {
  const { clock } = new World().host("a");
  for (const delayMs of [-1, Number.NaN, 2 ** 31]) {
    expect(() => clock.after(delayMs, () => undefined)).toThrow(RangeError);
  }
});

async function patient(): Promise<void> {
  await Promise.resolve();
  throw new Error("nobody hears this");
}

function drawn(names: readonly string[]): unknown[] {
  const world = new World({ seed: 9 });
  const hosts = names.map((name) => world.host(name));
  return hosts.filter(({ name }) => name === "x").map((host) => [host.signer.id, host.random.next()]);
}

test("who waits for what is left until a moment arrives at it, however little is left", () => {
  const world = new World();
  const { clock } = world.host("a");
  world.run(32_872.877); // where 1e-12 ms more is no later
  const moment = clock.now() + 1e-12;
  let looks = 0;
  const look = (): void => {
    looks++;
    if (clock.now() <= moment && looks < 10) clock.after(1e-12, look);
  };
  clock.after(0, look);
  world.run(1);
  expect(looks).toBe(2);
});
