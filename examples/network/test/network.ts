import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { readOrCreateKeyFile } from "@p2p/identity/node";
import type { Address } from "@p2p/wire";
import type { PeerStatus, SeedStatus } from "../src/messages.ts";
import { Node } from "./node.ts";
import { freePorts, PATIENCE_MS, Place, until } from "./program.ts";

/** Where the nodes of a network run. */
export interface Ground {
  /** Where the next node is to listen, and what runs a command there. */
  next(): Promise<{ readonly address: Address; readonly prefix: readonly string[] }>;
  close(): void;
}

/** All on this machine's loopback interface. */
class Loopback implements Ground {
  async next(): ReturnType<Ground["next"]> {
    return { address: `127.0.0.1:${await freePorts(1)}` as Address, prefix: [] };
  }

  close(): void {}
}

const PACE = ["--profile", "lan"];
/** Messages come often, and do not end. */
const TALK = ["--gossip-every", "500ms", "--gossip-max", "100000"];

/** Seeds and peers as processes, and what has to be true of them. */
export class Network {
  readonly place: Place = new Place();
  readonly seeds: Node[] = [];
  readonly peers: Node[] = [];
  readonly ground: Ground;

  constructor(ground: Ground = new Loopback()) {
    this.ground = ground;
  }

  get nodes(): readonly Node[] {
    return [...this.seeds, ...this.peers];
  }

  /** Starts seeds, then peers, and waits until all know all. */
  async start(seeds: number, peers: number): Promise<void> {
    for (let count = 0; count < seeds; count++) this.seeds.push(await this.#make("seed"));
    const lines = this.seeds.map(({ address, plan }) => `${address} ${plan.id}`);
    this.place.write("config.txt", `${lines.join("\n")}\n`);
    for (const seed of this.seeds) seed.start();
    for (let count = 0; count < peers; count++) (await this.addPeer()).start();
    await this.settled();
  }

  /** Makes one more peer; it is not started. */
  async addPeer(): Promise<Node> {
    const peer = await this.#make("peer");
    this.peers.push(peer);
    return peer;
  }

  /**
   * Waits until each seed in `at` is fresh and lists `members` and nobody else, and they do so, too, and have neighbours.
   * By default all that are up.
   */
  async settled(
    members: readonly Node[] = this.#upPeers,
    at: readonly Node[] = this.#upSeeds,
  ): Promise<void> {
    const wanted = members.map(({ address }) => address).toSorted();
    const end = Date.now() + PATIENCE_MS;
    for (;;) {
      const seeds = (await Promise.all(at.map((seed) => seed.status()))) as SeedStatus[];
      const peers = (await Promise.all(members.map((peer) => peer.status()))) as PeerStatus[];
      const missing = [
        ...seeds.map((one) => lackOfSeed(one, wanted)),
        ...peers.map((one) => lackOf(one, wanted)),
      ];
      if (missing.every((lack) => lack === undefined)) return;
      if (Date.now() > end) throw new Error(`not settled: ${missing.filter(Boolean).join("; ")}`);
      await sleep(150);
    }
  }

  /** Waits until everybody in `crowd` has heard something that each other one said from now on. */
  async gossips(crowd: readonly Node[] = this.#upPeers): Promise<void> {
    const since = Date.now();
    const hears = (ear: Node, mouth: Node): boolean =>
      [...mouth.published].some(([message, at]) => at > since && ear.delivered.has(message));
    const deaf = (): string[] =>
      crowd.flatMap((ear) => {
        const silent = crowd.filter((mouth) => mouth !== ear && !hears(ear, mouth));
        return silent.map((mouth) => `${ear.address} of ${mouth.address}`);
      });
    await until(() => deaf().length === 0, "a message to reach");
  }

  /** Who was removed, in the order of the addresses: a line `address reason` for each removal at each seed. */
  removals(): string[] {
    const lines = this.seeds.flatMap((seed) => seed.lines);
    return lines.flatMap((line) => REMOVAL.exec(line)?.slice(1).join(" ") ?? []).toSorted();
  }

  async close(): Promise<void> {
    await this.place.close();
    this.ground.close();
  }

  get #upSeeds(): Node[] {
    return this.seeds.filter(({ isUp }) => isUp);
  }

  get #upPeers(): Node[] {
    return this.peers.filter(({ isUp }) => isUp);
  }

  async #make(role: "seed" | "peer"): Promise<Node> {
    const { address, prefix } = await this.ground.next();
    const folder = join(this.place.folder, `${role}-${address}`);
    mkdirSync(folder, { mode: 0o700 });
    const { id } = readOrCreateKeyFile(join(folder, "node.key"));
    const args = role === "seed" ? PACE : [...PACE, ...TALK];
    return new Node(this.place, { role, address, id, folder, args, prefix });
  }
}

const REMOVAL = /^REMOVE CONSENSUS ACHIEVED: (\S+) \((\w+)\)$/;

/** What a seed lacks, if anything, to list exactly `wanted`. */
function lackOfSeed({ address, fresh, members }: SeedStatus, wanted: readonly Address[]): string | undefined {
  const listed = members.map((member) => member.slice(0, member.indexOf(" "))).toSorted();
  if (!fresh) return `${address} is not fresh`;
  return listed.join(" ") === wanted.join(" ") ? undefined : `${address} lists ${listed.join(" ")}`;
}

function lackOf({ address, listed, neighbours }: PeerStatus, wanted: readonly Address[]): string | undefined {
  if (listed !== wanted.length) return `${address} lists ${listed} of ${wanted.length}`;
  return neighbours.length > 0 || wanted.length === 1 ? undefined : `${address} has no neighbour`;
}

/** Waits for `task`, and prints how long it took: no test judges that. */
export async function timed(what: string, task: Promise<unknown>): Promise<void> {
  const since = performance.now();
  await task;
  console.log(`${what}: ${((performance.now() - since) / 1000).toFixed(1)} s`);
}
