import {
  CERTIFICATES,
  type Certificate,
  incarnationIsPlausible,
  type Ledger,
  type ProofOfLife,
  type Registration,
  rank,
  registrationDigest,
  verifyRegistration,
} from "@p2p/consensus";
import { type PeerId, toHex } from "@p2p/identity";
import { Allowance, type Connection, type Refusal, splitAddress } from "@p2p/wire";
import { EventEmitter } from "eventemitter3";
import type { DialBackOutcome, DialBacks } from "./dial-backs.ts";
import { REGISTER, REGISTER_ANSWER, RELAY } from "./frames.ts";
import type { Freshness } from "./freshness.ts";
import type { Office } from "./office.ts";
import type { VoteDesk } from "./vote-desk.ts";

/**
 * Whether a newcomer may become a member, whatever the quorum says later; a refusal says why not. Asked once for each
 * peer, after its signature was checked and before it is dialled: not again while a certificate about it is held.
 * Synchronous, must not throw. The refusal's code has at most 32 bytes, its detail 512.
 */
export type Admission = (registration: Registration) => Refusal | undefined;

interface RegistrarEvents {
  /** A newcomer has answered at its address: it is alive. */
  answered: [proof: ProofOfLife];
}

/** Somebody who wants to become a member, or one in a new life. */
interface Application {
  readonly registration: Registration;
  readonly digest: string;
  /** Where the answer goes; nobody's, when another seed brought it. */
  asker: Connection | undefined;
  /** Whose turn it takes: another seed's, or that of all who come from one machine. */
  readonly bringer: string;
}

/** Applications that wait until this seed is fresh; of more, the newest wait for their next attempt. */
const HELD_MAX = 4096;
/** Registrations of one peer that are looked at within a minute; it needs one, and some to make sure. */
const ATTEMPTS_A_MINUTE = 120;
/** New lives of one peer that are dialled within a minute: each costs every member a frame. One that starts again and again takes fewer. */
const LIVES_A_MINUTE = 12;
/** Time before a registration that another seed brought is tried again, when nobody answered at its address. */
const RELAY_PAUSE_MS = 30_000;

/** Takes registrations: checks, dials back, relays, votes. PROTOCOL.md §8.1. */
export class Registrar extends EventEmitter<RegistrarEvents> {
  readonly #office: Office;
  readonly #ledger: Ledger;
  readonly #desk: VoteDesk;
  readonly #dialBacks: DialBacks;
  readonly #freshness: Freshness;
  readonly #admission: Admission;
  readonly #held = new Map<PeerId, Application>();
  readonly #dialling = new Map<PeerId, Application>();
  readonly #relays = new Allowance({ max: 1, perMs: RELAY_PAUSE_MS, askersMax: 16_384 });
  readonly #lives = new Allowance({ max: LIVES_A_MINUTE, perMs: 60_000, askersMax: 16_384 });
  readonly #attempts = new Allowance({ max: ATTEMPTS_A_MINUTE, perMs: 60_000, askersMax: 16_384 });
  readonly #refusals = new Allowance({ max: 1, perMs: 60_000 });

  constructor(
    office: Office,
    rooms: {
      readonly ledger: Ledger;
      readonly desk: VoteDesk;
      readonly dialBacks: DialBacks;
      readonly freshness: Freshness;
      readonly admission: Admission;
    },
  ) {
    super();
    this.#office = office;
    this.#ledger = rooms.ledger;
    this.#desk = rooms.desk;
    this.#dialBacks = rooms.dialBacks;
    this.#freshness = rooms.freshness;
    this.#admission = rooms.admission;
    office.lobby.links.route(REGISTER, ({ registration }, from) => this.#register(registration, from));
    office.lobby.seeds.route(RELAY, ({ registration }, from) => this.relayed(registration, from));
  }

  /** Another seed has a registration: it is looked at like one that came by itself, without an answer to anybody. */
  relayed(registration: Registration, from: Connection): void {
    if (this.#certified(registration) !== undefined || this.#isUnderWay(registration)) return;
    if (this.#desk.guard(registration) !== "free" && this.#desk.guard(registration) !== "same") return;
    if (!this.#relays.take(toHex(registration.signature), this.#office.now())) return;
    if (!this.#isSigned(registration))
      return this.#office.forged(from.id, "registration", "not signed by its peer");
    this.#take(this.#application(registration, undefined, from.id));
  }

  /** This seed is fresh: looks at what it held. */
  resume(): void {
    const held = [...this.#held.values()];
    this.#held.clear();
    for (const application of held) this.#take(application);
  }

  #register(registration: Registration, from: Connection): void {
    if (!this.#attempts.take(from.id, this.#office.now())) return;
    if (registration.peer !== from.id || !this.#isSigned(registration)) {
      this.#office.forged(from.id, "registration", "not signed by its peer");
      const detail = "the registration is not signed by its sender";
      return this.#answer(from, registration, "rejected", "signature", detail);
    }
    const underWay = this.#underWay(registration.peer);
    if (underWay !== undefined && this.#isUnderWay(registration)) {
      underWay.asker = from;
      return this.#answer(from, registration, this.#freshness.isFresh ? "pending" : "held");
    }
    this.#take(this.#application(registration, from, splitAddress(from.remote.address).host));
  }

  #take(application: Application): void {
    const { registration, asker } = application;
    const certified = this.#certified(registration);
    if (certified !== undefined) return void asker?.send(CERTIFICATES.encode({ certificates: [certified] }));
    const objection = this.#objection(application);
    if (objection !== undefined) return this.#refuse(application, objection);
    if (!this.#freshness.isFresh) return this.#hold(application);
    this.#answer(asker, registration, "pending");
    // One dial for each peer at a time: of a later life it will tell again.
    if (this.#dialling.has(registration.peer)) return;
    const isLater = this.#ledger.isMember(registration.peer);
    if (isLater && !this.#lives.take(registration.peer, this.#office.now())) return;
    this.#dialling.set(registration.peer, application);
    const bringer = isLater ? "members" : application.bringer;
    this.#dialBacks.dial(registration, bringer, (outcome) => this.#dialled(application, outcome));
  }

  #hold(application: Application): void {
    const { registration, asker } = application;
    if (this.#held.size < HELD_MAX || this.#held.has(registration.peer))
      this.#held.set(registration.peer, application);
    this.#answer(asker, registration, "held");
  }

  #dialled(application: Application, outcome: DialBackOutcome): void {
    const { registration, asker } = application;
    if (this.#dialling.get(registration.peer) === application) this.#dialling.delete(registration.peer);
    if (outcome === "later") return;
    if (outcome === "unreachable") {
      const detail = `nobody answered as this peer at ${registration.address} within ${this.#office.timing.dialBackMs} ms`;
      return this.#refuse(application, { code: "unreachable", detail });
    }
    this.emit("answered", outcome);
    // It lives on in a later life, and will register that: nobody can be reached in this one any more.
    if (outcome.incarnation !== registration.incarnation) return;
    // Relayed only now: else one signature would make every seed dial.
    if (asker !== undefined) {
      this.#office.lobby.seeds.broadcast(RELAY.encode({ registration, address: registration.address }));
    }
    const isNew = this.#desk.guard(registration) === "free" && this.#certified(registration) === undefined;
    this.#desk.voteAdd(registration);
    const { peer, incarnation, address } = registration;
    if (isNew) this.#office.tell("proposedAdd", { peer, incarnation, address });
  }

  /** Why this seed will not vote for an application, now and later. */
  #objection({ registration, digest }: Application): Refusal | undefined {
    const { peer, incarnation } = registration;
    const standing = this.#ledger.standing(peer);
    if (!incarnationIsPlausible(incarnation, standing?.incarnation)) {
      return {
        code: "implausible",
        detail: `incarnation ${incarnation} is too far above what is known of this peer`,
      };
    }
    const underWay = this.#underWay(peer);
    const rival = underWay?.registration.incarnation === incarnation && underWay.digest !== digest;
    const guard = rival ? "conflict" : this.#desk.guard(registration);
    if (guard === "conflict" || guard === "past") return CONFLICT;
    if (guard === "full") return { code: "full", detail: "this seed has too many votes open" };
    return standing === undefined && guard === "free" ? this.#admission(registration) : undefined;
  }

  /** What answers a registration that comes too late: a certificate of this life or a later one. */
  #certified({ peer, incarnation }: Registration): Certificate | undefined {
    const certificate = this.#ledger.standing(peer)?.certificate;
    if (certificate === undefined) return undefined;
    return rank(certificate.fact) >= rank({ kind: "add", incarnation }) ? certificate : undefined;
  }

  #underWay(peer: PeerId): Application | undefined {
    return this.#dialling.get(peer) ?? this.#held.get(peer);
  }

  #isUnderWay(registration: Registration): boolean {
    return this.#underWay(registration.peer)?.digest === this.#digestOf(registration);
  }

  #application(registration: Registration, asker: Connection | undefined, bringer: string): Application {
    return { registration, digest: this.#digestOf(registration), asker, bringer };
  }

  #digestOf(registration: Registration): string {
    return toHex(registrationDigest(registration, this.#office.configuration.networkId));
  }

  #isSigned(registration: Registration): boolean {
    const { networkId, verifier } = this.#office.lobby.local;
    return verifyRegistration(registration, networkId, verifier);
  }

  #refuse({ registration, asker }: Application, { code, detail }: Refusal): void {
    const { peer, incarnation, address } = registration;
    this.#answer(asker, registration, "rejected", code, detail);
    if (asker === undefined || !this.#refusals.take(peer, this.#office.now())) return;
    this.#office.tell("refusedRegistration", { peer, incarnation, address, code, detail });
  }

  #answer(
    asker: Connection | undefined,
    { incarnation }: Registration,
    outcome: "pending" | "held" | "rejected",
    code = "",
    detail = "",
  ): void {
    asker?.send(REGISTER_ANSWER.encode({ incarnation, outcome, code, detail }));
  }
}

const CONFLICT: Refusal = {
  code: "conflict",
  detail: "this seed has taken another registration of this peer; register with a higher incarnation",
};
