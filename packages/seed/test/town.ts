import { Configuration, rank } from "@p2p/consensus";
import type { PeerId, Verifier } from "@p2p/identity";
import { type Host, World, type WorldOptions } from "@p2p/sim";
import type { P2PError } from "@p2p/wire";
import type { PeerNews, SeedEvents } from "../src/index.ts";
import { Seed, type SeedOptions } from "../src/index.ts";
import { SeedInvariants } from "../src/invariants/index.ts";
import { type Behaviour, TestPeer } from "./test-peer.ts";

export interface TownOptions extends WorldOptions {
  /** How many seeds. Default 3. */
  readonly seeds?: number;
  readonly faulty?: number;
  readonly options?: Partial<Pick<SeedOptions, "timing" | "admission" | "list">>;
  /** Whether seeds are booted at once. Default true. */
  readonly booted?: boolean;
  /** What a seed checks signatures with. Default: what its world has. */
  readonly verifierOf?: (host: Host) => Verifier;
  /** Sees every frame that a seed sends. */
  readonly sent?: (host: Host, frame: Uint8Array) => void;
}

type Told = {
  [E in keyof SeedEvents]: { readonly event: E; readonly news: SeedEvents[E][0] };
}[keyof SeedEvents];

/** An event of a seed, and when. */
export type Heard = Told & { readonly at: number; readonly seed: string };

const EVENTS: readonly (keyof SeedEvents)[] = [
  "proposedAdd",
  "added",
  "proposedRemove",
  "removed",
  "refusedRegistration",
  "full",
  "policyFailed",
  "reported",
  "caseOpened",
  "caseClosed",
  "refuted",
  "fresh",
  "muted",
  "grey",
  "blind",
  "sighted",
  "stalled",
  "forged",
  "evidence",
  "diskFailed",
];

/** A world of real seeds and scripted peers, under the eyes of the {@link SeedInvariants}. */
export class Town {
  readonly world: World;
  readonly configuration: Configuration;
  readonly hosts: readonly Host[];
  readonly heard: Heard[] = [];
  readonly failures: P2PError[] = [];
  readonly invariants: SeedInvariants;
  readonly #options: TownOptions;
  readonly #seeds = new Map<Host, Seed>();

  constructor(options: TownOptions = {}) {
    this.#options = options;
    this.world = new World({ ...options, frameSent: (host, frame) => this.#sent(host, frame) });
    this.hosts = Array.from({ length: options.seeds ?? 3 }, (_, index) => this.world.host(`seed${index}`));
    const seeds = this.hosts.map(({ signer, address }) => ({ id: signer.id, address }));
    this.configuration = new Configuration({ seeds, faulty: options.faulty });
    this.invariants = new SeedInvariants(this.configuration, (this.hosts[0] as Host).verifier);
    if (options.booted ?? true) for (const host of this.hosts) this.bootSeed(host);
  }

  /** Seeds that are up, in the order of their hosts. */
  get seeds(): readonly Seed[] {
    return this.hosts.filter((host) => host.isUp && this.#seeds.has(host)).map((host) => this.seedOf(host));
  }

  /** What time it is at the seed that is furthest ahead. */
  get tick(): number {
    return Math.max(0, ...this.seeds.map(({ tick }) => tick));
  }

  seedOf(host: Host): Seed {
    return this.#seeds.get(host) as Seed;
  }

  /** The host of the seed at this place of the configuration. */
  hostOf(id: PeerId): Host {
    return this.hosts.find(({ signer }) => signer.id === id) as Host;
  }

  bootSeed(host: Host): void {
    host.boot((at) => this.#seedProgram(at));
  }

  #seedProgram(host: Host): { stop(exited: () => void): void } {
    const seed = new Seed({
      configuration: this.configuration,
      signer: host.signer,
      verifier: this.#options.verifierOf?.(host) ?? host.verifier,
      transport: host.transport(),
      clock: host.clock,
      random: host.random,
      disk: host.disk,
      ...this.#options.options,
    });
    this.#seeds.set(host, seed);
    for (const event of EVENTS) {
      seed.on(event, (news?: unknown) => {
        this.heard.push({ at: this.world.now, seed: host.name, event, news } as Heard);
        if (event !== "added" && event !== "removed") return;
        this.invariants.lookAt(seed.id, seed.ledger, (news as PeerNews).peer);
      });
    }
    seed.open((error) => {
      if (error) this.failures.push(error);
      else this.invariants.look(seed.id, seed.ledger);
    });
    return { stop: (exited) => seed.close(exited) };
  }

  #sent(name: string, frame: Uint8Array): void {
    const host = this.world.hosts.get(name) as Host;
    if (!this.hosts.includes(host)) return;
    this.invariants.sent(host.signer.id, frame);
    this.#options.sent?.(host, frame);
  }

  /** Boots a peer on a host of its own. */
  peer(name: string, behaviour: Behaviour = {}, host: Host = this.world.host(name)): TestPeer {
    return host.boot((at) => {
      const peer = new TestPeer(at, this.configuration, behaviour);
      peer.start();
      return peer;
    });
  }

  peers(count: number, behaviour: Behaviour = {}): TestPeer[] {
    return Array.from({ length: count }, (_, index) => this.peer(`peer${index}`, behaviour));
  }

  hostOfPeer(peer: TestPeer): Host {
    return [...this.world.hosts.values()].find(({ signer }) => signer.id === peer.id) as Host;
  }

  /** Events of one kind, as they were told. */
  told<E extends keyof SeedEvents>(event: E): readonly (Heard & { event: E })[] {
    return this.heard.filter((heard): heard is Heard & { event: E } => heard.event === event);
  }

  /** The members by the list of each seed that is up, as one text each: equal lists, equal texts. */
  lists(): string[] {
    return this.seeds.map(({ ledger }) =>
      [...ledger.members()]
        .map(({ peer, incarnation, address }) => `${peer} ${incarnation} ${address}`)
        .toSorted()
        .join("\n"),
    );
  }

  /** Whether every seed that is up lists `peer`. */
  isListed(peer: { readonly id: PeerId }): boolean {
    return this.seeds.every(({ ledger }) => ledger.isMember(peer.id));
  }

  /** Whether no seed that is up lists `peer`. */
  isGone(peer: { readonly id: PeerId }): boolean {
    return this.seeds.every(({ ledger }) => !ledger.isMember(peer.id));
  }

  /** Lets time pass until `condition` holds. @returns how long it took. @throws when it never does. */
  until(condition: () => boolean, maxMs: number): number {
    const since = this.world.now;
    if (!this.world.runUntil(condition, maxMs)) throw new Error(`not within ${maxMs} ms`);
    return this.world.now - since;
  }

  /** What was broken so far, after a last look at every list. */
  faults(): string[] {
    for (const seed of this.seeds) this.invariants.look(seed.id, seed.ledger);
    return this.invariants.broken;
  }

  /** Certified facts, seen anywhere, that a seed which is up does not hold, nor anything later. */
  lost(): string[] {
    return [...this.invariants.highest].flatMap(([peer, certificate]) => {
      const { fact } = certificate;
      return this.seeds
        .filter(({ ledger }) => {
          if (ledger.isForgotten(certificate)) return false;
          const held = ledger.standing(peer)?.certificate.fact;
          return held === undefined || rank(held) < rank(fact);
        })
        .map(({ id }) => `${fact.kind} ${peer.slice(0, 8)} at ${id.slice(0, 8)}`);
    });
  }
}
