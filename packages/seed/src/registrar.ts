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
import { type Connection, machineOf, type PrefixRules, type Refusal } from "@p2p/wire";
import { EventEmitter } from "eventemitter3";
import type { AdmissionDesk, Case, Turned } from "./admission/admission-desk.ts";
import { type Bringer, isOwnTarget } from "./admission/dial-target.ts";
import { clipped } from "./clipped.ts";
import { type DialBackOutcome, type DialBacks, WAITING_MAX } from "./dial-backs.ts";
import { CODE_BYTES_MAX, DETAIL_BYTES_MAX, REGISTER, REGISTER_ANSWER, RELAY } from "./frames.ts";
import type { Freshness } from "./freshness.ts";
import type { Office } from "./office.ts";
import { RegistrationAllowances } from "./registration-allowances.ts";
import type { VoteDesk } from "./vote-desk.ts";

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
  readonly bringer: Bringer;
  /** Whose turn it takes: another seed's, or that of all who come from one machine. */
  readonly turn: string;
}

/** Applications that wait until this seed is fresh; of more, the newest wait for their next attempt. */
const HELD_MAX = WAITING_MAX;
/** Applications that are dialled, wait for that, or have been reached and wait while others are. */
const UNDER_WAY_MAX = 2 * WAITING_MAX;

/** Takes registrations: checks, dials back, relays, votes. PROTOCOL.md §8.1. */
export class Registrar extends EventEmitter<RegistrarEvents> {
  readonly #office: Office;
  readonly #ledger: Ledger;
  readonly #desk: VoteDesk;
  readonly #dialBacks: DialBacks;
  readonly #freshness: Freshness;
  readonly #admission: AdmissionDesk;
  readonly #held = new Map<PeerId, Application>();
  readonly #dialling = new Map<PeerId, Application>();
  readonly #allowances: RegistrationAllowances;

  constructor(
    office: Office,
    rooms: {
      readonly ledger: Ledger;
      readonly desk: VoteDesk;
      readonly dialBacks: DialBacks;
      readonly freshness: Freshness;
      readonly admission: AdmissionDesk;
      readonly prefixRules: PrefixRules | undefined;
    },
  ) {
    super();
    this.#office = office;
    this.#ledger = rooms.ledger;
    this.#desk = rooms.desk;
    this.#dialBacks = rooms.dialBacks;
    this.#freshness = rooms.freshness;
    this.#admission = rooms.admission;
    this.#allowances = new RegistrationAllowances(rooms.prefixRules);
    office.lobby.links.route(REGISTER, ({ registration }, from) => this.#register(registration, from));
    office.lobby.seeds.route(RELAY, ({ registration }, from) => {
      if (office.hears(from)) this.relayed(registration, from);
    });
  }

  /** Another seed has a registration: it is looked at like one that came by itself, without an answer to anybody. */
  relayed(registration: Registration, from: Connection): void {
    if (this.#certified(registration) !== undefined) return;
    if (this.#isUnderWay(registration)) return this.#dialBacks.hasten(registration.peer, turnOf(from));
    if (this.#desk.guard(registration) !== "free" && this.#desk.guard(registration) !== "same") return;
    if (this.#desk.hasJustVoted(registration)) return;
    if (!this.#allowances.takeRelay(registration, from.id, this.#office.now())) return;
    if (!this.#isSigned(registration))
      return this.#office.blame(from, "registration", "not signed by its peer");
    this.#take(this.#application(registration, undefined, from));
  }

  /** This seed is fresh: looks at what it held. */
  resume(): void {
    const held = [...this.#held.values()];
    this.#held.clear();
    for (const application of held) this.#take(application);
  }

  #register(registration: Registration, from: Connection): void {
    if (!this.#allowances.takeAttempt(from, this.#office.now())) return;
    if (registration.peer !== from.id || !this.#isSigned(registration)) {
      this.#office.forged(from.id, "registration", "not signed by its peer");
      const detail = "the registration is not signed by its sender";
      return this.#answer(from, registration, "rejected", "signature", detail);
    }
    const underWay = this.#underWay(registration.peer);
    if (underWay !== undefined && this.#isUnderWay(registration)) {
      underWay.asker = from;
      this.#dialBacks.hasten(registration.peer, turnOf(from));
      return this.#answer(from, registration, this.#freshness.isFresh ? "pending" : "held");
    }
    this.#take(this.#application(registration, from, from));
  }

  #take(application: Application): void {
    const { registration, asker } = application;
    const certified = this.#certified(registration);
    if (certified !== undefined) return void asker?.send(CERTIFICATES.encode({ certificates: [certified] }));
    const objection = this.#objection(application);
    if (objection !== undefined) return this.#refuse(application, objection);
    const asked = this.#admission.caseOf(registration, application.bringer);
    const turned = this.#admission.judge(asked);
    if (turned !== undefined) return this.#turnAway(application, turned);
    if (!this.#freshness.isFresh) return this.#hold(application);
    // One dial for each peer at a time: of a later life it will tell again. The others know this seed's vote, or will.
    if (this.#dialling.has(registration.peer) || this.#desk.hasJustVoted(registration)) {
      this.#dialBacks.hasten(registration.peer, application.turn);
      return this.#answer(asker, registration, "pending");
    }
    this.#dial(application, asked);
  }

  #dial(application: Application, asked: Case): void {
    const { registration, asker, bringer } = application;
    const isLater = this.#ledger.isMember(registration.peer);
    if (isLater && !this.#allowances.takeLife(registration.peer, this.#office.now()))
      return this.#answer(asker, registration, "pending");
    if (this.#dialling.size >= UNDER_WAY_MAX || !this.#admission.mayDial(asked))
      return this.#turnAway(application, BUSY);
    this.#answer(asker, registration, "pending");
    this.#dialling.set(registration.peer, application);
    const turn = isLater ? "members" : application.turn;
    const isOwn = isOwnTarget(registration.address, bringer);
    this.#dialBacks.dial({ registration, bringer: turn, isOwn }, (outcome) =>
      this.#dialled(application, asked, outcome),
    );
  }

  #turnAway(application: Application, { kind, refusal }: Turned): void {
    if (kind === "refused") return this.#refuse(application, refusal);
    this.#answer(application.asker, application.registration, "pending", refusal.code, refusal.detail);
  }

  #hold(application: Application): void {
    const { registration, asker } = application;
    if (this.#held.size < HELD_MAX || this.#held.has(registration.peer))
      this.#held.set(registration.peer, application);
    this.#answer(asker, registration, "held");
  }

  #dialled(application: Application, asked: Case, outcome: DialBackOutcome): void {
    const { registration } = application;
    if (outcome === "later" || "why" in outcome) {
      this.#ended(application);
      this.#admission.missed(asked);
      if (outcome !== "later") this.#refuse(application, { code: "unreachable", detail: outcome.why });
      return;
    }
    this.emit("answered", outcome);
    // It lives on in a later life, and will register that: nobody can be reached in this one any more.
    if (outcome.incarnation !== registration.incarnation) return this.#ended(application);
    this.#relay(application);
    if (this.#admission.isContested(asked))
      this.#office.agenda.after(this.#office.timing.contestMs, () => this.#decide(application, asked));
    else this.#decide(application, asked);
  }

  /** Relayed only once it was reached: else one signature would make every seed dial. */
  #relay({ registration, asker }: Application): void {
    if (asker !== undefined)
      this.#office.lobby.seeds.broadcast(RELAY.encode({ registration, address: asker.remote.address }));
  }

  #decide(application: Application, asked: Case): void {
    const { registration } = application;
    this.#ended(application);
    const turned = this.#admission.enter(asked);
    if (turned !== undefined) return this.#turnAway(application, turned);
    const isNew = this.#desk.guard(registration) === "free" && this.#certified(registration) === undefined;
    this.#desk.voteAdd(registration);
    const { peer, incarnation, address } = registration;
    if (isNew) this.#office.tell("proposedAdd", { peer, incarnation, address });
  }

  #ended(application: Application): void {
    const { peer } = application.registration;
    if (this.#dialling.get(peer) === application) this.#dialling.delete(peer);
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
    return guard === "full" ? { code: "full", detail: "this seed has too many votes open" } : undefined;
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

  #application(registration: Registration, asker: Connection | undefined, from: Connection): Application {
    const { address, role } = from.remote;
    const bringer = { id: from.id, address, isSeed: role === "seed" };
    return { registration, digest: this.#digestOf(registration), asker, bringer, turn: turnOf(from) };
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
    if (asker === undefined || !this.#allowances.takeRefusal(peer, this.#office.now())) return;
    this.#office.tell("refusedRegistration", { peer, incarnation, address, code, detail });
  }

  #answer(
    asker: Connection | undefined,
    { incarnation }: Registration,
    outcome: "pending" | "held" | "rejected",
    code = "",
    detail = "",
  ): void {
    asker?.send(
      REGISTER_ANSWER.encode({
        incarnation,
        outcome,
        code: clipped(code, CODE_BYTES_MAX),
        detail: clipped(detail, DETAIL_BYTES_MAX),
      }),
    );
  }
}

function turnOf({ id, remote: { address, role } }: Connection): string {
  return role === "seed" ? id : machineOf(address);
}

const BUSY: Turned = {
  kind: "later",
  refusal: {
    code: "rate",
    detail:
      "many come from there, and only so many are dialled back in a while: its turn comes when it asks again",
  },
};

const CONFLICT: Refusal = {
  code: "conflict",
  detail: "this seed has taken another registration of this peer; register with a higher incarnation",
};
