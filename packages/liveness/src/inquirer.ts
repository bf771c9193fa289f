import {
  clears,
  type ProbeOutcome,
  type Prober,
  type ProofOfLife,
  type Testimony,
  verifyProofOfLife,
  WITNESS,
} from "@p2p/consensus";
import type { PeerId } from "@p2p/identity";
import { type Cancel, sample } from "@p2p/wire";
import type { Courier } from "./courier.ts";
import type { Listed } from "./directory.ts";
import { Inquiry, type Verdict } from "./inquiry.ts";
import type { Surroundings } from "./surroundings.ts";

/** Whom to look for, and how. */
export interface Wanted {
  readonly victim: Listed;
  /** 1 to `NONCES_MAX`. The first is this node's own: a proof has to answer it. */
  readonly nonces: readonly Uint8Array[];
  /** How long to look, in milliseconds: all of it, unless life is met. */
  readonly spanMs: number;
  /** Members that are not asked to help. */
  readonly except: ReadonlySet<PeerId>;
}

/** What an inquiry ends with: a proof that counts, or none. */
export type Finding =
  | { readonly kind: "alive"; readonly proof: ProofOfLife }
  /** Silence, but of everybody else as well. */
  | { readonly kind: "deaf" }
  | { readonly kind: Verdict };

/** A refused dial is repeated so often in one inquiry: who restarts quickly is not accused. */
const REFUSED_LOOKS = 3;

/**
 * Looks for suspects by itself, over a fresh link, and at once through members who are somewhere else in the network.
 * A look during which this process was away is made again, however often. One inquiry a victim at a time.
 */
export class Inquirer {
  readonly #around: Surroundings;
  readonly #prober: Prober;
  readonly #courier: Courier;
  readonly #helpers: number;
  readonly #open = new Map<PeerId, Search>();

  /** @param helpers how many members are asked. */
  constructor(around: Surroundings, prober: Prober, courier: Courier, helpers: number) {
    this.#around = around;
    this.#prober = prober;
    this.#courier = courier;
    this.#helpers = helpers;
  }

  /**
   * Looks for a member.
   * @param done told once, never inside this call.
   * @returns stops looking; then nothing is told.
   */
  look(wanted: Wanted, done: (finding: Finding) => void): Cancel {
    let cancel: Cancel = ignore;
    const again = (): void => {
      cancel = this.#search(wanted, (finding, wasAway) => (wasAway ? again() : done(finding)));
    };
    again();
    return () => cancel();
  }

  /** One short look of this node's own, after all else. As {@link look} otherwise. */
  glance({ victim, nonces, spanMs: timeoutMs }: Wanted, done: (finding: Finding) => void): Cancel {
    const { health, lobby } = this.#around;
    let cancel: Cancel = ignore;
    const again = (): void => {
      const since = lobby.local.clock.now();
      cancel = this.#prober.probe({ ...victim, nonces, timeoutMs }, (outcome) => {
        if (outcome.kind !== "alive" && health.wasAwaySince(since)) again();
        else done(outcome.kind === "busy" ? { kind: "blind" } : outcome);
      });
    };
    again();
    return () => cancel();
  }

  /** A helper's answer. Its proof is checked here; it need not be trusted. */
  hear({ victim, outcome, proof }: Testimony, helper: PeerId): void {
    const search = this.#open.get(victim);
    if (!search?.inquiry.heard(helper, outcome)) return;
    this.#around.health.answered();
    if (outcome !== "alive" || proof === undefined) return;
    const { networkId, verifier } = this.#around.lobby.local;
    const { victim: wanted, nonces } = search.wanted;
    const isOurs = clears(proof, wanted.peer, wanted.incarnation, nonces[0] as Uint8Array);
    if (isOurs && verifyProofOfLife(proof, networkId, verifier))
      this.#conclude(search, { kind: "alive", proof });
  }

  #search(wanted: Wanted, done: (finding: Finding, wasAway: boolean) => void): Cancel {
    const { victim, nonces, spanMs } = wanted;
    const { health, lobby } = this.#around;
    const search = new Search(wanted, this.#drawHelpers(wanted), lobby.local.clock.now(), done);
    this.#open.set(victim.peer, search);
    this.#lookMyself(search);
    const request = WITNESS.encode({ victim: victim.peer, incarnation: victim.incarnation, nonces });
    for (const helper of search.inquiry.helpers) this.#courier.send(helper, request);
    search.cancelEnd = health.after(spanMs, (wasAway) => this.#timeUp(search, wasAway));
    return () => this.#release(search);
  }

  #timeUp(search: Search, wasAway: boolean): void {
    const kind = search.inquiry.verdict;
    const isDeaf = kind === "silent" && this.#isDeafTo(search);
    this.#conclude(search, isDeaf ? { kind: "deaf" } : { kind }, wasAway);
  }

  /** Whether nobody else answers either, though there are others. */
  #isDeafTo({ wanted, since }: Search): boolean {
    const { directory, health, lobby } = this.#around;
    if (!health.isDeafSince(since)) return false;
    for (const { peer } of directory.members())
      if (peer !== wanted.victim.peer && peer !== lobby.id) return true;
    return false;
  }

  #lookMyself(search: Search): void {
    const { clock } = this.#around.lobby.local;
    const { victim, nonces } = search.wanted;
    const target = { ...victim, nonces, timeoutMs: Math.max(1, search.endsAt - clock.now()) };
    search.cancelLook = this.#prober.probe(target, (outcome) => this.#looked(search, outcome));
  }

  #looked(search: Search, outcome: ProbeOutcome): void {
    if (outcome.kind === "alive") return this.#conclude(search, outcome);
    search.inquiry.looked(outcome.kind);
    if (outcome.kind !== "refused") return;
    const { clock } = this.#around.lobby.local;
    const pauseMs = search.wanted.spanMs / REFUSED_LOOKS;
    if (clock.now() + pauseMs >= search.endsAt) return;
    search.cancelLook = clock.after(pauseMs, () => this.#lookMyself(search));
  }

  #drawHelpers({ victim, except }: Wanted): readonly PeerId[] {
    const { lobby, directory, random } = this.#around;
    const others: PeerId[] = [];
    for (const { peer } of directory.members()) {
      if (peer !== victim.peer && peer !== lobby.id && !except.has(peer)) others.push(peer);
    }
    return sample(others, this.#helpers, random);
  }

  #conclude(search: Search, finding: Finding, wasAway = false): void {
    this.#release(search);
    search.done(finding, wasAway);
  }

  #release(search: Search): void {
    search.cancelEnd();
    search.cancelLook();
    if (this.#open.get(search.wanted.victim.peer) === search) this.#open.delete(search.wanted.victim.peer);
  }
}

/** An inquiry under way. */
class Search {
  readonly wanted: Wanted;
  readonly inquiry: Inquiry;
  /** Monotonic time of its beginning. */
  readonly since: number;
  readonly endsAt: number;
  readonly done: (finding: Finding, wasAway: boolean) => void;
  cancelEnd: Cancel = ignore;
  cancelLook: Cancel = ignore;

  constructor(wanted: Wanted, helpers: readonly PeerId[], since: number, done: Search["done"]) {
    this.wanted = wanted;
    this.inquiry = new Inquiry(helpers);
    this.since = since;
    this.endsAt = since + wanted.spanMs;
    this.done = done;
  }
}

function ignore(): void {
  // Nothing to take back.
}
