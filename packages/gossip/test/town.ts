import type { PeerId } from "@p2p/identity";
import { Host, type HostOptions, World, type WorldOptions } from "@p2p/sim";
import { Lobby } from "@p2p/wire";
import { BATCH, type Batch, Gossip, type GossipEvents, type GossipOptions, signBatch } from "../src/index.ts";

/** A host that runs a lobby and a Gossip on its links, and what that Gossip told. */
export class Citizen {
  readonly host: Host;
  lobby!: Lobby;
  gossip!: Gossip;
  /** Texts in the order they were told, over all runs. */
  readonly texts: string[] = [];
  readonly news: { readonly [E in keyof GossipEvents]: GossipEvents[E][0][] } = {
    message: [],
    rejected: [],
    shed: [],
    late: [],
    parked: [],
    evidence: [],
    lagged: [],
    caughtUp: [],
    lapsed: [],
    gap: [],
    validatorFailed: [],
  };

  constructor(host: Host, options: Partial<GossipOptions>) {
    this.host = host;
    host.boot(() => this.#run(options));
  }

  get id(): PeerId {
    return this.lobby.id;
  }

  dial(other: Citizen): void {
    this.lobby.dial(other.host.address);
  }

  #run(options: Partial<GossipOptions>): void {
    const { host } = this;
    const { signer, verifier, clock, random } = host;
    this.lobby = new Lobby({
      transport: host.transport(),
      listen: host.address,
      signer,
      verifier,
      clock,
      random,
    });
    this.gossip = new Gossip({ links: this.lobby.links, ...options });
    this.gossip.on("message", ({ text }) => this.texts.push(text));
    for (const event of Object.keys(this.news) as (keyof GossipEvents)[]) {
      this.gossip.on(event, (...[news]: unknown[]) => (this.news[event] as unknown[]).push(news));
    }
    this.lobby.open((error) => {
      if (error) throw error;
    });
  }
}

/** A world of citizens. */
export class Town {
  readonly world: World;
  readonly citizens: Citizen[] = [];

  constructor(options: WorldOptions = {}) {
    this.world = new World(options);
  }

  add(options: Partial<GossipOptions> = {}, host: HostOptions = {}): Citizen {
    const citizen = new Citizen(this.world.host(`c${this.citizens.length}`, host), options);
    this.citizens.push(citizen);
    return citizen;
  }

  /** Links citizens by their numbers, adding those that are missing, and lets the links come up. */
  link(edges: readonly (readonly [number, number])[], options: Partial<GossipOptions> = {}): void {
    const size = 1 + Math.max(...edges.flat());
    while (this.citizens.length < size) this.add(options);
    for (const [a, b] of edges) this.at(a).dial(this.at(b));
    this.world.run(1000);
  }

  at(number: number): Citizen {
    const citizen = this.citizens[number];
    if (citizen === undefined) throw new RangeError(`no citizen ${number}`);
    return citizen;
  }
}

/** A town of as many, linked one to the next. */
export function lineOf(size: number, options: Partial<GossipOptions> = {}, world: WorldOptions = {}): Town {
  const town = new Town(world);
  town.link(
    Array.from({ length: size - 1 }, (_, number) => [number, number + 1] as const),
    options,
  );
  return town;
}

/** What a BATCH frame shall say that its maker would not say of itself. */
export interface Words {
  readonly incarnation?: number;
  readonly sequence?: number;
  readonly at?: number;
  readonly texts?: readonly string[];
}

/** A batch that `speaker` signs; without a word about it, its first message in incarnation 1. */
export function batchBy(
  speaker: Citizen,
  { incarnation = 1, sequence = 1, at = 0, texts = ["hello"] }: Words = {},
): Batch {
  const payloads = texts.map((text) => new TextEncoder().encode(text));
  const batch = { origin: speaker.id, incarnation, firstSequence: sequence, at, payloads };
  return signBatch(batch, speaker.lobby.local.networkId, speaker.host.signer);
}

/** The same as a frame. */
export function frameBy(speaker: Citizen, words?: Words): Uint8Array {
  return BATCH.encode(batchBy(speaker, words));
}

/** A frame in `origin`'s name that he never signed. */
export function forgeryOf(origin: Citizen, words?: Words): Uint8Array {
  const batch = batchBy(origin, words);
  return BATCH.encode({ ...batch, payloads: [new TextEncoder().encode("forged")] });
}

/** Sends frames from one citizen to a neighbour past its Gossip. */
export function slip(from: Citizen, to: Citizen, ...frames: readonly Uint8Array[]): void {
  const link = from.lobby.links.get(to.id);
  if (link === undefined) throw new TypeError("these two are not linked");
  for (const frame of frames) link.send(frame);
}
