import type { Certificate, Ledger } from "@p2p/consensus";
import type { PeerId } from "@p2p/identity";
import { type Connection, jitter, pick, type Random, sample } from "@p2p/wire";
import type { EdgeBook } from "./edge-book.ts";
import type { Freshness } from "./freshness.ts";
import type { Office } from "./office.ts";
import { OVERLAY_HINT } from "./overlay-hint.ts";
import { degreesOf, type Pair, partsOf } from "./parts.ts";

/** Most partners that are named in one chart; large parts come first, and of those alike chance decides. */
const HINTS_A_CHART = 32;
/** Members of one part that are given a partner in one chart. */
const HINTS_A_PART = 2;
/** Charts between two of which every linked member is told the degrees. */
const CHARTS_A_TELLING = 6;

/** How long degrees that were counted are told again: newcomers come by the hundred, and each count looks at all edges. */
const COUNT_KEPT_MS = 1000;

/** What a {@link Cartographer} looks at. */
export interface CartographerOptions {
  readonly ledger: Ledger;
  readonly edges: EdgeBook;
  readonly freshness: Freshness;
  readonly random: Random;
}

/**
 * Sees the overlay from above: all edges that members reported. When the members are in several parts it names to some
 * of the smaller ones a partner in the largest; and it tells everybody how degrees are spread. Both are hints: no
 * member has to follow, and none believes more than a majority of seeds would say. PROTOCOL.md §8.5.
 */
export class Cartographer {
  readonly #office: Office;
  readonly #options: CartographerOptions;
  /** Who was not in the largest part on the last chart. Newcomers have no edges yet, and are left in peace at first. */
  #apart: ReadonlySet<PeerId> = new Set();
  #charts = 0;
  #counted: { readonly degrees: readonly number[]; readonly until: number } | undefined;

  constructor(office: Office, options: CartographerOptions) {
    this.#office = office;
    this.#options = options;
  }

  start(): void {
    const { agenda, timing } = this.#office;
    agenda.every(
      () => jitter(timing.chartMs, 0.3, this.#options.random),
      () => this.#chart(),
    );
  }

  /** A newcomer is told the degrees before it draws its first neighbours. */
  settled({ fact }: Certificate): void {
    const link = this.#office.lobby.links.get(fact.peer);
    if (fact.kind === "add" && link !== undefined && this.#options.freshness.isFresh)
      link.send(OVERLAY_HINT.encode({ partner: undefined, degrees: this.#degrees() }));
  }

  #chart(): void {
    const { ledger, freshness } = this.#options;
    if (!freshness.isFresh) return;
    const [main = [], ...others] = partsOf(ledger.memberIds(), this.#pairs());
    this.#bridge(main, others);
    this.#apart = new Set(others.flat());
    this.#charts += 1;
    if (this.#charts % CHARTS_A_TELLING === 0) this.#tellDegrees();
  }

  #bridge(main: readonly PeerId[], others: readonly (readonly PeerId[])[]): void {
    let left = HINTS_A_CHART;
    for (const part of this.#shuffled(others)) {
      // Some of it may have come a moment ago: who has stood apart for a whole interval is to be helped.
      const lasting = part.filter((member) => this.#apart.has(member));
      if (lasting.length === 0) continue;
      left -= this.#link(lasting, main, Math.min(left, HINTS_A_PART));
      if (left <= 0) return;
    }
  }

  /** Large ones first; chance orders those alike, so that a crowd of loners cannot stand before somebody for ever. */
  #shuffled(parts: readonly (readonly PeerId[])[]): (readonly PeerId[])[] {
    return sample(parts, parts.length, this.#options.random).toSorted(
      (one, other) => other.length - one.length,
    );
  }

  /** Names partners in `main` to members of `part` that are linked with this seed; if none is, the other way round. */
  #link(part: readonly PeerId[], main: readonly PeerId[], count: number): number {
    const near = sample(this.#linked(part), count, this.#options.random);
    for (const link of near) this.#hint(link, main);
    if (near.length > 0) return near.length;
    const far = sample(this.#linked(main), count, this.#options.random);
    for (const link of far) this.#hint(link, part);
    return far.length;
  }

  #linked(members: readonly PeerId[]): Connection[] {
    const { links } = this.#office.lobby;
    return members.flatMap((member) => links.get(member) ?? []);
  }

  #hint(link: Connection, among: readonly PeerId[]): void {
    const { ledger, random } = this.#options;
    const chosen = pick(among, random);
    const partner = chosen && ledger.standing(chosen)?.certificate;
    if (partner !== undefined) link.send(OVERLAY_HINT.encode({ partner, degrees: [] }));
  }

  #tellDegrees(): void {
    const frame = OVERLAY_HINT.encode({ partner: undefined, degrees: this.#degrees() });
    for (const link of this.#office.lobby.links) if (this.#options.ledger.isMember(link.id)) link.send(frame);
  }

  #degrees(): readonly number[] {
    const now = this.#office.now();
    if (this.#counted === undefined || this.#counted.until <= now) {
      const degrees = degreesOf(this.#options.ledger.memberIds(), this.#pairs());
      this.#counted = { degrees, until: now + COUNT_KEPT_MS };
    }
    return this.#counted.degrees;
  }

  /** The edges between members that live the lives they signed in. */
  *#pairs(): Generator<Pair> {
    const { edges, ledger } = this.#options;
    for (const { edge } of edges.held()) {
      const { a, incarnationA, b, incarnationB } = edge;
      if (ledger.isMember(a, incarnationA) && ledger.isMember(b, incarnationB)) yield edge;
    }
  }
}
