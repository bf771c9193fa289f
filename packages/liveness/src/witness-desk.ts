import {
  answersNonce,
  NONCES_MAX,
  type ProbeOutcome,
  type Prober,
  TESTIMONY,
  type Testimony,
  type Witness,
} from "@p2p/consensus";
import type { PeerId } from "@p2p/identity";
import { Allowance, type Cancel, type Connection } from "@p2p/wire";
import type { Surroundings } from "./surroundings.ts";

/** Members looked for, or lately looked for, at a time; a further one is answered "busy". */
const LOOKS_MAX = 128;
/** Askers that wait for one look; further ones are answered "busy". */
const WAITING_MAX = 32;

/**
 * Looks for members on behalf of others. It dials only the address that this node's own directory lists, so nobody can
 * aim it at a third party; who asks about a member it has just looked for, or is looking for, gets that answer with its
 * age. Only a living member is looked for again at once, if its proof does not answer the asker: no other use could be
 * made of it. Seeds and members may ask, each so many times a minute; everybody else is "busy" to it. PROTOCOL.md §6.
 */
export class WitnessDesk {
  readonly #around: Surroundings;
  readonly #prober: Prober;
  readonly #allowance: Allowance;
  readonly #looks = new Map<PeerId, Look>();

  /** @param dialsPerMinute for each asker. */
  constructor(around: Surroundings, prober: Prober, dialsPerMinute: number) {
    this.#around = around;
    this.#prober = prober;
    this.#allowance = new Allowance({ max: dialsPerMinute, perMs: 60_000 });
  }

  /** Answers with TESTIMONY over the same link, now or within the time a helper has. */
  ask(question: Witness, from: Connection): void {
    const { directory, lobby } = this.#around;
    const { victim } = question;
    const asker = { question, from };
    if (victim === from.id || victim === lobby.id) return;
    if (!directory.isSeed(from.id) && directory.find(from.id) === undefined) return this.#answer(asker, BUSY);
    if ((directory.find(victim)?.incarnation ?? -1) < question.incarnation)
      return this.#answer(asker, UNKNOWN);
    const held = this.#looks.get(victim);
    if (held !== undefined && this.#canRepeat(held, question)) return this.#repeat(held, asker);
    if (!this.#allowance.take(from.id, lobby.local.clock.now())) return this.#answer(asker, BUSY);
    if (held?.isOpen) return held.waiting.length < WAITING_MAX ? held.wait(asker) : this.#answer(asker, BUSY);
    if (held === undefined && this.#looks.size >= LOOKS_MAX) return this.#answer(asker, BUSY);
    this.#look(victim, [asker]);
  }

  /** Gives up all looks. */
  stop(): void {
    for (const look of this.#looks.values()) look.cancel();
    this.#looks.clear();
  }

  #look(victim: PeerId, askers: readonly Asker[]): void {
    const { directory, timing } = this.#around;
    const listed = directory.find(victim);
    this.#looks.get(victim)?.cancel();
    this.#looks.delete(victim);
    if (listed === undefined) {
      for (const asker of askers) this.#answer(asker, UNKNOWN);
      return;
    }
    const look = new Look(askers, this.#around.lobby.local.clock.now());
    this.#looks.set(victim, look);
    const incarnation = Math.min(...askers.map(({ question }) => question.incarnation));
    const target = { ...listed, incarnation, nonces: look.nonces, timeoutMs: timing.helperTimeoutMs };
    look.cancel = this.#prober.probe(target, (outcome) => this.#looked(victim, look, outcome));
  }

  #looked(victim: PeerId, look: Look, outcome: ProbeOutcome): void {
    const { health, lobby } = this.#around;
    const { clock } = lobby.local;
    // Silence that this process slept through is no testimony.
    const isSpoilt = outcome.kind === "silent" && health.wasAwaySince(look.since);
    look.conclude(isSpoilt ? { kind: "busy" } : outcome, clock.now());
    look.cancel = clock.after(this.#around.timing.repeatWithinMs, () => this.#looks.delete(victim));
    const askers = look.waiting.splice(0);
    const unserved = askers.filter(({ question }) => !this.#canRepeat(look, question));
    for (const asker of askers) if (!unserved.includes(asker)) this.#repeat(look, asker);
    if (unserved.length > 0) this.#look(victim, unserved);
  }

  #canRepeat({ outcome }: Look, { incarnation, nonces }: Witness): boolean {
    if (outcome?.kind !== "alive") return outcome !== undefined;
    const { proof } = outcome;
    // The first nonce is the asker's own; without it the proof is worth nothing to him.
    return proof.incarnation >= incarnation && answersNonce(proof, nonces[0] as Uint8Array);
  }

  #repeat({ outcome, at }: Look, asker: Asker): void {
    if (outcome === undefined) return;
    const ageMs = Math.round(this.#around.lobby.local.clock.now() - at);
    const proof = outcome.kind === "alive" ? outcome.proof : undefined;
    this.#answer(asker, { outcome: outcome.kind, ageMs, proof });
  }

  #answer({ question: { victim, incarnation }, from }: Asker, answer: Answer): void {
    from.send(TESTIMONY.encode({ victim, incarnation, proof: undefined, ...answer }));
  }
}

interface Asker {
  readonly question: Witness;
  readonly from: Connection;
}

type Answer = Pick<Testimony, "outcome" | "ageMs" | "proof">;

const BUSY: Answer = { outcome: "busy", ageMs: 0 };
const UNKNOWN: Answer = { outcome: "unknown", ageMs: 0 };

/** One look for one member: under way, with askers who wait, or over, with what came of it. */
class Look {
  readonly waiting: Asker[];
  /** Monotonic time of its beginning. */
  readonly since: number;
  /** What is shown to the member: as many of the askers' nonces as one proof answers. */
  readonly nonces: readonly Uint8Array[];
  outcome: ProbeOutcome | undefined;
  /** Monotonic time of the outcome. */
  at = 0;
  cancel: Cancel = () => undefined;

  constructor(askers: readonly Asker[], since: number) {
    this.waiting = [...askers];
    this.since = since;
    this.nonces = nonceUnion(askers);
  }

  get isOpen(): boolean {
    return this.outcome === undefined;
  }

  wait(asker: Asker): void {
    this.waiting.push(asker);
  }

  conclude(outcome: ProbeOutcome, now: number): void {
    this.outcome = outcome;
    this.at = now;
  }
}

/** The first nonce of everybody (his own) before anybody's second. */
function nonceUnion(askers: readonly Asker[]): readonly Uint8Array[] {
  const firsts = askers.map(({ question }) => question.nonces[0] as Uint8Array);
  const others = askers.flatMap(({ question }) => question.nonces.slice(1));
  return [...firsts, ...others].slice(0, NONCES_MAX);
}
