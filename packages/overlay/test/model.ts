import type { PeerId } from "@p2p/identity";
import { Graph } from "@p2p/overlay/analysis";
import { SeededRandom } from "@p2p/sim";
import { pick, type Random, sample } from "@p2p/wire";
import type { Candidate } from "../src/candidates.ts";
import { type Attachment, preferentialAttachment, refusalChance, Spread } from "../src/index.ts";
import { DEFAULTS, inboundMax } from "../src/options.ts";
import { type Answer, Round } from "../src/round.ts";

/** A node of the model: who it owns links with, and who owns one with it. */
export interface Vertex {
  readonly id: PeerId;
  readonly bornAt: number;
  place: number;
  readonly owned: Set<Vertex>;
  readonly inbound: Set<Vertex>;
}

export interface ModelOptions {
  readonly seed: number;
  readonly m?: number;
  readonly cap?: number;
  readonly askedMax?: number;
  readonly attachment: () => Attachment;
}

/**
 * Who is linked with whom, without links: rounds, draws, refusals and caps are the overlay's own, time and frames are
 * left out, so that thousands of nodes may come and go in a second. Each draw sees degrees as they were when its round
 * began; a batch that draws together sees one snapshot.
 */
export class Model {
  readonly vertices: Vertex[] = [];
  readonly random: Random;
  /** Candidates asked so far, by all together. */
  questions = 0;
  readonly #m: number;
  readonly #cap: number;
  readonly #askedMax: number;
  readonly #attachment: () => Attachment;
  #born = 0;

  constructor(options: ModelOptions) {
    const { seed, m, cap, askedMax, attachment } = { ...DEFAULTS, ...options };
    this.random = new SeededRandom(seed);
    this.#m = m;
    this.#cap = cap;
    this.#askedMax = askedMax;
    this.#attachment = attachment;
  }

  /** So many come at once. */
  join(count = 1): void {
    this.#draw(Array.from({ length: count }, () => this.#enter()));
  }

  /** These die at once; the owners of links with them draw others. */
  kill(victims: readonly Vertex[]): void {
    const losers = new Set<Vertex>();
    for (const victim of victims) this.#leave(victim);
    for (const victim of victims) {
      for (const far of victim.owned) far.inbound.delete(victim);
      for (const owner of victim.inbound) {
        owner.owned.delete(victim);
        if (this.vertices[owner.place] === owner) losers.add(owner);
      }
    }
    this.#draw([...losers]);
  }

  get degrees(): number[] {
    return this.vertices.map(degreeOf);
  }

  /** How many have 1, 2, 3 … links; 64 and more together, as seeds tell it. */
  get histogram(): number[] {
    const counts = Array.from({ length: 64 }, () => 0);
    for (const degree of this.degrees) {
      const place = Math.min(64, degree) - 1;
      if (place >= 0) counts[place] = (counts[place] as number) + 1;
    }
    return counts;
  }

  /** As it is now. */
  get graph(): Graph<PeerId> {
    const edges = this.vertices.flatMap(({ id, owned }) =>
      [...owned].map((far): [PeerId, PeerId] => [id, far.id]),
    );
    return new Graph(
      edges,
      this.vertices.map(({ id }) => id),
    );
  }

  any(): Vertex {
    return pick(this.vertices, this.random) as Vertex;
  }

  #enter(): Vertex {
    const vertex: Vertex = {
      id: String(this.#born) as PeerId,
      bornAt: this.#born,
      place: this.vertices.length,
      owned: new Set(),
      inbound: new Set(),
    };
    this.#born += 1;
    this.vertices.push(vertex);
    return vertex;
  }

  #leave({ place }: Vertex): void {
    const last = this.vertices.pop() as Vertex;
    if (last.place === place) return;
    this.vertices[place] = last;
    last.place = place;
  }

  /** All of these look for what they lack, round by round, together. */
  #draw(searchers: readonly Vertex[]): void {
    const avoided = new Map(searchers.map((searcher) => [searcher, new Set<Vertex>()]));
    for (let round = 0; round < 12; round++) {
      const rounds = searchers
        .filter((searcher) => this.#wanted(searcher) > 0)
        .map((searcher) => ({
          searcher,
          asked: this.#ask(searcher, avoided.get(searcher) as Set<Vertex>, round > 2),
        }));
      if (rounds.length === 0) return;
      for (const { searcher, asked } of rounds)
        this.#choose(searcher, asked, avoided.get(searcher) as Set<Vertex>);
      if (round % 4 === 3) for (const each of avoided.values()) each.clear();
    }
  }

  #wanted({ owned, inbound }: Vertex): number {
    return Math.min(this.#m - owned.size, this.vertices.length - 1 - owned.size - inbound.size);
  }

  #ask(searcher: Vertex, avoided: ReadonlySet<Vertex>, isHasty: boolean): Round {
    const isOpen = (other: Vertex): boolean =>
      other !== searcher && !searcher.owned.has(other) && !searcher.inbound.has(other) && !avoided.has(other);
    const asked = new Set<Vertex>();
    for (let tries = 0; tries < 8 * this.#askedMax && asked.size < this.#askedMax; tries++) {
      const other = this.any();
      if (isOpen(other)) asked.add(other);
    }
    const candidates = [...asked].map((vertex) => candidateOf(vertex));
    const round = new Round(candidates, isHasty);
    this.questions += asked.size;
    for (const candidate of candidates) round.heard(candidate, answerOf(candidate));
    return round;
  }

  #choose(searcher: Vertex, { answers, isHasty }: Round, avoided: Set<Vertex>): void {
    const free = answers.filter(({ candidate }) => {
      const { vertex } = candidate as Known;
      return (
        this.vertices[vertex.place] === vertex && !searcher.owned.has(vertex) && !searcher.inbound.has(vertex)
      );
    });
    const rule = { attachment: this.#attachment(), cap: this.#cap, spread: new Spread() };
    const wanted = Math.max(0, this.#wanted(searcher));
    const drawn = isHasty
      ? sample(free, wanted, this.random)
      : preferentialAttachment(free, wanted, rule, this.random);
    for (const { candidate, degreeSeen } of drawn) {
      const { vertex } = candidate as Known;
      if (this.#accepts(vertex, degreeSeen)) link(searcher, vertex);
      else avoided.add(vertex);
    }
  }

  #accepts(vertex: Vertex, degreeSeen: number): boolean {
    if (vertex.inbound.size >= inboundMax(this.#m, this.#cap)) return false;
    return this.random.next() >= refusalChance(degreeSeen, degreeOf(vertex), this.#m);
  }
}

interface Known extends Candidate {
  readonly vertex: Vertex;
}

function candidateOf(vertex: Vertex): Known {
  return { id: vertex.id, incarnation: 1, address: vertex.id as never, netgroup: vertex.id, vertex };
}

function answerOf(candidate: Known): Answer {
  const degree = degreeOf(candidate.vertex);
  return { id: candidate.id, netgroup: candidate.netgroup, candidate, degree, degreeSeen: degree };
}

function degreeOf({ owned, inbound }: Vertex): number {
  return owned.size + inbound.size;
}

function link(owner: Vertex, other: Vertex): void {
  owner.owned.add(other);
  other.inbound.add(owner);
}
