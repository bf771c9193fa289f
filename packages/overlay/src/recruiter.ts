import { type Edge, type PeerId, verifyEdge } from "@p2p/identity";
import { jitter, type Lobby, type Random, sample } from "@p2p/wire";
import { Alarm } from "./alarm.ts";
import { attestedDegree, type EdgeJudge } from "./attested-degree.ts";
import type { Candidate, Candidates } from "./candidates.ts";
import { Crowds } from "./crowds.ts";
import type { DegreeDesk } from "./degree-desk.ts";
import type { Neighbourhood } from "./neighbourhood.ts";
import { type Attachment, preferentialAttachment } from "./preferential-attachment.ts";
import { type Answer, Round } from "./round.ts";
import { Spread } from "./spread.ts";
import type { OverlayTiming } from "./timing.ts";

/** How a draw went. */
export interface Sought {
  /** How many candidates were asked; 0 when there was nothing to choose. */
  readonly asked: number;
  /** How many of them answered. */
  readonly answered: number;
  /** Whom this node dials now. */
  readonly drawn: readonly PeerId[];
}

/** What a {@link Recruiter} works with. */
export interface RecruiterOptions {
  readonly lobby: Lobby;
  readonly candidates: Candidates;
  readonly neighbourhood: Neighbourhood;
  readonly desk: DegreeDesk;
  readonly m: number;
  readonly cap: number;
  /** How the next neighbour is chosen, asked at each draw. */
  attachment(): Attachment;
  readonly askedMax: number;
  readonly timing: OverlayTiming;
  readonly random: Random;
  sought(news: Sought): void;
}

/** How many neighbours are remembered across restarts. */
export const ANCHORS_MAX = 2;

/** Rounds without success after which the first that answers is taken, and one more after which the search pauses. */
const CALM_ROUNDS = 2;

/**
 * Finds neighbours, as long as this node owns fewer links than it should: asks some candidates for their edges, draws
 * among those that answer, dials. One round at a time; none while everybody who is left has failed, until a pause is
 * over or news come. PROTOCOL.md §5.
 */
export class Recruiter {
  readonly #options: RecruiterOptions;
  /** Neighbours of an earlier run that are still to be tried. At most {@link ANCHORS_MAX}. */
  readonly #anchors = new Set<PeerId>();
  /** Dialled, and neither signed nor failed yet; with the edges they showed. At most m. */
  readonly #courted = new Map<PeerId, number | undefined>();
  /** Failed in this search. */
  readonly #avoided = new Set<PeerId>();
  readonly #timeout: Alarm;
  readonly #pause: Alarm;
  #pauseMs: number;
  #round: Round | undefined;
  #fruitlessRounds = 0;
  #running = false;

  constructor(options: RecruiterOptions) {
    this.#options = options;
    this.#pauseMs = options.timing.retryMinMs;
    this.#timeout = new Alarm(options.lobby.local.clock);
    this.#pause = new Alarm(options.lobby.local.clock);
  }

  /** The search begins with these, those of them that are members. */
  remember(anchors: Iterable<PeerId>): void {
    for (const id of anchors) if (this.#anchors.size < ANCHORS_MAX) this.#anchors.add(id);
  }

  start(): void {
    this.#running = true;
    this.seek();
  }

  stop(): void {
    this.#running = false;
    this.#round = undefined;
    this.#timeout.cancel();
    this.#pause.cancel();
    this.#options.desk.abandon();
  }

  /** Whether this node has drawn `id` and waits for its signature. */
  courts(id: PeerId): boolean {
    return this.#courted.has(id);
  }

  /** Edges that `id` showed before it was drawn. */
  degreeSeen(id: PeerId): number | undefined {
    return this.#courted.get(id);
  }

  /** Whether a link with `candidate` would stand where the owned ones leave room. */
  hasRoomFor({ netgroup }: Candidate): boolean {
    return this.#spread(this.#pool()).hasRoom(netgroup);
  }

  /** Members have come, or come back: a search that had run dry goes on. */
  refresh(): void {
    if (this.#pause.isSet) {
      this.#pause.cancel();
      this.#fruitlessRounds = 0;
    }
    this.seek();
  }

  /** What became of somebody courted: `avoid` when it failed, or turned this node down. */
  settle(id: PeerId, outcome: "linked" | "avoid"): void {
    if (!this.#courted.delete(id)) return;
    if (outcome === "avoid") this.#avoided.add(id);
    else this.#fruitlessRounds = 0;
    this.seek();
  }

  /** Looks whether links are missing, and starts a round if so and none is under way. */
  seek(): void {
    if (!this.#running || this.#round !== undefined || this.#courted.size > 0 || this.#pause.isSet) return;
    const wanted = this.#wanted();
    if (wanted <= 0) return this.#rest();
    const pool = this.#pool();
    if (pool.length === 0 || this.#fruitlessRounds > CALM_ROUNDS) return this.#giveUpForNow();
    this.#fruitlessRounds += 1;
    const remembered = pool.filter(({ id }) => this.#anchors.has(id)).slice(0, wanted);
    this.#anchors.clear();
    if (remembered.length > 0) return this.#takeAll(remembered);
    const spread = this.#spread(pool);
    const eligible = pool.filter(({ netgroup }) => spread.hasRoom(netgroup));
    if (eligible.length <= wanted) return this.#takeAll(this.#diverse(eligible, wanted, spread));
    this.#ask(sample(eligible, this.#options.askedMax, this.#options.random));
  }

  /** How many links are missing: a node owns m, or as many as there are members to link to. */
  #wanted(): number {
    const { candidates, neighbourhood, m } = this.#options;
    const missing = m - neighbourhood.owned;
    if (missing <= 0) return 0; // news of members come by the thousand
    let unlinked = candidates.size;
    for (const { id } of neighbourhood) if (candidates.has(id)) unlinked -= 1;
    return Math.min(missing, unlinked);
  }

  #pool(): Candidate[] {
    const { candidates, neighbourhood } = this.#options;
    return [...candidates].filter(({ id }) => !neighbourhood.has(id) && !this.#avoided.has(id));
  }

  /** Where the owned links go, relaxed so far that somebody in `pool` may be drawn. */
  #spread(pool: readonly Candidate[]): Spread {
    const { candidates, neighbourhood } = this.#options;
    const spread = new Spread();
    for (const { id, isOwn } of neighbourhood) {
      const netgroup = isOwn ? candidates.get(id)?.netgroup : undefined;
      if (netgroup !== undefined) spread.add(netgroup);
    }
    spread.relaxFor(pool.map(({ netgroup }) => netgroup));
    return spread;
  }

  #diverse(pool: readonly Candidate[], wanted: number, spread: Spread): Candidate[] {
    const { cap, random } = this.#options;
    const attachment = this.#options.attachment();
    const alike = pool.map((candidate) => ({ ...candidate, degree: 0 }));
    return preferentialAttachment(alike, wanted, { cap, attachment, spread }, random);
  }

  #ask(asked: readonly Candidate[]): void {
    const { desk, timing } = this.#options;
    const round = new Round(asked, this.#fruitlessRounds > CALM_ROUNDS);
    const judge = this.#judge();
    this.#round = round;
    this.#timeout.set(timing.askTimeoutMs, () => this.#draw(round));
    for (const candidate of asked) {
      desk.ask(candidate, timing.askTimeoutMs, (edges) => {
        if (round === this.#round)
          this.#heard(round, candidate, edges && this.#assess(candidate, edges, judge));
      });
    }
  }

  #heard(round: Round, candidate: Candidate, answer: Answer | undefined): void {
    if (answer === undefined) this.#avoided.add(candidate.id);
    round.heard(candidate, answer);
    if (round.isComplete || (round.isHasty && round.answers.length >= this.#wanted())) this.#draw(round);
  }

  /** What the answers of one round are judged by. */
  #judge(): EdgeJudge {
    const { candidates, lobby } = this.#options;
    const { networkId, verifier, clock } = lobby.local;
    const crowds = new Crowds(candidates);
    return {
      member: (id) => candidates.get(id),
      crowd: (netgroup) => crowds.in(netgroup),
      wallTime: clock.wallTime(),
      isSigned: (edge) => verifyEdge(edge, networkId, verifier),
    };
  }

  #assess(candidate: Candidate, edges: readonly Edge[], judge: EdgeJudge): Answer {
    const { cap, m } = this.#options;
    const { id, netgroup } = candidate;
    const degree = attestedDegree(id, edges, judge, { m, max: cap });
    return { id, netgroup, candidate, degree, degreeSeen: edges.length };
  }

  #draw(round: Round): void {
    this.#round = undefined;
    this.#timeout.cancel();
    this.#options.desk.abandon();
    if (!round.isHasty) for (const { id } of round.silent) this.#avoided.add(id);
    const drawn = this.#choose(round);
    for (const { id, degreeSeen } of drawn) this.#courted.set(id, degreeSeen);
    for (const { candidate } of drawn) this.#dial(candidate);
    this.#tell(round.asked.length, round.answers.length, drawn);
    this.seek();
  }

  /** Whom to take of those who answered and are still neither neighbours nor gone. */
  #choose(round: Round): readonly Answer[] {
    const { candidates, neighbourhood, cap, random } = this.#options;
    const attachment = this.#options.attachment();
    const free = round.answers.filter(({ id }) => candidates.has(id) && !neighbourhood.has(id));
    const wanted = Math.max(0, this.#wanted());
    if (round.isHasty) return free.slice(0, wanted);
    const spread = this.#spread(free.map(({ candidate }) => candidate));
    return preferentialAttachment(free, wanted, { cap, attachment, spread }, random);
  }

  #takeAll(pool: readonly Candidate[]): void {
    for (const { id } of pool) this.#courted.set(id, undefined);
    for (const candidate of pool) this.#dial(candidate);
    this.#tell(0, 0, pool);
  }

  #dial({ id, address }: Candidate): void {
    const { lobby, neighbourhood } = this.#options;
    lobby.dial(address, {
      expect: id,
      done: (outcome) => {
        // Refused as a duplicate: the other end dialled, too, and its link stays.
        if ("failed" in outcome) this.settle(id, neighbourhood.has(id) ? "linked" : "avoid");
      },
    });
  }

  #tell(asked: number, answered: number, drawn: readonly { readonly id: PeerId }[]): void {
    this.#options.sought({ asked, answered, drawn: drawn.map(({ id }) => id) });
  }

  /** Nobody is left, or nobody will have this node. With members left it tries again, later and later. */
  #giveUpForNow(): void {
    const { timing, random } = this.#options;
    this.#pause.set(jitter(this.#pauseMs, 0.2, random), () => {
      this.#avoided.clear();
      this.#fruitlessRounds = 0;
      this.seek();
    });
    this.#pauseMs = Math.min(timing.retryMaxMs, this.#pauseMs * 2);
  }

  #rest(): void {
    this.#avoided.clear();
    this.#fruitlessRounds = 0;
    this.#pauseMs = this.#options.timing.retryMinMs;
  }
}
