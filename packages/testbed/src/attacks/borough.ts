import type { Edge, PeerId } from "@p2p/identity";
import {
  attestedDegree,
  type Candidate,
  DEFAULT_ATTACHMENT,
  inboundMax,
  type Prospect,
  preferentialAttachment,
  refusalChance,
  Spread,
} from "@p2p/overlay";
import { SeededRandom } from "@p2p/sim";
import { type Address, type Random, sample } from "@p2p/wire";

const M = 3;
const CAP = 64;
/** Links of others that a node takes. */
const INBOUND_MAX = inboundMax(M, CAP);
const ASKED_MAX = 32;

/** Somebody who lives there. */
export interface Dweller {
  readonly candidate: Candidate;
  readonly isSybil: boolean;
  readonly edges: Edge[];
  inbound: number;
}

/** What a draw sees of somebody. */
interface Sight extends Prospect {
  readonly dweller: Dweller;
  readonly degreeSeen: number;
}

/**
 * Who is linked with whom in a network of thousands, without links, time and signatures: how candidates are judged,
 * drawn, and turn newcomers away is the overlay's own.
 */
export class Borough {
  readonly dwellers: Dweller[] = [];
  readonly random: Random;
  readonly #byId = new Map<PeerId, Candidate>();
  readonly #crowds = new Map<string, number>();

  /** @param count how many come one by one, each from a prefix of its own. */
  constructor(seed: number, count: number) {
    this.random = new SeededRandom(seed).fork("borough");
    while (this.dwellers.length < count) this.join(1);
  }

  /** Everybody's links. */
  get degrees(): readonly number[] {
    return this.dwellers.map(({ edges }) => edges.length);
  }

  /** So many come at once, all of whom see the same; the new ones, and whom they own links with. */
  join(count: number): readonly (readonly Dweller[])[] {
    const newcomers = Array.from({ length: count }, () => this.#looked());
    return newcomers.map(({ newcomer, drawn }) => this.#linked(newcomer, drawn));
  }

  /**
   * Sybils come, spread over so many prefixes. All sign edges with each other, and each makes itself so many links with
   * others.
   */
  invade(count: number, prefixes: number, dialled: number): readonly Dweller[] {
    const honest = [...this.dwellers];
    const sybils = Array.from({ length: count }, (_, index) =>
      this.#enter(`prefix ${index % prefixes}`, true),
    );
    for (const [index, one] of sybils.entries())
      for (const other of sybils.slice(index + 1))
        if (this.random.next() < 0.5) this.#link(one, other);
        else this.#link(other, one);
    for (const one of sybils)
      for (const other of sample(honest, dialled, this.random))
        if (other.inbound < INBOUND_MAX) this.#link(one, other);
    return sybils;
  }

  #enter(netgroup: string, isSybil: boolean): Dweller {
    const id = this.dwellers.length.toString(16).padStart(64, "0") as PeerId;
    const candidate = { id, incarnation: 1, address: `${netgroup}:1` as Address, netgroup };
    const dweller = { candidate, isSybil, edges: [], inbound: 0 };
    this.#byId.set(id, candidate);
    this.#crowds.set(netgroup, (this.#crowds.get(netgroup) ?? 0) + 1);
    this.dwellers.push(dweller);
    return dweller;
  }

  /** Asks, and draws by what it hears. */
  #looked(): { readonly newcomer: Dweller; readonly drawn: readonly Sight[] } {
    const asked = sample(this.dwellers, ASKED_MAX, this.random).filter(
      ({ inbound }) => inbound < INBOUND_MAX,
    );
    const sights = asked.map((dweller) => this.#sight(dweller));
    const rule = { attachment: DEFAULT_ATTACHMENT, cap: CAP, spread: new Spread() };
    const drawn = preferentialAttachment(sights, M, rule, this.random);
    return { newcomer: this.#enter(`home ${this.dwellers.length}`, false), drawn };
  }

  /** Who is crowded by now turns it away; then it looks again. */
  #linked(newcomer: Dweller, drawn: readonly Sight[]): readonly Dweller[] {
    const linked: Dweller[] = [];
    let wanted = drawn;
    for (let round = 0; round < 4 && wanted.length > 0; round++) {
      for (const { dweller, degreeSeen } of wanted.slice(0, M - linked.length)) {
        const chance = dweller.isSybil ? 0 : refusalChance(degreeSeen, dweller.edges.length, M);
        const isRefused = dweller.inbound >= INBOUND_MAX || this.random.next() < chance;
        if (isRefused || linked.includes(dweller) || dweller === newcomer) continue;
        this.#link(newcomer, dweller);
        linked.push(dweller);
      }
      wanted = linked.length < M ? this.#again(newcomer) : [];
    }
    return linked;
  }

  #again(newcomer: Dweller): readonly Sight[] {
    const asked = sample(this.dwellers, ASKED_MAX, this.random).filter((one) => one !== newcomer);
    const rule = { attachment: DEFAULT_ATTACHMENT, cap: CAP, spread: new Spread() };
    return preferentialAttachment(
      asked.map((dweller) => this.#sight(dweller)),
      M,
      rule,
      this.random,
    );
  }

  #sight(dweller: Dweller): Sight {
    const { id, netgroup } = dweller.candidate;
    const judge = {
      member: (other: PeerId) => this.#byId.get(other),
      crowd: (group: string) => this.#crowds.get(group) ?? 1,
      wallTime: 0,
      isSigned: () => true,
    };
    const degree = attestedDegree(id, dweller.edges, judge, { m: M, max: CAP });
    return { id, netgroup, degree, dweller, degreeSeen: dweller.edges.length };
  }

  #link(owner: Dweller, other: Dweller): void {
    const [a, b] = [owner.candidate.id, other.candidate.id].toSorted() as [PeerId, PeerId];
    const signature = new Uint8Array(0);
    const edge: Edge = {
      a,
      b,
      incarnationA: 1,
      incarnationB: 1,
      owner: owner.candidate.id,
      since: 0,
      until: 1,
      signatureA: signature,
      signatureB: signature,
    };
    owner.edges.push(edge);
    other.edges.push(edge);
    other.inbound++;
  }
}
