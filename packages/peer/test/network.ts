import { Configuration } from "@p2p/consensus";
import type { Message } from "@p2p/gossip";
import type { PeerId } from "@p2p/identity";
import { LAN_TIMING as SEED_LAN, Seed, type SeedEvents, type SeedTiming } from "@p2p/seed";
import { type Host, World, type WorldOptions } from "@p2p/sim";
import { LAN, Peer, type Profile } from "../src/index.ts";

/** How a network is built. */
export interface NetworkOptions extends WorldOptions {
  readonly seeds?: number;
  readonly faulty?: number;
  readonly peers?: number;
  readonly pace?: "assignment" | "lan";
  readonly m?: number;
  /** Whether all peers boot at once (the default) or one each second. */
  readonly oneByOne?: boolean;
}

/** A removal as a seed told it. */
export interface Removal {
  readonly seed: string;
  readonly peer: PeerId;
  readonly at: number;
}

/** Real seeds and peers in a world, each on a host of its own, and the books of what happened to them. */
export class Network {
  readonly world: World;
  readonly configuration: Configuration;
  readonly seedHosts: readonly Host[];
  readonly peerHosts: Host[] = [];
  readonly seeds: Map<Host, Seed> = new Map();
  readonly peers: Map<Host, Peer> = new Map();
  readonly registeredAt: Map<Host, number> = new Map();
  readonly failures: string[] = [];
  readonly removals: Removal[] = [];
  readonly forged: SeedEvents["forged"][0][] = [];
  /** What each run of each peer was told, by host and boot. */
  readonly heard: Map<Host, Message[]> = new Map();
  readonly #profile: Profile | undefined;
  readonly #timing: SeedTiming | undefined;
  readonly #m: number | undefined;

  constructor({
    seeds = 3,
    faulty = 0,
    peers = 5,
    pace,
    m,
    oneByOne = false,
    ...options
  }: NetworkOptions = {}) {
    this.world = new World(options);
    this.#profile = pace === "lan" ? LAN : undefined;
    this.#timing = pace === "lan" ? SEED_LAN : undefined;
    this.#m = m;
    this.seedHosts = Array.from({ length: seeds }, (_, index) => this.world.host(`seed ${index + 1}`));
    this.configuration = new Configuration({
      seeds: this.seedHosts.map(({ signer, address }) => ({ id: signer.id, address })),
      faulty,
    });
    for (const host of this.seedHosts) this.bootSeed(host);
    for (let index = 0; index < peers; index++) {
      this.addPeer();
      if (oneByOne) this.world.run(1000);
    }
  }

  /** Adds a peer on a host of its own. */
  addPeer(): Host {
    const host = this.world.host(`peer ${this.peerHosts.length + 1}`);
    this.peerHosts.push(host);
    this.bootPeer(host);
    return host;
  }

  bootSeed(host: Host): Seed {
    return (
      host.boot(() => {
        const seed = new Seed({
          configuration: this.configuration,
          signer: host.signer,
          transport: host.transport(),
          disk: host.disk,
          clock: host.clock,
          random: host.random,
          verifier: host.verifier,
          ...(this.#timing === undefined ? {} : { timing: this.#timing }),
        });
        this.seeds.set(host, seed);
        seed.on("removed", ({ peer }) => this.removals.push({ seed: host.name, peer, at: this.world.now }));
        seed.on("forged", (news) => this.forged.push(news));
        seed.open((error) => this.#note(host, error));
        return { stop: (exited: () => void) => seed.close(exited) };
      }) && (this.seeds.get(host) as Seed)
    );
  }

  bootPeer(host: Host): Peer {
    host.boot(() => {
      const peer = new Peer({
        configuration: this.configuration,
        signer: host.signer,
        transport: host.transport(),
        disk: host.disk,
        listen: host.address,
        clock: host.clock,
        random: host.random,
        verifier: host.verifier,
        profile: this.#profile,
        m: this.#m,
      });
      const heard: Message[] = [];
      this.peers.set(host, peer);
      this.heard.set(host, heard);
      peer.gossip.on("message", (message) => heard.push(message));
      peer.open((error) => {
        this.#note(host, error);
        this.registeredAt.set(host, this.world.now);
      });
      return { stop: (exited: () => void) => peer.close(true, exited) };
    });
    return this.peers.get(host) as Peer;
  }

  peer(host: Host): Peer {
    return this.peers.get(host) as Peer;
  }

  seed(host: Host): Seed {
    return this.seeds.get(host) as Seed;
  }

  /** Peers whose hosts are up and not frozen. */
  get live(): readonly Host[] {
    return this.peerHosts.filter((host) => host.isUp && !host.isFrozen);
  }

  get liveSeeds(): readonly Seed[] {
    return this.seedHosts.filter((host) => host.isUp && !host.isFrozen).map((host) => this.seed(host));
  }

  /** Runs until every live peer is a member with a neighbour, and every live seed lists them all. */
  settle(maxMs = 60_000): boolean {
    return this.world.runUntil(() => this.isSettled, maxMs);
  }

  get isSettled(): boolean {
    const { live } = this;
    const members = live.map((host) => this.peer(host).lobby.id);
    return (
      live.every(
        (host) => this.peer(host).seeds.isMember && (live.length === 1 || this.peer(host).overlay.degree > 0),
      ) &&
      this.liveSeeds.every(
        ({ ledger }) => ledger.size === members.length && members.every((id) => ledger.isMember(id)),
      )
    );
  }

  /** Whether all live seeds hold the same list. */
  get listsAreEqual(): boolean {
    return new Set(this.liveSeeds.map((seed) => listOf(seed))).size <= 1;
  }

  /** In how many parts the live peers' overlay is. */
  get components(): number {
    const byId = new Map(this.live.map((host) => [this.peer(host).lobby.id, this.peer(host)]));
    const unseen = new Set(byId.keys());
    let components = 0;
    for (const start of byId.keys()) {
      if (!unseen.delete(start)) continue;
      components++;
      const waiting = [start];
      for (let id = waiting.pop(); id !== undefined; id = waiting.pop()) {
        for (const connection of byId.get(id)?.lobby.links ?? []) {
          if (unseen.delete(connection.id)) waiting.push(connection.id);
        }
      }
    }
    return components;
  }

  /** Seeds that have removed `host`'s peer since `since`, and the latest moment of that. */
  removalsOf(host: Host, since: number): { readonly seeds: number; readonly latestMs: number } {
    const id = host.signer.id;
    const removals = this.removals.filter(({ peer, at }) => peer === id && at >= since);
    return {
      seeds: new Set(removals.map(({ seed }) => seed)).size,
      latestMs: Math.max(0, ...removals.map(({ at }) => at - since)),
    };
  }

  #note(host: Host, error: Error | undefined): void {
    if (error) this.failures.push(`${host.name}: ${error.message}`);
  }
}

/** A seed's list as text. */
export function listOf({ ledger }: Seed): string {
  return [...ledger.members()]
    .map(({ peer, incarnation, address }) => `${peer} ${incarnation} ${address}`)
    .toSorted()
    .join("\n");
}
