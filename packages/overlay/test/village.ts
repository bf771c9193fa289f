import type { Edge, PeerId } from "@p2p/identity";
import { type Host, type HostOptions, World, type WorldOptions } from "@p2p/sim";
import { type Address, Lobby } from "@p2p/wire";
import { type EndedEdge, type Member, Overlay, type OverlayOptions } from "../src/index.ts";

/** What a node of the village did, as its events told it. */
interface Told {
  readonly linked: PeerId[];
  readonly unlinked: PeerId[];
  readonly edges: Edge[];
  readonly ended: EndedEdge[];
  isolated: number;
  rounds: number;
}

/** One node: a real lobby and an overlay on a simulated host. */
export interface Villager {
  readonly name: string;
  readonly host: Host;
  readonly lobby: Lobby;
  readonly overlay: Overlay;
  readonly told: Told;
  incarnation: number;
}

export interface VillageOptions extends WorldOptions {
  /** Options of every overlay. */
  readonly overlay?: Partial<Omit<OverlayOptions, "lobby" | "incarnation">>;
  /** Redial a broken neighbour at once with `replaces`, as `@p2p/liveness` does. Default false. */
  readonly redials?: boolean;
}

/** A world of nodes with an oracle in the place of seeds: it tells everybody who is a member, a moment later. */
export class Village {
  readonly world: World;
  readonly villagers: Map<string, Villager> = new Map();
  readonly #options: VillageOptions;

  constructor(options: VillageOptions = {}) {
    this.#options = options;
    this.world = new World(options);
  }

  /** Adds a node, which knows all members from the start; the others hear of it within half a second. */
  add(name: string, overlay: VillageOptions["overlay"] = {}, host: HostOptions = {}): Villager {
    const villager = this.#boot(this.world.host(name, host), overlay, 1);
    this.#announce(villager);
    return villager;
  }

  /** Adds `count` nodes, one every `everyMs`, and lets that time pass. */
  populate(count: number, everyMs: number, prefix = "n"): void {
    for (let index = 0; index < count; index++) {
      this.add(`${prefix}${index}`);
      this.world.run(everyMs);
    }
  }

  /** Crashes a node; the others are told after `noticedMs`. */
  kill(name: string, noticedMs = 12_000): void {
    const { host, lobby } = this.get(name);
    host.crash();
    this.villagers.delete(name);
    this.world.after(noticedMs, () => {
      if (this.villagers.get(name) !== undefined) return;
      for (const { overlay } of this.villagers.values()) overlay.forget(lobby.id);
    });
  }

  /** Starts a crashed or running node again at once, in a new incarnation. */
  restart(name: string): Villager {
    const old = [...this.villagers.values()].find((villager) => villager.name === name);
    const host = this.world.hosts.get(name) as Host;
    host.crash();
    const villager = this.#boot(host, {}, (old?.incarnation ?? 1) + 1);
    this.#announce(villager);
    return villager;
  }

  /** Tells everybody of a member's state now. */
  announce(name: string): void {
    this.#announce(this.get(name));
  }

  get(name: string): Villager {
    const villager = this.villagers.get(name);
    if (villager === undefined) throw new Error(`no ${name} here`);
    return villager;
  }

  get all(): Villager[] {
    return [...this.villagers.values()];
  }

  nameOf(id: PeerId): string {
    return this.all.find(({ lobby }) => lobby.id === id)?.name ?? "gone";
  }

  memberOf({ lobby, host, incarnation }: Villager): Member {
    return { peer: lobby.id, address: host.address, incarnation };
  }

  /** Whether the two have a link, as seen from the first. */
  areLinked(one: Villager, other: Villager): boolean {
    return one.lobby.links.has(other.lobby.id);
  }

  /** Links a node has with living nodes. */
  degreeOf({ lobby }: Villager): number {
    const living = new Set(this.all.map((villager) => villager.lobby.id));
    return [...lobby.links].filter(({ id }) => living.has(id)).length;
  }

  get meanDegree(): number {
    return this.all.reduce((sum, villager) => sum + this.degreeOf(villager), 0) / this.all.length;
  }

  /** Sizes of the parts that links hold together, largest first. */
  get components(): number[] {
    const left = new Map(this.all.map((villager) => [villager.lobby.id, villager]));
    const sizes: number[] = [];
    for (const start of left.values()) {
      const reached: Villager[] = [start];
      left.delete(start.lobby.id);
      for (const { lobby } of reached) {
        for (const { id } of lobby.links) {
          const next = left.get(id);
          if (next !== undefined && left.delete(id)) reached.push(next);
        }
      }
      sizes.push(reached.length);
    }
    return sizes.toSorted((a, b) => b - a);
  }

  /** Where two ends of a link disagree about it, or one has no edge: must be empty once all is quiet. */
  get disagreements(): string[] {
    const found: string[] = [];
    const byId = new Map(this.all.map((villager) => [villager.lobby.id, villager]));
    for (const villager of this.all) {
      for (const { id } of villager.lobby.links) {
        const other = byId.get(id);
        const pair = `${villager.name}–${other?.name ?? "gone"}`;
        const [here, there] = [edgeWith(villager, id), other && edgeWith(other, villager.lobby.id)];
        if (here === undefined) found.push(`${pair}: no edge`);
        else if (JSON.stringify(here) !== JSON.stringify(there)) found.push(`${pair}: two edges`);
      }
    }
    return found;
  }

  #boot(host: Host, own: VillageOptions["overlay"], incarnation: number): Villager {
    const villager = host.boot(() => this.#build(host, own, incarnation));
    this.villagers.set(host.name, villager);
    return villager;
  }

  #build(host: Host, own: VillageOptions["overlay"], incarnation: number): Villager {
    const { clock, random, signer, verifier, address } = host;
    const lobby = new Lobby({
      transport: host.transport(),
      listen: address,
      clock,
      random,
      signer,
      verifier,
    });
    const told: Told = { linked: [], unlinked: [], edges: [], ended: [], isolated: 0, rounds: 0 };
    const villager: Villager = {
      name: host.name,
      host,
      lobby,
      told,
      incarnation,
      overlay: new Overlay({
        ...this.#options.overlay,
        ...own,
        lobby,
        incarnation: () => villager.incarnation,
      }),
    };
    this.#listen(villager);
    const others = this.all.filter(({ name }) => name !== host.name).map((other) => this.memberOf(other));
    villager.overlay.offer(others);
    lobby.open((error) => {
      if (error !== undefined) throw error;
      villager.overlay.start();
    });
    if (this.#options.redials === true) this.#redial(lobby);
    return villager;
  }

  #listen({ overlay, told }: Villager): void {
    overlay.on("linked", ({ neighbour }) => told.linked.push(neighbour));
    overlay.on("unlinked", ({ neighbour }) => told.unlinked.push(neighbour));
    overlay.on("edge", ({ edge }) => told.edges.push(edge));
    overlay.on("edgeEnded", ({ end }) => told.ended.push(end));
    overlay.on("isolated", () => (told.isolated += 1));
    overlay.on("sought", () => (told.rounds += 1));
  }

  #redial(lobby: Lobby): void {
    lobby.links.on("left", ({ id, remote }, reason) => {
      const to: Address | undefined = remote.listen;
      if (reason.kind === "broken" && to !== undefined) lobby.dial(to, { expect: id, replaces: true });
    });
  }

  #announce(villager: Villager): void {
    const member = this.memberOf(villager);
    for (const other of this.all) {
      if (other === villager) continue;
      this.world.after(500 * this.world.random.next(), () => {
        if (other.host.isUp) other.overlay.offer([member]);
      });
    }
  }
}

/** The current edge of `villager` with `id`. */
export function edgeWith(villager: Villager, id: PeerId): Edge | undefined {
  return [...villager.overlay.edges()].find(({ a, b }) => a === id || b === id);
}
