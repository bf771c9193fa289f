import { electorate } from "@p2p/consensus";
import type { PeerId } from "@p2p/identity";
import { type Host, World, type WorldOptions } from "@p2p/sim";
import { every, Lobby, sample } from "@p2p/wire";
import {
  type Directory,
  type Listed,
  Liveness,
  type LivenessEvents,
  type LivenessOptions,
} from "../src/index.ts";

/** An event of one node, as the tests read it. */
export interface Told {
  readonly at: number;
  readonly by: string;
  readonly event: keyof LivenessEvents;
  /** The name of the member it is about. */
  readonly of: string;
}

/** One run of a node's program. */
export interface Node {
  readonly lobby: Lobby;
  readonly liveness: Liveness;
  stop(exited: () => void): void;
}

export interface MeshOptions extends WorldOptions {
  readonly liveness?: Partial<LivenessOptions>;
  /** Whether nodes have no directory but their links. */
  readonly isBare?: boolean;
  /** How many earlier ones each draws as its neighbours, and dials again when a link is lost. Default: all, dialled once. */
  readonly degree?: number;
}

/** Who is listed, as in a ledger that all nodes share; seeds only note what they are told. */
export class Roll implements Directory {
  readonly listed: Map<PeerId, Listed> = new Map();
  readonly seeds: Set<PeerId> = new Set();
  /** Who watches over whom by their edges; whoever is missing here is watched by drawn members. */
  readonly edges: Map<PeerId, Set<PeerId>> = new Map();
  readonly toldToSeeds: Uint8Array[] = [];
  /** Delays the answer to who watches over somebody. */
  later: (answer: () => void) => void = (answer) => answer();

  find(id: PeerId): Listed | undefined {
    return this.listed.get(id);
  }

  members(): Iterable<Listed> {
    return this.listed.values();
  }

  electorate(victim: PeerId, done: (monitors: readonly PeerId[]) => void): void {
    this.later(() => done(electorate(victim, this.edges.get(victim) ?? [], this.listed.keys())));
  }

  isSeed(id: PeerId): boolean {
    return this.seeds.has(id);
  }

  tellSeeds(frame: Uint8Array): void {
    this.toldToSeeds.push(frame);
  }
}

/** Hosts that are linked with each other, all with all or some with some, each with a lobby and its liveness. */
export class Mesh {
  readonly world: World;
  readonly roll: Roll = new Roll();
  readonly told: Told[] = [];
  readonly hosts: Host[];
  readonly #nodes = new Map<string, Node>();
  readonly #chosen = new Map<Host, readonly Host[]>();
  readonly #options: MeshOptions;

  constructor(names: Iterable<string>, options: MeshOptions = {}) {
    this.#options = options;
    this.world = new World({ signatures: "hash", ...options });
    this.hosts = Array.from(names, (name) => this.world.host(name));
    for (const host of this.hosts) this.enlist(host);
    if (options.degree !== undefined) this.#draw(options.degree);
    for (const host of this.hosts) host.boot(() => this.#program(host));
    this.world.run(1000);
  }

  enlist(host: Host, incarnation = 1): void {
    this.roll.listed.set(host.signer.id, { peer: host.signer.id, incarnation, address: host.address });
  }

  host(name: string): Host {
    return this.world.hosts.get(name) as Host;
  }

  id(name: string): PeerId {
    return this.host(name).signer.id;
  }

  node(name: string): Node {
    return this.#nodes.get(name) as Node;
  }

  /** Another member, listed but with no program of ours: its lobby, opened, for what no honest node would do. */
  stranger(name: string): Lobby {
    const host = this.world.host(name);
    this.enlist(host);
    const lobby = host.boot(() => this.lobbyOn(host));
    lobby.open(() => undefined);
    this.world.run(100);
    return lobby;
  }

  lobbyOn(host: Host): Lobby {
    const { signer, verifier, clock, random } = host;
    return new Lobby({ transport: host.transport(), listen: host.address, signer, verifier, clock, random });
  }

  /** Events of one kind about one member, by whom. */
  who(event: keyof LivenessEvents, of: string): string {
    return this.of(event, of)
      .map(({ by }) => by)
      .toSorted()
      .join("");
  }

  of(event: keyof LivenessEvents, of: string): Told[] {
    return this.told.filter((one) => one.event === event && one.of === of);
  }

  /** When, after `since`, the first of one kind of event about one member was told; NaN for never. */
  firstAfter(since: number, event: keyof LivenessEvents, of: string): number {
    const first = this.told.find((one) => one.at >= since && one.event === event && one.of === of);
    return first === undefined ? Number.NaN : first.at - since;
  }

  /** All that was told, but proofs of life, which are told whenever one is given. */
  get news(): string[] {
    return this.told
      .filter(({ event }) => event !== "answered")
      .map(({ by, event, of }) => `${by} ${event} ${of}`);
  }

  /** Each member chooses neighbours among those before it. */
  #draw(degree: number): void {
    for (const [index, host] of this.hosts.entries()) {
      const chosen = sample(this.hosts.slice(0, index), degree, this.world.random);
      this.#chosen.set(host, chosen);
      for (const other of chosen) this.#edge(host, other);
    }
  }

  #edge(a: Host, b: Host): void {
    for (const [one, other] of [
      [a.signer.id, b.signer.id],
      [b.signer.id, a.signer.id],
    ] as const) {
      this.roll.edges.set(one, (this.roll.edges.get(one) ?? new Set()).add(other));
    }
  }

  #link(host: Host, lobby: Lobby): void {
    const others = this.#chosen.get(host) ?? this.hosts.filter((other) => other !== host);
    const dialMissing = (): void => {
      for (const { address, signer } of others) {
        if (!lobby.links.has(signer.id)) lobby.dial(address, { expect: signer.id });
      }
    };
    dialMissing();
    if (this.#chosen.has(host)) every(host.clock, () => 5000, dialMissing);
  }

  #program(host: Host): Node {
    const lobby = this.lobbyOn(host);
    const liveness = new Liveness({
      lobby,
      ...(this.#options.isBare ? {} : { directory: this.roll }),
      incarnation: () => this.roll.find(lobby.id)?.incarnation ?? 0,
      ...this.#options.liveness,
    });
    this.#record(host.name, liveness);
    lobby.open(() => this.#link(host, lobby));
    const node: Node = {
      lobby,
      liveness,
      stop: (exited) => {
        liveness.stop();
        lobby.close("node", exited);
      },
    };
    this.#nodes.set(host.name, node);
    return node;
  }

  #record(by: string, liveness: Liveness): void {
    const note = (event: keyof LivenessEvents, of: PeerId): void => {
      const name = this.hosts.find(({ signer }) => signer.id === of)?.name ?? "?";
      this.told.push({ at: this.world.now, by, event, of: name });
    };
    liveness.on("suspected", ({ peer }) => note("suspected", peer));
    liveness.on("accused", ({ accusation }) => note("accused", accusation.victim));
    liveness.on("confirmed", ({ report }) => note("confirmed", report.victim));
    liveness.on("cleared", ({ peer }) => note("cleared", peer));
    liveness.on("answered", ({ asker }) => note("answered", asker));
    liveness.on("gaveUp", ({ peer }) => note("gaveUp", peer));
  }
}
