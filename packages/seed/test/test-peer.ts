import {
  ACCUSE,
  type Accusation,
  ALIVE,
  CERTIFICATES,
  type Configuration,
  Ledger,
  PROBE,
  type Probe,
  Prober,
  type Registration,
  signAccusation,
  signLeave,
  signProofOfLife,
  signRegistration,
  TESTIMONY,
  WITNESS,
  type Witness,
} from "@p2p/consensus";
import { edgeTerms, type PeerId, signEdge } from "@p2p/identity";
import type { Host } from "@p2p/sim";
import { type Address, type Connection, every, keepLink, Lobby } from "@p2p/wire";
import {
  EDGES,
  LEAVE,
  LEAVE_RECEIPT,
  LIST,
  LIST_ASK,
  POLL,
  REGISTER,
  REGISTER_ANSWER,
  REPORT,
  type RegisterAnswer,
  STATUS,
} from "../src/frames.ts";

/** How a {@link TestPeer} behaves; all honest by default. */
export interface Behaviour {
  /** Registers with these seeds only, by their places in the configuration. Default: all. */
  readonly seeds?: readonly number[];
  /** The address it registers. Default: its own. */
  readonly address?: Address;
  readonly incarnation?: number;
  /** What it shows to be let in. Default: nothing. */
  readonly token?: Uint8Array;
  readonly pow?: Uint8Array;
  /** How often it polls. Default 8 000; 0 for never. */
  readonly pollMs?: number;
  /** How long between two attempts to register. Default 3 000; 0 for one attempt with each seed. */
  readonly againMs?: number;
  /** Registers only when told. Default false. */
  readonly isShy?: boolean;
  /** Does not answer probes. Default false. */
  readonly isMute?: boolean;
}

/** A peer by its script: registers, polls, answers probes, is a witness. It knows nothing of gossip or neighbours. */
export class TestPeer {
  readonly lobby: Lobby;
  readonly ledger: Ledger = new Ledger();
  readonly answers: RegisterAnswer[] = [];
  receipts = 0;
  listed: PeerId[] = [];
  grey: PeerId[] = [];
  incarnation: number;
  isMute: boolean;
  readonly #host: Host;
  readonly #behaviour: Behaviour;
  readonly #configuration: Configuration;
  readonly #nonces = new Map<PeerId, readonly Uint8Array[]>();
  readonly #prober: Prober;
  #turn = 0;

  constructor(host: Host, configuration: Configuration, behaviour: Behaviour) {
    this.#host = host;
    this.#configuration = configuration;
    this.#behaviour = behaviour;
    this.incarnation = behaviour.incarnation ?? Math.floor(host.clock.wallTime() / 1000);
    this.isMute = behaviour.isMute ?? false;
    this.lobby = new Lobby({
      transport: host.transport(),
      listen: host.address,
      signer: host.signer,
      verifier: host.verifier,
      clock: host.clock,
      random: host.random,
      network: {
        name: configuration.name,
        seeds: configuration.seeds.map(({ id }) => id),
        faulty: configuration.faulty,
      },
    });
    this.#prober = new Prober({ lobby: this.lobby });
    this.#listen();
  }

  get id(): PeerId {
    return this.lobby.id;
  }

  /** What seeds showed it in their last answers to a poll. */
  get shown(): readonly Uint8Array[] {
    return [...this.#nonces.values()].flat();
  }

  start(): void {
    this.lobby.open((error) => {
      if (error) throw error;
      const { seeds } = this.#configuration;
      for (const place of this.#behaviour.seeds ?? seeds.keys()) {
        const entry = seeds[place];
        if (entry) keepLink(this.lobby, entry.address, entry.id);
      }
      const { pollMs = 8000, isShy = false, againMs = isShy ? 0 : 3000 } = this.#behaviour;
      if (againMs > 0)
        every(
          this.lobby.local.clock,
          () => againMs,
          () => this.#again(),
        );
      if (pollMs > 0)
        every(
          this.lobby.local.clock,
          () => pollMs,
          () => this.#poll(),
        );
    });
  }

  stop(exited: () => void): void {
    this.lobby.close("node", exited);
  }

  registration(change: Partial<Registration> = {}): Registration {
    const terms = {
      peer: this.id,
      address: this.#behaviour.address ?? this.#host.address,
      incarnation: this.incarnation,
      token: this.#behaviour.token,
      pow: this.#behaviour.pow,
      ...change,
    };
    return signRegistration(terms, this.lobby.local.networkId, this.#host.signer);
  }

  register(
    registration: Registration = this.registration(),
    to: Iterable<Connection> = this.lobby.seeds,
  ): void {
    for (const seed of to) seed.send(REGISTER.encode({ registration }));
  }

  accusation(victim: PeerId, change: Partial<Accusation> = {}): Accusation {
    const { clock, networkId } = this.lobby.local;
    const incarnation = this.ledger.standing(victim)?.incarnation ?? 0;
    const terms = { victim, incarnation, accuser: this.id, at: clock.wallTime(), lastSeen: 0, ...change };
    return signAccusation(terms, networkId, this.#host.signer);
  }

  accuse(victim: PeerId, accusation: Accusation = this.accusation(victim)): void {
    const nonce = this.lobby.local.random.bytes(32);
    for (const { address, id } of this.#configuration.seeds) {
      this.lobby.dial(address, {
        purpose: "probe",
        expect: id,
        done: (outcome) => {
          if (!("connection" in outcome)) return;
          outcome.connection.send(ACCUSE.encode({ accusation, nonce }));
          outcome.connection.close();
        },
      });
    }
  }

  report(victim: PeerId, accusations: readonly Accusation[]): void {
    const incarnation = accusations[0]?.incarnation ?? 0;
    this.lobby.seeds.broadcast(REPORT.encode({ report: { victim, incarnation, accusations } }));
  }

  leave(): void {
    const terms = { peer: this.id, incarnation: this.incarnation };
    const leave = signLeave(terms, this.lobby.local.networkId, this.#host.signer);
    this.lobby.seeds.broadcast(LEAVE.encode({ leave }));
  }

  /** Reports an edge with `other` that both have signed. */
  link(
    other: TestPeer,
    {
      since = this.#host.clock.wallTime(),
      spanMs = 600_000,
    }: { readonly since?: number; readonly spanMs?: number } = {},
  ): void {
    const { networkId, signer } = this.lobby.local;
    const terms = edgeTerms(this, other, since, since + spanMs);
    const own = signEdge(terms, networkId, signer);
    const theirs = signEdge(terms, networkId, other.lobby.local.signer);
    const [signatureA, signatureB] = terms.a === this.id ? [own, theirs] : [theirs, own];
    this.lobby.seeds.broadcast(EDGES.encode({ made: [{ ...terms, signatureA, signatureB }], ended: [] }));
  }

  #listen(): void {
    const { seeds, probes } = this.lobby;
    for (const room of [seeds, probes]) {
      room.route(PROBE, (probe, from) => this.#prove(probe, from));
      room.route(WITNESS, (witness, from) => this.#witness(witness, from));
    }
    seeds.route(CERTIFICATES, ({ certificates }) => {
      const wasMember = this.ledger.isMember(this.id);
      for (const certificate of certificates) this.ledger.admit(certificate);
      if (!wasMember && this.ledger.isMember(this.id)) this.#readList(seeds);
    });
    seeds.route(REGISTER_ANSWER, (answer) => void this.answers.push(answer));
    seeds.route(LEAVE_RECEIPT, () => {
      this.receipts += 1;
    });
    seeds.route(LIST, ({ members, certificates, next, grey }, from) => {
      this.grey.push(...grey);
      for (const certificate of certificates) this.ledger.admit(certificate);
      this.listed.push(...members.map(({ peer }) => peer));
      const wanted = members.map(({ peer }) => peer).filter((peer) => !this.ledger.isMember(peer));
      if (next !== undefined || wanted.length > 0)
        from.send(LIST_ASK.encode({ after: next ?? members.at(-1)?.peer, wanted: wanted.slice(0, 64) }));
    });
    seeds.route(STATUS, ({ nonces, certificate }, from) => {
      this.#nonces.set(from.id, nonces);
      if (certificate !== undefined) this.ledger.admit(certificate);
    });
    seeds.on("joined", (seed) => {
      this.#readList([seed]);
      if (this.#behaviour.isShy !== true) this.register(this.registration(), [seed]);
    });
  }

  #readList(of: Iterable<Connection>): void {
    for (const seed of of) seed.send(LIST_ASK.encode({ after: undefined, wanted: [] }));
  }

  #again(): void {
    if (!this.ledger.isMember(this.id)) this.register();
  }

  #poll(): void {
    const all = [...this.lobby.seeds];
    const seed = all[this.#turn++ % Math.max(1, all.length)];
    const nonces = [...this.#nonces.values()].flat().slice(0, 64);
    const terms = { peer: this.id, incarnation: this.incarnation, nonces };
    const proof =
      nonces.length === 0 ? undefined : signProofOfLife(terms, this.lobby.local.networkId, this.#host.signer);
    seed?.send(POLL.encode({ incarnation: this.incarnation, proof }));
  }

  #prove({ peer, nonces }: Probe, from: Connection): void {
    if (peer !== this.id || this.isMute) return;
    const terms = { peer, incarnation: this.incarnation, nonces };
    from.send(ALIVE.encode({ proof: signProofOfLife(terms, this.lobby.local.networkId, this.#host.signer) }));
  }

  #witness({ victim, incarnation, nonces }: Witness, from: Connection): void {
    const address = this.ledger.addressOf(victim);
    if (address === undefined) {
      from.send(TESTIMONY.encode({ victim, incarnation, outcome: "unknown", ageMs: 0 }));
      return;
    }
    this.#prober.probe({ peer: victim, incarnation, address, nonces, timeoutMs: 4000 }, (outcome) => {
      const proof = outcome.kind === "alive" ? outcome.proof : undefined;
      from.send(TESTIMONY.encode({ victim, incarnation, outcome: outcome.kind, ageMs: 0, proof }));
    });
  }
}
