import type { PeerId } from "@p2p/identity";
import type { Host } from "@p2p/sim";
import { pick } from "@p2p/wire";
import { Network } from "../src/network.ts";

const TROUBLE_MS = 120_000;
/** The faults at a time, and so those that can add up in one peer's view, are few; what they hit is anything. */
const EVERY_MS = 4000;

/** A world in which hosts crash, freeze and lose their cables, and links are cut, until all is healed. */
export class Trouble {
  readonly network: Network;
  readonly story: string[] = [];
  /** Peers that were away, or cut off, at some time: their removal would be no surprise. */
  readonly touched: Set<PeerId> = new Set();

  constructor(seed: number) {
    this.network = new Network({
      seed,
      seeds: 3 + (seed % 2) * 2,
      peers: 4 + (seed % 7),
      pace: "lan",
      loss: seed % 3 === 0 ? 0.02 : 0,
      duplicate: seed % 4 === 0 ? 0.01 : 0,
    });
  }

  run(): void {
    const { world } = this.network;
    this.network.settle();
    for (const end = world.now + TROUBLE_MS; world.now < end; world.run(EVERY_MS)) this.#strike();
    world.heal();
    world.weather({ loss: 0, duplicate: 0 });
    for (const host of [...this.network.seedHosts, ...this.network.peerHosts]) this.#mend(host);
  }

  #strike(): void {
    const { world, peerHosts, seedHosts } = this.network;
    const { random } = world;
    const seedsAway = seedHosts.filter((host) => !host.isUp || host.isFrozen).length;
    const host = pick(random.next() < 0.25 && seedsAway === 0 ? seedHosts : peerHosts, random) as Host;
    if (!host.isUp || host.isFrozen) return this.#mend(host);
    this.touched.add(host.signer.id);
    const blows: readonly [string, () => void][] = [
      ["crash", () => host.crash()],
      ["crash", () => host.crash()],
      ["freeze", () => host.freeze()],
      ["restart", () => this.#restart(host)],
      ["cable", () => host.vanish()],
      ["mend", () => this.#mend(host)],
      ["cut", () => this.#cut(host)],
    ];
    const [name, blow] = pick(blows, random) as (typeof blows)[number];
    this.story.push(`${(world.now / 1000).toFixed(0)} s: ${name} ${host.name}`);
    blow();
  }

  #cut(host: Host): void {
    const { world, peerHosts } = this.network;
    const other = pick(
      peerHosts.filter((candidate) => candidate !== host),
      world.random,
    ) as Host;
    this.touched.add(other.signer.id);
    world.cutOneWay(host, other);
  }

  #restart(host: Host): void {
    host.crash();
    this.#boot(host);
  }

  #mend(host: Host): void {
    if (!host.isUp) this.#boot(host);
    if (host.isFrozen) host.thaw();
    host.reappear();
  }

  #boot(host: Host): void {
    if (this.network.seedHosts.includes(host)) this.network.bootSeed(host);
    else this.network.bootPeer(host);
  }
}

/** Lets time pass until all is well, at most two minutes, and says what is not. */
export function aftermath(trouble: Trouble): string[] {
  const { world } = trouble.network;
  for (const end = world.now + 120_000; world.now < end; world.run(1000)) {
    if (complaints(trouble).length === 0) return [];
  }
  return complaints(trouble);
}

/** What is wrong with a world once its faults have stopped for two minutes. */
function complaints({ network, touched }: Trouble): string[] {
  const wrong = network.books.failures.map((failure) => `failed: ${failure}`);
  for (const { peer, seed } of network.books.removals) {
    if (!touched.has(peer)) wrong.push(`${seed} removed a peer that nothing happened to`);
  }
  if (!network.isSettled) wrong.push("not everybody who lives is listed everywhere");
  if (!network.listsAreEqual) wrong.push("the seeds' lists differ");
  if (network.components !== 1) wrong.push(`the overlay is in ${network.components} parts`);
  for (const host of network.live) {
    const { degree } = network.peer(host).overlay;
    if (degree < Math.min(3, network.live.length - 1)) wrong.push(`${host.name} has ${degree} neighbours`);
  }
  return wrong;
}
