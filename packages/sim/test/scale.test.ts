import { every, type Link, type LinkOwner } from "@p2p/wire";
import { expect, test } from "vitest";
import { type Host, World } from "../src/index.ts";

/** Floods: what is new goes to every other neighbour. Has `degree` links of its own making, and pings all it has. */
class Flooder implements LinkOwner {
  readonly seen = new Set<number>();
  readonly #links = new Set<Link>();

  constructor(self: Host, others: readonly Host[], degree: number) {
    const transport = self.transport();
    transport.listen(self.address, this, () => undefined);
    for (let count = 0; count < degree && others.length > 0; count++) {
      transport.dial((others[Math.floor(self.random.next() * others.length)] as Host).address, this);
    }
    const ping = (): void => this.#send(Uint8Array.of(0xff));
    every(self.clock, () => 1000, ping);
  }

  publish(number: number): void {
    this.seen.add(number);
    const frame = new Uint8Array(300);
    frame[0] = number;
    this.#send(frame);
  }

  linkOpened(link: Link): void {
    this.#links.add(link);
  }

  linkFrame(from: Link, frame: Uint8Array): void {
    const number = frame[0] as number;
    if (number === 0xff || this.seen.has(number)) return;
    this.seen.add(number);
    this.#send(frame, from);
  }

  linkDrained(): void {
    // Nothing is held back.
  }

  linkClosed(link: Link): void {
    this.#links.delete(link);
  }

  #send(frame: Uint8Array, except?: Link): void {
    for (const link of this.#links) if (link !== except) link.send(frame);
  }
}

test("200 hosts flood for a minute: everything arrives, and it takes seconds", () => {
  const world = new World({ seed: 3 });
  const hosts: Host[] = [];
  const nodes: Flooder[] = [];
  for (let index = 0; index < 200; index++) {
    const host = world.host(`h${index}`);
    nodes.push(host.boot((self) => new Flooder(self, [...hosts], 4)));
    hosts.push(host);
  }
  world.run(5000);
  for (let number = 0; number < 100; number++) {
    world.after(number * 500, () => nodes[number]?.publish(number));
  }
  const began = performance.now();
  world.run(60_000);
  expect(nodes.every(({ seen }) => seen.size === 100)).toBe(true);
  expect(performance.now() - began).toBeLessThan(10_000);
});
