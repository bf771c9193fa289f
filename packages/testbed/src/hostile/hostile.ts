import {
  type Accusation,
  ALIVE,
  type Fact,
  type Leave,
  NO_DIGEST,
  PROBE,
  type Registration,
  registrationDigest,
  signAccusation,
  signProofOfLife,
  signRegistration,
  signVote,
  type Vote,
} from "@p2p/consensus";
import type { PeerId, Signer } from "@p2p/identity";
import { PING, PONG } from "@p2p/liveness";
import { REGISTER, type VoteNews } from "@p2p/seed";
import type { Host } from "@p2p/sim";
import {
  type Address,
  type Connection,
  type DialOptions,
  FrameType,
  Kind,
  type LinkSet,
  Lobby,
  type LobbyOptions,
  type Role,
} from "@p2p/wire";
import type { Network } from "../network.ts";

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
  readonly incarnation?: number | undefined;
  readonly limits?: LobbyOptions["limits"];
  readonly listens?: boolean;
}

/** A node that speaks the wire format, answers pings and probes, and otherwise does what it is told. */
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

  /** Where it is, whatever it says. */
  get address(): Address {
    return this.#host.address;
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

  /** Links itself with each seed that lets it in and that it is not linked with; nothing is over when this returns. */
  linkSeeds(): void {
    for (const { address, id } of this.#network.configuration.seeds)
      if (id !== this.id && this.lobby.seeds.get(id) === undefined) this.lobby.dial(address, { expect: id });
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

  /** @param tick default: what time it is. */
  vote(fact: Fact, tick: number = Math.max(0, ...this.#network.liveSeeds.map((seed) => seed.tick))): Vote {
    return signVote(
      {
        cfg: this.#network.configuration.cfg,
        fact,
        counter: 1,
        seed: this.id,
        tick,
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
