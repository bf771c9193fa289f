import type { PeerId } from "@p2p/identity";
import type { Address, Cancel, CloseReason, Connection, DialOutcome, Lobby } from "@p2p/wire";
import { ALIVE, PROBE } from "./frames.ts";
import { answersNonce, NONCES_MAX, type ProofOfLife, verifyProofOfLife } from "./proof-of-life.ts";

/** Whom to look for, and where. */
export interface ProbeTarget {
  readonly peer: PeerId;
  /** The life in question: proofs of an earlier one do not count. */
  readonly incarnation: number;
  /** The certified one: a probe goes nowhere else. */
  readonly address: Address;
  /** 1 to {@link NONCES_MAX} nonces; the proof has to answer all of them. */
  readonly nonces: readonly Uint8Array[];
  /** How long to look, dial and answer together, in milliseconds; below the lobby's `probeLifeMs`. */
  readonly timeoutMs: number;
}

/** What came of looking. */
export type ProbeOutcome =
  /** The peer signed the nonces; the proof is verified and clears every suspicion whose nonce was shown. */
  | { readonly kind: "alive"; readonly proof: ProofOfLife }
  /** The machine answered that nobody listens there. */
  | { readonly kind: "refused" }
  /** No answer in time, no way there, a link that broke, another key, or a lobby that turned the dial away. */
  | { readonly kind: "silent" }
  /** This end did not look, or stopped looking: too many probes at a time, or it is closing. Evidence of nothing. */
  | { readonly kind: "busy" };

/** What a {@link Prober} is made of. */
export interface ProberOptions {
  /** Its door. The prober takes the route of ALIVE on `lobby.probes`, so there is one prober a lobby. */
  readonly lobby: Lobby;
  /** Most probes at a time; further ones end as "busy". Default: 256. */
  readonly probesMax?: number | undefined;
  /** Gets each proof that answers no open probe of its connection: somebody forwards it. Not verified. */
  readonly stray?: ((proof: ProofOfLife, from: Connection) => void) | undefined;
}

/** Looks for members: each time over a fresh probe link, which is closed afterwards. PROTOCOL.md §6.1. */
export class Prober {
  readonly #lobby: Lobby;
  readonly #probesMax: number;
  readonly #stray: (proof: ProofOfLife, from: Connection) => void;
  readonly #attempts = new Set<Attempt>();
  readonly #byConnection = new Map<Connection, Attempt>();

  /** @throws TypeError when ALIVE has a route on `lobby.probes` already. */
  constructor({ lobby, probesMax = 256, stray = ignore }: ProberOptions) {
    this.#lobby = lobby;
    this.#probesMax = probesMax;
    this.#stray = stray;
    lobby.probes.route(ALIVE, ({ proof }, from) => this.#hear(proof, from));
    lobby.probes.on("left", (connection, reason) => this.#lose(connection, reason));
  }

  /** How many probes are open. */
  get size(): number {
    return this.#attempts.size;
  }

  /**
   * Looks for a member once.
   * @param done told once how it ended, never inside this call.
   * @returns stops looking; then nothing is told.
   * @throws RangeError unless there are 1 to {@link NONCES_MAX} nonces.
   */
  probe(target: ProbeTarget, done: (outcome: ProbeOutcome) => void): Cancel {
    const { length } = target.nonces;
    if (length < 1 || length > NONCES_MAX) throw new RangeError(`1 to ${NONCES_MAX} nonces, not ${length}`);
    const { clock } = this.#lobby.local;
    if (this.size >= this.#probesMax) return clock.after(0, () => done({ kind: "busy" }));
    const attempt = new Attempt(target, done);
    this.#attempts.add(attempt);
    attempt.cancelTimer = clock.after(target.timeoutMs, () => this.#conclude(attempt, { kind: "silent" }));
    attempt.cancelDial = this.#lobby.dial(target.address, {
      purpose: "probe",
      expect: target.peer,
      timeoutMs: target.timeoutMs,
      done: (outcome) => this.#dialled(attempt, outcome),
    });
    return () => this.#release(attempt);
  }

  #dialled(attempt: Attempt, outcome: DialOutcome): void {
    if ("failed" in outcome) return this.#conclude(attempt, outcomeOf(outcome.failed));
    const { connection } = outcome;
    attempt.connection = connection;
    attempt.cancelDial = ignore;
    this.#byConnection.set(connection, attempt);
    const { peer, nonces } = attempt.target;
    if (!connection.send(PROBE.encode({ peer, nonces }))) this.#conclude(attempt, { kind: "silent" });
  }

  #hear(proof: ProofOfLife, from: Connection): void {
    const attempt = this.#byConnection.get(from);
    const { networkId, verifier } = this.#lobby.local;
    if (attempt?.isAnsweredBy(proof) && verifyProofOfLife(proof, networkId, verifier)) {
      this.#conclude(attempt, { kind: "alive", proof });
    } else {
      this.#stray(proof, from);
    }
  }

  #lose(connection: Connection, reason: CloseReason): void {
    const attempt = this.#byConnection.get(connection);
    if (attempt === undefined) return;
    this.#byConnection.delete(connection);
    // A link that was open cannot be "refused" any more: whatever broke it, somebody had answered.
    this.#conclude(attempt, { kind: reason.kind === "closed" ? "busy" : "silent" });
  }

  #conclude(attempt: Attempt, outcome: ProbeOutcome): void {
    if (!this.#attempts.has(attempt)) return;
    this.#release(attempt);
    attempt.done(outcome);
  }

  #release(attempt: Attempt): void {
    if (!this.#attempts.delete(attempt)) return;
    attempt.cancelTimer();
    attempt.cancelDial();
    attempt.connection?.close();
  }
}

/** One probe under way. */
class Attempt {
  readonly target: ProbeTarget;
  readonly done: (outcome: ProbeOutcome) => void;
  cancelTimer: Cancel = ignore;
  cancelDial: Cancel = ignore;
  connection: Connection | undefined;

  constructor(target: ProbeTarget, done: (outcome: ProbeOutcome) => void) {
    this.target = target;
    this.done = done;
  }

  isAnsweredBy(proof: ProofOfLife): boolean {
    const { peer, incarnation, nonces } = this.target;
    if (proof.peer !== peer || proof.incarnation < incarnation) return false;
    return nonces.every((nonce) => answersNonce(proof, nonce));
  }
}

function outcomeOf(failure: CloseReason): ProbeOutcome {
  switch (failure.kind) {
    case "refused":
      return { kind: "refused" };
    case "closed":
      return { kind: "busy" };
    default:
      return { kind: "silent" };
  }
}

function ignore(): void {
  // Nothing to do.
}
