import { parseAddress, splitAddress } from "@p2p/wire";
import { expect, test } from "vitest";
import { World } from "../src/index.ts";
import { frame, listening, pair, Recorder } from "./recorder.ts";

test("a frame takes the latency of its way, and later ones never overtake", () => {
  const world = new World({ latency: { minMs: 100, maxMs: 300 } });
  const { link, far } = pair(world);
  const sentAt = world.now;
  for (let index = 0; index < 20; index++) link.send(frame(`${index}`));
  world.run(1000);
  expect(far.texts).toEqual(Array.from({ length: 20 }, (_, index) => `${index}`));
  expect(far.times[0] as number).toBeGreaterThanOrEqual(sentAt + 100);
  expect(far.times[19] as number).toBeLessThan(sentAt + 300);
});

test("the weather between two hosts may differ from the rest, in one direction", () => {
  const world = new World({ latency: { minMs: 10, maxMs: 10 } });
  const { a, b, link, near, far } = pair(world);
  world.weather({ latency: { minMs: 60_000, maxMs: 60_000 } }, a, b);
  link.send(frame("slow"));
  far.link.send(frame("fast"));
  world.run(59_000);
  expect([near.texts, far.texts]).toEqual([["fast"], []]);
  world.run(1001);
  expect(far.texts).toEqual(["slow"]);
});

test("lost segments are a delay, not a loss", () => {
  const world = new World({ seed: 3 });
  const { link, far } = pair(world);
  world.weather({ loss: 0.2 });
  for (let index = 0; index < 100; index++) world.after(index * 100, () => link.send(frame(`${index}`)));
  const sentAt = world.now;
  world.run(30_000);
  expect(far.texts).toEqual(Array.from({ length: 100 }, (_, index) => `${index}`));
  const waits = far.times.map((time, index) => time - sentAt - index * 100);
  expect(Math.max(...waits)).toBeGreaterThan(200);
  expect(waits.filter((wait) => wait < 50).length).toBeGreaterThan(40);
});

test("a link breaks where next to everything is lost", () => {
  const world = new World();
  const { link, near } = pair(world);
  world.weather({ loss: 1 });
  link.send(frame("never"));
  world.run(14_000);
  expect(near.closed).toEqual([]);
  world.run(20_000);
  expect(near.closed).toMatchObject([{ kind: "broken" }]);
});

test("dialling: refused where nobody listens, unreachable where nobody is", () => {
  const world = new World();
  const [a, b] = [world.host("a"), world.host("b")];
  const [refused, unreachable] = [new Recorder(), new Recorder()];
  a.transport().dial(b.address, refused);
  a.transport({ dialTimeoutMs: 700 }).dial(parseAddress("192.0.2.1:80"), unreachable);
  world.run(101);
  expect([refused.closed, unreachable.closed]).toEqual([[{ kind: "refused" }], []]);
  world.run(600);
  expect(unreachable.closed).toEqual([{ kind: "unreachable", detail: "no answer in 700 ms" }]);
});

test("a host is reached by name, by loopback from itself, and at more than one port", () => {
  const world = new World();
  const [a, b] = [world.host("Alice"), world.host("b")];
  const far = listening(world, a);
  const second = new Recorder();
  a.transport().listen(parseAddress("0.0.0.0:0"), second, (bound) => {
    second.bound = bound;
  });
  world.run(1);
  expect(second.bound).toBe("0.0.0.0:49152");
  for (const [host, to] of [
    [b, "alice:7000"],
    [a, "127.0.0.1:7000"],
    [b, "10.0.0.1:49152"],
  ] as const) {
    host.transport().dial(parseAddress(to), new Recorder());
  }
  world.run(1000);
  expect([far.links.length, second.links.length]).toEqual([2, 1]);
});

test("listening at another host's address, or at a port that is taken, fails", () => {
  const world = new World();
  const [a, b] = [world.host("a"), world.host("b")];
  listening(world, a);
  expect(listening(world, a).bound).toMatchObject({ code: "ADDRESS_IN_USE" });
  expect(listening(world, a, b.transport()).bound).toMatchObject({ code: "ADDRESS_UNAVAILABLE" });
});

test("hosts may share an IP address, as processes of one computer", () => {
  const world = new World();
  const [one, two] = [1, 2].map((n) =>
    world.host(`p${n}`, { address: parseAddress(`192.0.2.7:${7000 + n}`) }),
  );
  const [first, second] = [listening(world, one as never), listening(world, two as never)];
  two?.vanish();
  world.host("c").transport().dial(parseAddress("192.0.2.7:7001"), new Recorder());
  world.host("d").transport().dial(parseAddress("192.0.2.7:7002"), new Recorder());
  world.run(1000);
  expect([first.links.length, second.links.length]).toEqual([1, 0]);
});

test("a cut holds frames back, and lets them come in order when it is healed in time", () => {
  const world = new World();
  const { a, b, link, near, far } = pair(world);
  world.cut(a, b);
  for (const text of ["1", "2"]) link.send(frame(text));
  world.run(10_000);
  expect(far.texts).toEqual([]);
  world.heal();
  world.run(4000);
  link.send(frame("3"));
  world.run(1000);
  expect(far.texts).toEqual(["1", "2", "3"]);
  expect([...near.closed, ...far.closed]).toEqual([]);
});

test("a cut that lasts breaks the link at the end that sends; the silent end learns nothing until it speaks", () => {
  const world = new World();
  const { a, b, link, near, far } = pair(world);
  world.cut(a, b);
  link.send(frame("lost"));
  world.run(31_000);
  expect(near.closed).toMatchObject([{ kind: "broken" }]);
  expect(link.send(frame("more"))).toBe(false);
  world.heal();
  world.run(60_000);
  expect(far.closed).toEqual([]);
  far.link.send(frame("hello?"));
  world.run(1000);
  expect(far.closed).toEqual([{ kind: "broken", detail: "connection reset" }]);
  expect(far.texts).toEqual([]);
});

test("an idle link outlives a cut of any length", () => {
  const world = new World();
  const { a, b, link, near, far } = pair(world);
  world.cut(a, b);
  world.run(600_000);
  world.heal(a, b);
  link.send(frame("back"));
  world.run(1000);
  expect([near.closed, far.closed, far.texts]).toEqual([[], [], ["back"]]);
});

test("a one-way cut: frames pass the other way, but without acknowledgement the link breaks there, too", () => {
  const world = new World();
  const { a, b, near, far } = pair(world);
  world.cutOneWay(a, b);
  far.link.send(frame("this arrives"));
  world.run(1000);
  expect(near.texts).toEqual(["this arrives"]);
  world.run(31_000);
  expect(far.closed).toMatchObject([{ kind: "broken" }]);
});

test("a dial across a cut, either way, is unreachable; one that heals in time gets through", () => {
  const world = new World();
  const { a, b } = pair(world);
  for (const [from, to] of [
    [a, b],
    [b, a],
  ] as const) {
    world.heal();
    world.cutOneWay(from, to);
    const owner = new Recorder();
    a.transport().dial(b.address, owner);
    world.run(5000);
    expect(owner.closed).toMatchObject([{ kind: "unreachable" }]);
  }
  const owner = new Recorder();
  a.transport().dial(b.address, owner);
  world.run(500);
  world.heal();
  world.run(2000);
  expect(owner.links).toHaveLength(1);
});

test("a partition separates its sides, not the hosts within one, nor a host on none", () => {
  const world = new World();
  const [a, b, c, d] = ["a", "b", "c", "d"].map((name) => world.host(name));
  const hosts = [a, b, c, d] as NonNullable<typeof a>[];
  const owners = hosts.map((host) => listening(world, host));
  world.partition(hosts.slice(0, 2), hosts.slice(2, 3));
  const reached = (): boolean[] => {
    const dials = hosts.slice(1).map((host) => {
      const owner = new Recorder();
      hosts[0]?.transport().dial(host.address, owner);
      return owner;
    });
    world.run(5000);
    return dials.map(({ links }) => links.length === 1);
  };
  expect(reached()).toEqual([true, false, true]);
  world.heal();
  expect(reached()).toEqual([true, true, true]);
  expect(owners).toHaveLength(4);
});

test("duplicated frames come again later, reordered ones late", () => {
  const world = new World({ seed: 2 });
  const { link, far } = pair(world);
  world.weather({ duplicate: 0.3 });
  for (let index = 0; index < 100; index++) link.send(frame(`${index}`));
  world.run(10_000);
  expect(new Set(far.texts).size).toBe(100);
  expect(far.texts.length).toBeGreaterThan(115);
  far.frames.length = 0;
  world.weather({ duplicate: 0, reorder: 0.3, late: { minMs: 0, maxMs: 60_000 } });
  for (let index = 0; index < 100; index++) link.send(frame(`${index}`));
  world.run(61_000);
  expect(far.texts.toSorted()).toEqual(Array.from({ length: 100 }, (_, index) => `${index}`).toSorted());
  expect(far.texts).not.toEqual(Array.from({ length: 100 }, (_, index) => `${index}`));
});

test("links that are over leave nothing behind to be told of faults", () => {
  const world = new World();
  const { a, b } = pair(world);
  const transport = a.transport();
  for (let index = 0; index < 200; index++) {
    const owner = new Recorder();
    owner.linkOpened = (link) => link.close();
    transport.dial(b.address, owner);
  }
  world.run(5000);
  expect(world.step()).toBe(false);
});

test("whether one host reaches another can be asked: cuts, partitions and cables count, crashes do not", () => {
  const world = new World();
  const [a, b, c] = [world.host("a"), world.host("b"), world.host("c")];
  const reached = (): string =>
    [a, b, c]
      .flatMap((from) => [a, b, c].filter((to) => world.reaches(from, to)).map((to) => from.name + to.name))
      .join(" ");
  world.cutOneWay(a, b);
  expect(reached()).toBe("aa ac ba bb bc ca cb cc");
  world.heal();
  world.partition([a], [b]);
  c.crash();
  expect(reached()).toBe("aa ac bb bc ca cb cc");
  world.heal();
  a.vanish();
  expect(reached()).toBe("aa bb bc cb cc");
});

test("how the weather is between two hosts can be asked: what each loses by itself is counted in", () => {
  const world = new World({ loss: 0.1 });
  const [a, b] = [world.host("a"), world.host("b")];
  const losses = (): number[] =>
    [world.weatherBetween(a, b), world.weatherBetween(b, a)].map(({ loss }) => Number(loss.toFixed(2)));
  expect(losses()).toEqual([0.1, 0.1]);
  world.weather({ loss: 0.8 }, a, b);
  expect(losses()).toEqual([0.8, 0.1]);
  b.lose({ in: 0.5, out: 0 });
  expect(losses()).toEqual([0.9, 0.1]);
});

test("every frame that a link takes is shown, with the host that sent it", () => {
  const shown: string[] = [];
  const world = new World({
    frameSent: (host, sent, to) =>
      shown.push(`${host} to ${splitAddress(to).host}: ${new TextDecoder().decode(sent)}`),
  });
  const { link, far } = pair(world);
  link.send(frame("one"));
  world.run(1000);
  far.links[0]?.send(frame("two"));
  link.close();
  link.send(frame("not taken"));
  expect(shown).toEqual(["a to 10.0.0.2: one", "b to 10.0.0.1: two"]);
});
