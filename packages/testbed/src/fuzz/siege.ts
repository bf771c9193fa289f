import type { PeerId, Signer } from "@p2p/identity";
import type { Host } from "@p2p/sim";
import {
  Connection,
  Kind,
  type Link,
  type LinkSet,
  type Lobby,
  Malformed,
  type Purpose,
  pick,
  type Random,
  type Role,
} from "@p2p/wire";
import { voteKeysOn } from "../messenger.ts";
import { Network } from "../network.ts";
import { FRAME_TYPES } from "./frames.ts";
import { Insider, SIGNED_KINDS } from "./insider.ts";
import { mutated } from "./mutation.ts";
import type { RoundReport } from "./round.ts";
import type { SiegeName } from "./siege-shares.ts";
import { liveThrough, OPERATORS, Talk } from "./talk.ts";

/** From one look at the clock of the world to the next, in frames. */
const STEP_FRAMES = 100;
const STEP_MS = 500;
/** How long the network is given to be as it was, in milliseconds: whoever forges is barred for ten minutes, and here everybody seemed to. */
const PEACE_MS = 900_000;
const FAULTY = 1;
/** How often a frame is changed until it can be read; after that it is said as it was. */
const TRIES = 4;

/** Besieges a node of a network that has lived through everything; what then was wrong is what it finds. */
export function besiege(name: SiegeName, seed: number, frames: number): RoundReport {
  const siege = new Siege(seed);
  const values = siege[name](frames);
  const wrong = siege.end();
  const findings = wrong.map((what) => ({
    target: name,
    what: `${what}, with seed ${seed} and ${frames} frames`,
    input: new Uint8Array(0),
  }));
  return { frames, values, bytes: siege.bytes, slowestMs: 0, findings };
}

/** A network that has lived through everything, and two in it who go bad. */
export class Siege {
  /** Bytes of all that was thrown at it. */
  bytes = 0;
  readonly #network: Network;
  readonly #talk = new Talk();
  readonly #thrown: string[] = [];
  readonly #random: Random;
  readonly #all: readonly Uint8Array[];
  readonly #ids: readonly PeerId[];
  readonly #besieged: Host;
  /** A neighbour that owns the link with the besieged peer, and a seed: somebody else has their keys. */
  readonly #bad: { readonly peer: Host; readonly seed: Host };
  readonly #insiders: Readonly<Record<Role, Insider>>;
  readonly #removedBefore: number;

  constructor(seed: number) {
    this.#network = new Network({
      seed,
      seeds: 4,
      faulty: FAULTY,
      peers: 9,
      pace: "lan",
      m: 2,
      operators: OPERATORS,
      supervised: true,
      observers: [this.#talk],
      onFailure: ({ message }) => this.#thrown.push(message),
    });
    this.#random = this.#network.world.random.fork("siege");
    liveThrough(this.#network, this.#talk);
    this.#all = this.#talk.all;
    const { live, seedHosts } = this.#network;
    this.#ids = [...live, ...seedHosts].map(({ signer }) => signer.id);
    const [besieged, neighbour] = linked(this.#network);
    this.#besieged = besieged;
    this.#bad = { peer: neighbour, seed: seedHosts[1] as Host };
    this.#network.liars.add(this.#bad.seed);
    this.#insiders = {
      peer: this.#insider(this.#bad.peer, this.#bad.peer.signer),
      seed: this.#insider(this.#bad.seed, voteKeysOn(this.#bad.seed).at(-1) ?? this.#bad.seed.signer),
    };
    this.#removedBefore = this.#network.books.removals.length;
  }

  /** Kinds of frames that are in it. */
  get kinds(): ReadonlySet<number> {
    return new Set(this.#talk.said.keys());
  }

  /** Frames in all rooms of a peer. @returns how many. */
  peer(frames: number): number {
    return this.#bombard(this.#network.peer(this.#besieged).lobby, frames);
  }

  /** Frames in all rooms of a seed. @returns how many. */
  seed(frames: number): number {
    const [host] = this.#network.seedHosts as [Host];
    return this.#bombard(this.#network.seed(host).lobby, frames);
  }

  /** What strangers say before they have proved anything. @returns how many dialled. */
  door(frames: number): number {
    const stranger = this.#network.world.host("stranger");
    const transport = stranger.transport();
    const hellos = [Kind.hello, Kind.helloAck, Kind.refused].flatMap(
      (kind) => this.#talk.said.get(kind) ?? [],
    );
    const word = (): Uint8Array => {
      const frame = pick(hellos, this.#random) as Uint8Array;
      return this.#counted(this.#random.next() < 0.3 ? frame : mutated(frame, this.#all, this.#random));
    };
    for (let count = 0; count < frames; count += 3) {
      const host = pick([...this.#network.seedHosts, ...this.#network.live], this.#random) as Host;
      transport.dial(host.address, {
        linkOpened: (link) => {
          for (const said of [word(), word(), word()]) if (said.length > 0) link.send(said);
        },
        linkFrame: () => undefined,
        linkDrained: () => undefined,
        linkClosed: () => undefined,
      });
      if (count % STEP_FRAMES < 3) this.#network.world.run(10 * STEP_MS);
    }
    return frames;
  }

  /** Files that are not what was written. @returns how often a node started all the same. */
  disk(frames: number): number {
    let started = 0;
    for (let count = 0; count < frames; count++) if (this.#startsOnDamaged()) started++;
    return started;
  }

  /** What is wrong after all, once everybody was left alone. */
  end(): string[] {
    const { world, books } = this.#network;
    // Whose keys were used by others cannot be expected to get on with the network.
    this.#bad.peer.crash();
    this.#bad.seed.crash();
    world.run(30_000);
    const isWell = world.runUntil(() => this.#network.isSettled && this.#network.listsAreEqual, PEACE_MS);
    const wrong = this.#thrown.map((message) => `it throws: ${message}`);
    if (!isWell) wrong.push("the network does not come together again");
    const { id } = this.#bad.peer.signer;
    for (const { peer, reason } of books.removals.slice(this.#removedBefore))
      if (peer !== id && reason === "dead") wrong.push(`${this.#network.names.get(peer)} is voted out`);
    for (const { doubleVotes } of this.#network.liveSeeds)
      for (const { seed } of doubleVotes)
        if (seed !== this.#bad.seed.signer.id) wrong.push(`${this.#network.names.get(seed)} seems to lie`);
    return wrong;
  }

  #insider({ signer }: Host, voteSigner: Signer): Insider {
    const { configuration, ledger } = this.#network.seed(this.#network.seedHosts[0] as Host);
    const { networkId, cfg } = configuration;
    const incarnationOf = (id: PeerId): number => ledger.standing(id)?.certificate.fact.incarnation ?? 0;
    return new Insider({ signer, voteSigner, networkId, cfg, incarnationOf, random: this.#random });
  }

  #counted(frame: Uint8Array): Uint8Array {
    this.bytes += frame.length;
    return frame;
  }

  #bombard(lobby: Lobby, frames: number): number {
    // It is spoken in the names of honest nodes, which nobody can; and who goes bad shall not be silenced at once.
    Object.defineProperty(lobby, "blame", { value: () => undefined });
    for (let count = 0; count < frames; count++) {
      this.#throwOne(lobby);
      if (count % STEP_FRAMES === 0) this.#network.world.run(STEP_MS);
    }
    return frames;
  }

  /** Into one of its rooms, as anybody; or as the one who has gone bad, who signs what he says. */
  #throwOne(lobby: Lobby): void {
    const random = this.#random;
    const [room, role, purpose] = pick(roomsOf(lobby), random) as ReturnType<typeof roomsOf>[number];
    const insider = this.#insiders[role];
    const isSigned = random.next() < 0.5 && insider.id !== lobby.id;
    const frame = this.#changed(this.#said(isSigned && random.next() < 0.7), isSigned);
    const sender = isSigned ? insider.id : (pick(this.#ids, random) as PeerId);
    const standing = room.get(sender);
    const isReal = standing !== undefined && random.next() < (isSigned ? 0.8 : 0.3);
    // Not the farewells: they would only end the real links.
    if (isReal && (frame[0] === Kind.goodbye || frame[0] === Kind.refused)) return;
    const connection = isReal ? standing : strange(sender, role, purpose, room);
    const said = isSigned ? insider.sign(frame, lobby.id) : frame;
    connection.linkFrame(undefined as never, this.#counted(said));
  }

  /** Something that was said, of any kind alike; or of those that are signed. */
  #said(isSigned: boolean): Uint8Array {
    const kinds = [...this.#talk.said.keys()].filter((kind) => !isSigned || SIGNED_KINDS.has(kind));
    const frames = this.#talk.said.get(pick(kinds, this.#random) as number) ?? this.#all;
    return pick(frames, this.#random) as Uint8Array;
  }

  /** What is signed is to be read, too: readers alone are tried elsewhere, and faster. */
  #changed(frame: Uint8Array, isSigned: boolean): Uint8Array {
    const type = FRAME_TYPES.get(frame[0] as number);
    for (let tries = 0; tries < TRIES; tries++) {
      const other = mutated(frame, this.#all, this.#random);
      if (!isSigned || !(type?.decode(other) instanceof Malformed)) return other;
    }
    return frame;
  }

  #startsOnDamaged(): boolean {
    const random = this.#random;
    const isSeed = random.next() < 0.5;
    const host = (isSeed ? this.#network.seedHosts[0] : this.#network.live[0]) as Host;
    host.crash();
    const { platter } = host;
    const kept = platter.files.map((file) => [file, platter.bytesOf(file) as Uint8Array] as const);
    const [file, bytes] = pick(kept, random) as (typeof kept)[number];
    platter.replace(file, this.#counted(mutated(bytes, [bytes], random)));
    const before = this.#network.books.failures.length;
    if (isSeed) this.#network.bootSeed(host);
    else this.#network.bootPeer(host);
    this.#network.world.run(100);
    const hasFailed = this.#network.books.failures.length > before;
    host.crash();
    for (const [name, old] of kept) platter.replace(name, old);
    this.#network.boot(host);
    this.#network.world.run(100);
    return !hasFailed;
  }
}

/** A peer, and one that has dialled it. */
function linked({ live, peers }: Network): readonly [Host, Host] {
  for (const host of live)
    for (const { id, dialled } of peers.get(host)?.lobby.links ?? []) {
      const other = live.find(({ signer }) => signer.id === id);
      if (!dialled && other !== undefined) return [host, other];
    }
  throw new Error("nobody is linked");
}

function roomsOf({ links, seeds, probes }: Lobby): [LinkSet, Role, Purpose][] {
  return [
    [links, "peer", "member"],
    [seeds, "seed", "member"],
    [probes, "peer", "probe"],
  ];
}

function nothing(): void {
  // Whoever is at the other end does not exist.
}

/** A connection that leads nowhere, from somebody who has proved to be `id`. */
function strange(id: PeerId, role: Role, purpose: Purpose, room: LinkSet): Connection {
  const address = "10.9.9.9:7000";
  const link = { address, dialled: false, queuedBytes: 0, send: () => true, pause: nothing, resume: nothing };
  const remote = { id, role, purpose, proof: "key", session: "00", address, observed: "", software: "" };
  const whole = { ...link, close: nothing } as unknown as Link;
  return new Connection(whole, { ...remote, replaces: false } as unknown as Connection["remote"], room, 0);
}
