import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { readOrCreateKeyFile } from "@p2p/identity/node";
import type { Address } from "@p2p/wire";
import type { PeerStatus, SeedStatus } from "../src/messages.ts";
import { Node } from "./node.ts";
import { freePorts, PATIENCE_MS, Place, until } from "./program.ts";

/** A place for a node. */
export interface Spot {
  /** Where others dial it, and where it listens. */
  readonly address: Address;
  /** What stands before a command to run it there. */
  readonly prefix: readonly string[];
}

/** Where the nodes of a network run. */
export interface Ground {
  /** A spot of its own for one more node. */
  next(): Promise<Spot>;
  close(): void;
}

/** All on this machine's loopback interface. */
class Loopback implements Ground {
  async next(): Promise<Spot> {
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
  readonly #everywhere: readonly string[];
  readonly #forSeeds: readonly string[];
  readonly #expected: string[] = [];

  /** @param everywhere what else is on every command line. @param forSeeds what else is on those of seeds. */
  constructor(
    ground: Ground = new Loopback(),
    everywhere: readonly string[] = [],
    forSeeds: readonly string[] = [],
  ) {
    this.ground = ground;
    this.#everywhere = everywhere;
    this.#forSeeds = forSeeds;
  }

  get nodes(): readonly Node[] {
    return [...this.seeds, ...this.peers];
  }

  /** Starts seeds, then peers, and waits until all know all. @param settings further lines of the config file. */
  async start(seeds: number, peers: number, ...settings: string[]): Promise<void> {
    for (let count = 0; count < seeds; count++) this.seeds.push(this.#make("seed", await this.ground.next()));
    const lines = this.seeds.map(({ address, plan }) => `${address} ${plan.id}`);
    this.place.write("config.txt", `${[...lines, ...settings].join("\n")}\n`);
    for (const seed of this.seeds) seed.start();
    for (let count = 0; count < peers; count++) (await this.addPeer()).start();
    await this.settled();
  }

  /** Makes one more seed, which the config file does not name; it is not started. */
  async addSeed(): Promise<Node> {
    const seed = this.#make("seed", await this.ground.next(), ["--join"]);
    this.seeds.push(seed);
    return seed;
  }

  /** Makes one more peer; it is not started. @param options what else is on its command line; these win. */
  async addPeer(...options: string[]): Promise<Node> {
    const peer = this.#make("peer", await this.ground.next(), options);
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

  /** Who was removed, in the order of the addresses: a line `address reason` for each removal at each of `seeds`. */
  removals(seeds: readonly Node[] = this.seeds): string[] {
    const lines = seeds.flatMap((seed) => seed.lines);
    return lines.flatMap((line) => REMOVAL.exec(line)?.slice(1).join(" ") ?? []).toSorted();
  }

  /** What {@link removals} has to say if `nodes` were removed since it was asked last, at every seed, and nobody else. */
  expected(...nodes: readonly Node[]): string[] {
    for (const { address } of nodes) this.#expected.push(...this.seeds.map(() => `${address} dead`));
    return this.#expected.toSorted();
  }

  async close(): Promise<void> {
    await this.place.close();
    this.ground.close();
  }

  #make(role: "seed" | "peer", { address, prefix }: Spot, options: readonly string[] = []): Node {
    const folder = join(this.place.folder, `${role}-${address}`);
    mkdirSync(folder, { mode: 0o700 });
    const { id } = readOrCreateKeyFile(join(folder, "node.key"));
    const pace = role === "seed" ? [...PACE, ...this.#forSeeds] : [...PACE, ...TALK];
    const args = ["--listen", address, "--data", folder, ...pace, ...this.#everywhere, ...options];
    return new Node(this.place, { role, address, id, folder, args, prefix });
  }

  get #upSeeds(): Node[] {
    return this.seeds.filter(({ isUp }) => isUp);
  }

  get #upPeers(): Node[] {
    return this.peers.filter(({ isUp }) => isUp);
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
