import {
  type Accusation,
  ALIVE,
  type Certificate,
  type Fact,
  type Leave,
  type Member,
  NO_DIGEST,
  PROBE,
  type Registration,
  registrationDigest,
  signAccusation,
  signProofOfLife,
  signRegistration,
  signVote,
  TESTIMONY,
  type Vote,
} from "@p2p/consensus";
import type { PeerId, Signer } from "@p2p/identity";
import { PING, PONG } from "@p2p/liveness";
import { Peer, type Profile } from "@p2p/peer";
import { REGISTER, type VoteNews } from "@p2p/seed";
import type { Host } from "@p2p/sim";
import {
  type Address,
  type Connection,
  type DialOptions,
  FrameType,
  Kind,
  type Link,
  type LinkOwner,
  type LinkSet,
  Lobby,
  type LobbyOptions,
  type Role,
  type Transport,
} from "@p2p/wire";
import { Network } from "../src/network.ts";
import type { NetworkOptions } from "../src/network-options.ts";

/** Takes frames as they are. */
class Raw extends FrameType<Uint8Array> {
  override decode(frame: Uint8Array): Uint8Array {
    return frame;
  }
}

export interface HostileOptions {
  readonly signer?: Signer;
  readonly role?: Role;
  readonly listen?: Address;
  readonly advertise?: Address;
  readonly credential?: Uint8Array;
  /** The life that it answers probes in; without one it answers none. */
  readonly incarnation?: number;
  readonly limits?: LobbyOptions["limits"];
  readonly listens?: boolean;
}

/** A node that speaks the wire format and does what the test says. */
export class Hostile {
  readonly lobby: Lobby;
  readonly signer: Signer;
  readonly received: { readonly kind: number; readonly frame: Uint8Array; readonly from: Connection }[] = [];
  incarnation: number | undefined;
  /** Whose probes it answers. */
  answers: (from: Connection) => boolean = () => true;
  readonly #answers = new Map<number, (frame: Uint8Array, from: Connection) => void>();
  readonly #network: Network;
  readonly #host: Host;

  constructor(network: Network, host: Host, options: HostileOptions = {}) {
    this.#network = network;
    this.#host = host;
    this.signer = options.signer ?? host.signer;
    this.incarnation = options.incarnation;
    this.lobby = new Lobby({
      transport: host.transport(),
      listen: options.listen ?? host.address,
      advertise: options.advertise,
      signer: this.signer,
      verifier: host.verifier,
      clock: host.clock,
      random: host.random,
      role: options.role,
      credential: options.credential === undefined ? undefined : () => options.credential,
      limits: { probeLifeMs: 3_600_000, ...options.limits },
      network: network.configuration.network,
    });
    for (const room of [this.lobby.links, this.lobby.seeds, this.lobby.probes]) this.#hear(room);
    if (options.listens !== false) this.lobby.open(() => undefined);
  }

  get id(): PeerId {
    return this.signer.id;
  }

  get #networkId(): Uint8Array {
    return this.#network.configuration.networkId;
  }

  /** Answers frames of a kind from now on. */
  on(kind: number, answer: (frame: Uint8Array, from: Connection) => void): void {
    this.#answers.set(kind, answer);
  }

  of(kind: number): readonly Uint8Array[] {
    return this.received.filter((one) => one.kind === kind).map(({ frame }) => frame);
  }

  /** Dials, and lets time pass until that is over. */
  dial(to: Address, options: DialOptions = {}): Connection | undefined {
    let connection: Connection | undefined;
    let isOver = false;
    this.lobby.dial(to, {
      ...options,
      done: (outcome) => {
        isOver = true;
        if ("connection" in outcome) connection = outcome.connection;
      },
    });
    this.#network.world.runUntil(() => isOver, 10_000);
    return connection;
  }

  /** A member link to each seed that lets it in. */
  dialSeeds(): Connection[] {
    return this.#network.configuration.seeds
      .filter(({ id }) => id !== this.id)
      .flatMap(({ address, id }) => this.dial(address, { expect: id }) ?? []);
  }

  registration(
    incarnation: number,
    address: Address = this.#host.address,
    signer: Signer = this.signer,
  ): Registration {
    return signRegistration({ peer: signer.id, address, incarnation }, this.#networkId, signer);
  }

  /** Becomes a member as everybody does. */
  join(incarnation: number = Math.floor(this.#host.clock.wallTime() / 1000)): void {
    this.incarnation = incarnation;
    const frame = REGISTER.encode({ registration: this.registration(incarnation) });
    for (const seed of this.dialSeeds()) seed.send(frame);
    const seeds = this.#network.liveSeeds;
    this.#network.world.runUntil(() => seeds.every(({ ledger }) => ledger.isMember(this.id)), 10_000);
  }

  accusation(victim: PeerId, incarnation: number, signer: Signer = this.signer): Accusation {
    const terms = { victim, incarnation, accuser: signer.id, at: this.#host.clock.wallTime(), lastSeen: 0 };
    return signAccusation(terms, this.#networkId, signer);
  }

  vote(fact: Fact): Vote {
    return signVote(
      {
        cfg: this.#network.configuration.cfg,
        fact,
        counter: 1,
        seed: this.id,
        tick: Math.max(0, ...this.#network.liveSeeds.map(({ tick }) => tick)),
      },
      this.#networkId,
      this.signer,
    );
  }

  voteAdd(registration: Registration): VoteNews {
    const { peer, incarnation } = registration;
    const digest = registrationDigest(registration, this.#networkId);
    return {
      vote: this.vote({ kind: "add", peer, incarnation, digest }),
      registration,
      leave: undefined,
    };
  }

  voteRemove(peer: PeerId, incarnation: number, leave?: Leave): VoteNews {
    const fact = { kind: "remove" as const, peer, incarnation, digest: NO_DIGEST };
    return { vote: this.vote(fact), registration: undefined, leave };
  }

  #hear(room: LinkSet): void {
    for (const kind of Object.values(Kind)) {
      if (kind <= Kind.iam || kind === Kind.probe || kind === Kind.ping) continue;
      room.route(new Raw(kind, "RAW", { write: () => [], read: () => new Uint8Array(0) }), (frame, from) => {
        this.#answers.get(kind)?.(frame, from);
        if (this.received.length < 100_000) this.received.push({ kind, frame, from });
      });
    }
    room.route(PING, ({ sequence }, from) => void from.send(PONG.encode({ sequence })));
    room.route(PROBE, ({ nonces }, from) => {
      if (this.incarnation === undefined || !this.answers(from)) return;
      const terms = { peer: this.id, incarnation: this.incarnation, nonces };
      from.send(ALIVE.encode({ proof: signProofOfLife(terms, this.#networkId, this.signer) }));
    });
  }
}

/** A certificate signed by whoever is named. */
export function certificateBy(
  network: Network,
  fact: Fact,
  signers: readonly Signer[],
  tick: number,
  rest: Partial<Certificate> = {},
): Certificate {
  const { cfg, networkId } = network.configuration;
  const votes = signers.map((signer) =>
    signVote({ cfg, fact, tick, counter: 1, seed: signer.id }, networkId, signer),
  );
  return { fact, votes, ...rest };
}

/** What a liar's transport does with a frame that its honest program sends: other frames in its place, or none. */
export type Lie = (frame: Uint8Array, link: Link) => readonly Uint8Array[];

/** The transport of a compromised node: its program is honest, what it says is not. */
export function lying(transport: Transport, lie: Lie): Transport {
  const bend = (link: Link): Link => {
    const send = link.send.bind(link);
    link.send = (frame) => lie(frame, link).every((other) => send(other));
    return link;
  };
  return {
    listen: (at, owner, done) => transport.listen(at, bending(owner, bend), done),
    dial: (to, owner) => bend(transport.dial(to, owner)),
    close: (done) => transport.close(done),
  };
}

function bending(owner: LinkOwner, bend: (link: Link) => Link): LinkOwner {
  return {
    linkOpened: (link) => owner.linkOpened(bend(link)),
    linkFrame: (link, frame) => owner.linkFrame(link, frame),
    linkDrained: (link) => owner.linkDrained(link),
    linkClosed: (link, reason) => owner.linkClosed(link, reason),
  };
}

/** A compromised peer: a real one whose every word about `victim` is a lie. */
export function bootLiar(network: Network, host: Host, victim: PeerId, profile: Profile | undefined): Peer {
  const lie: Lie = (frame) => {
    if (frame[0] === Kind.alive) {
      const alive = ALIVE.decode(frame);
      return "proof" in alive && alive.proof.peer === victim ? [] : [frame];
    }
    if (frame[0] !== Kind.testimony) return [frame];
    const testimony = TESTIMONY.decode(frame);
    if (!("outcome" in testimony) || testimony.victim !== victim) return [frame];
    const outcome = host.random.next() < 0.5 ? ("silent" as const) : ("refused" as const);
    return [TESTIMONY.encode({ ...testimony, outcome, ageMs: 0, proof: undefined })];
  };
  return host.boot(() => {
    const peer = new Peer({
      configuration: network.configuration,
      signer: host.signer,
      transport: lying(host.transport(), lie),
      disk: host.disk,
      listen: host.address,
      clock: host.clock,
      random: host.random,
      verifier: host.verifier,
      profile,
    });
    peer.open(() => undefined);
    return peer;
  });
}

/** How `host`'s peer is listed at a seed that is up. */
export function listing(network: Network, id: PeerId): Member {
  const seed = network.liveSeeds.find(({ ledger }) => ledger.isMember(id));
  for (const member of seed?.ledger.members() ?? []) if (member.peer === id) return member;
  throw new Error("it is not listed");
}

/** A network at rest, with edges old enough to make neighbours monitors. */
export function settled(options: NetworkOptions = {}): Network {
  const network = new Network({ pace: "lan", ...options });
  if (!network.settle()) throw new Error("the network does not settle");
  network.world.run(options.pace === "assignment" ? 70_000 : 12_000);
  return network;
}

/** Takes over a seed: its key, its address, and nothing of its honesty. */
export function compromise(network: Network, index = 0): Hostile {
  // Among the honest ones it is counted no more.
  const [host] = (network.seedHosts as Host[]).splice(index, 1) as [Host];
  host.crash();
  network.world.run(100);
  const rogue = host.boot(() => new Hostile(network, host, { role: "seed" }));
  network.world.run(100);
  rogue.dialSeeds();
  return rogue;
}
