import type { Certificate, Ledger, Member, Registration } from "@p2p/consensus";
import type { NetworkId, PeerId, Verifier } from "@p2p/identity";
import type { Refusal } from "@p2p/wire";
import type { VoteNews } from "../frames.ts";
import type { Admission } from "./admission.ts";
import type { AdmissionOptions } from "./admission-options.ts";
import type { Place } from "./contest.ts";
import { DialPace, type Purse } from "./dial-pace.ts";
import { type Bringer, isOwnTarget, misdirection, type Trust } from "./dial-target.ts";
import { hashcash } from "./hashcash.ts";
import { Places, type Seat } from "./places.ts";
import { Prefixes } from "./prefixes.ts";
import { Vouchers } from "./vouchers.ts";

/** What an {@link AdmissionDesk} stands on. */
export interface AdmissionPorts {
  readonly ledger: Ledger;
  readonly networkId: NetworkId;
  readonly verifier: Verifier;
  readonly leaseTicks: number;
  /** Monotonic milliseconds. */
  now(): number;
  /** Whether this seed has voted to add some life of a peer, and nothing is certified yet. */
  hasVotedFor(peer: PeerId): boolean;
  /** The operator's rule threw. */
  policyFailed(error: unknown): void;
}

/** A registration that is judged, and how it came here. */
export interface Case extends Seat {
  readonly registration: Registration;
  readonly bringer: Bringer;
  /** Whether its peer has a place by right: an operator stands up for it, or it is a member that does not move to a new prefix. */
  readonly isSure: boolean;
  /** Whether an operator stands up for it. Nobody looks whether one does for a member where it is listed. */
  readonly isVouched: boolean;
  /** Why none does, for who would need it. */
  readonly fault: string;
}

/** Not admitted. `later`: for now; it may come again. */
export interface Turned {
  readonly kind: "refused" | "later";
  readonly refusal: Refusal;
}

/**
 * Whom this seed votes for. A key is judged once: whoever is a member, was one, or has this seed's vote may renew, refute
 * and come back, as long as it has its place in the quota; a member that has none is asked for one only when it moves.
 * PROTOCOL.md §8.6.
 */
export class AdmissionDesk {
  readonly #options: AdmissionOptions;
  readonly #ports: AdmissionPorts;
  readonly #vouchers: Vouchers;
  readonly #places: Places;
  readonly #pace: DialPace;
  readonly #work: Admission | undefined;

  /** @throws RangeError on an option outside its range. */
  constructor(options: AdmissionOptions, ports: AdmissionPorts) {
    const {
      quota = {},
      pace,
      prefixRules,
      inviters = [],
      allow = [],
      workBits = 0,
      newcomersAnHour,
    } = options;
    const { ledger, networkId, verifier } = ports;
    const prefixes = quota === false ? undefined : new Prefixes(quota, prefixRules);
    const clock = { tick: () => ledger.tick, now: () => ports.now() };
    this.#options = options;
    this.#ports = ports;
    this.#vouchers = new Vouchers(inviters, allow, { networkId, verifier, tick: clock.tick });
    this.#places = new Places({ prefixes, newcomersAnHour }, clock);
    this.#pace = new DialPace(pace, prefixRules);
    this.#work = workBits === 0 ? undefined : hashcash(workBits, networkId);
  }

  /** A verified registration, to be judged. At most one signature check. */
  caseOf(registration: Registration, bringer: Bringer): Case {
    const { peer, address } = registration;
    const { ledger } = this.#ports;
    const isKnown = ledger.standing(peer) !== undefined;
    // Who renews where it is listed needs nobody's word, and no place.
    const isListedThere = ledger.addressOf(peer) === address;
    const isSettled = isListedThere || (ledger.isMember(peer) && this.#places.isAtHome(registration));
    const fault = !isListedThere ? this.#vouchers.faultOf(registration) : "it was not asked for";
    const isVouched = fault === undefined;
    const isNew = !isKnown && !this.#ports.hasVotedFor(peer);
    return {
      peer,
      address,
      isNew,
      registration,
      bringer,
      isVouched,
      isSure: isVouched || isSettled,
      fault: fault ?? "",
    };
  }

  /** Why it is not worth a dial; nothing when it is. Nothing is counted yet, so it may be asked again. */
  judge(asked: Case): Turned | undefined {
    const { bringer, isNew } = asked;
    const objection =
      this.#fullness(asked) ??
      (isNew ? this.#objection(asked) : undefined) ??
      this.#crowding(asked) ??
      this.#misdirection(asked);
    if (objection !== undefined) return refused(objection);
    const delay = asked.isSure ? undefined : this.#places.delay(asked);
    if (delay !== undefined) return later(delay);
    const refusal = isNew ? this.#ask(asked) : undefined;
    if (refusal !== undefined) return refused(refusal);
    // Another seed's word alone stands in nobody's way: it may have made up as many keys as it likes.
    return bringer.isSeed || this.#place(asked) !== "behind" ? undefined : later(BEHIND);
  }

  /** Whether the address of an admitted registration may be dialled now; counts as dialled if so. */
  mayDial(asked: Case): boolean {
    return this.#pace.take(asked.address, this.#purseFor(asked), this.#ports.now());
  }

  /** It was reached: whether others want its place, so that this seed should listen for a while whom else others have reached. */
  isContested(asked: Case): boolean {
    return this.#place(asked) !== "alone";
  }

  /** It was not reached: it is in nobody's way. */
  missed({ peer }: Case): void {
    this.#places.yield(peer);
  }

  /** This seed is about to vote for it: the last look, as others came in meanwhile. If nothing is wrong, it takes its place. */
  enter(asked: Case): Turned | undefined {
    const objection = this.#crowding(asked);
    if (objection !== undefined) return refused(objection);
    const delay = asked.isSure ? undefined : this.#places.delay(asked);
    if (delay !== undefined) return later(delay);
    if (this.#place(asked) === "behind") return later(BEHIND);
    this.#places.enter(asked, asked.isVouched);
    return undefined;
  }

  /** Places for whom this seed voted for, as it reads on its disk. */
  voted(votes: Iterable<Pick<VoteNews, "vote" | "registration">>): void {
    for (const { vote, registration } of votes)
      if (registration !== undefined) this.#places.take(registration, vote.tick);
  }

  /** A certificate has come to hold. */
  settled(certificate: Certificate): void {
    this.#places.settled(certificate);
  }

  /** It is later: these leases are over. */
  ticked(expired: readonly Member[]): void {
    const { ledger, leaseTicks } = this.#ports;
    this.#places.ticked(expired, leaseTicks, (peer) => ledger.isMember(peer));
  }

  #place(asked: Case): Place {
    return asked.isSure ? "alone" : this.#places.compete(asked);
  }

  #fullness({ peer }: Case): Refusal | undefined {
    const { ledger } = this.#ports;
    if (!ledger.isFull || ledger.isMember(peer)) return undefined;
    return { code: "full", detail: `the list has ${ledger.size} members, and takes no more` };
  }

  /** Why a key that nobody knows is not let in, wherever it is. */
  #objection(asked: Case): Refusal | undefined {
    const { registration, isVouched } = asked;
    if (isVouched) return undefined;
    const refusal =
      this.#options.vouchedOnly === true
        ? UNINVITED
        : this.#work?.(registration, { source: undefined, isVouched });
    return this.#advised(refusal, asked);
  }

  /** Whatever the rule throws, it does on everybody's bytes: no newcomer ends the seed by it, nor gets in. */
  #ask({ registration, bringer, isVouched }: Case): Refusal | undefined {
    const source = bringer.isSeed ? undefined : bringer.address;
    try {
      const refusal = this.#options.policy?.(registration, { source, isVouched });
      if (refusal === undefined || (typeof refusal.code === "string" && typeof refusal.detail === "string"))
        return refusal;
      // A promise, say: peers would take what came of it for misbehaviour of this seed.
      throw new TypeError("the rule answers with neither a refusal nor nothing");
    } catch (error) {
      this.#ports.policyFailed(error);
      return BROKEN;
    }
  }

  #crowding(asked: Case): Refusal | undefined {
    return asked.isSure ? undefined : this.#advised(this.#places.objection(asked), asked);
  }

  #misdirection(asked: Case): Refusal | undefined {
    const refusal = misdirection(asked.address, asked.bringer, this.#trustIn(asked));
    return asked.isVouched ? refusal : this.#advised(refusal, asked);
  }

  #trustIn({ address, isVouched, peer }: Case): Trust {
    const isListedThere = this.#ports.ledger.addressOf(peer) === address;
    if (isVouched || isListedThere || this.#options.anyAddress === true) return "names";
    return this.#isKnown(peer) ? "addresses" : "none";
  }

  #advised(refusal: Refusal | undefined, { registration, fault }: Case): Refusal | undefined {
    return refusal && this.#vouchers.advise(refusal, registration, fault);
  }

  /**
   * Members and vouched peers answer for a dial with a key that cost something: where they come from, or are listed, or,
   * if an operator stands up for them, where another seed says that it has reached them.
   */
  #purseFor({ address, bringer, isVouched, peer }: Case): Purse {
    const isAtHome = isOwnTarget(address, bringer) || this.#ports.ledger.addressOf(peer) === address;
    const seed = bringer.isSeed ? bringer.id : undefined;
    if (!isVouched && !this.#isKnown(peer)) return { kind: "stranger", seed };
    return { kind: isAtHome || (isVouched && bringer.isSeed) ? "home" : "elsewhere", seed };
  }

  #isKnown(peer: PeerId): boolean {
    return this.#ports.ledger.standing(peer) !== undefined;
  }
}

function refused(refusal: Refusal): Turned {
  return { kind: "refused", refusal };
}

function later(refusal: Refusal): Turned {
  return { kind: "later", refusal };
}

const UNINVITED: Refusal = { code: "uninvited", detail: "only invited peers are let in" };

const BROKEN: Refusal = {
  code: "policy",
  detail: "the rule of the seed's operator failed: tell the operator",
};

const BEHIND: Refusal = {
  code: "quota",
  detail:
    "others from its network prefix are before it, and there are no more places than for them: it may ask again, or be invited",
};
