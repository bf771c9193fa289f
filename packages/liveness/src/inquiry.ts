import type { TestimonyOutcome } from "@p2p/consensus";
import type { PeerId } from "@p2p/identity";

/** What came of a look of one's own. "busy": it was not made. */
export type OwnLook = "refused" | "silent" | "busy";

/** What is known at the end of an inquiry that met no life: "blind" is nothing at all. */
export type Verdict = "refused" | "silent" | "blind";

/** One search for a suspect: what this node saw itself, and what each helper says. */
export class Inquiry {
  readonly #testimonies: Map<PeerId, TestimonyOutcome | undefined>;
  #own: OwnLook = "silent";

  constructor(helpers: readonly PeerId[]) {
    this.#testimonies = new Map(helpers.map((helper) => [helper, undefined]));
  }

  get helpers(): readonly PeerId[] {
    return [...this.#testimonies.keys()];
  }

  /** The newest look of one's own counts: a process that is starting refuses first. */
  looked(own: OwnLook): void {
    this.#own = own;
  }

  /** What a helper says. False when it was not asked, or has answered. */
  heard(helper: PeerId, outcome: TestimonyOutcome): boolean {
    if (!this.#testimonies.has(helper) || this.#testimonies.get(helper) !== undefined) return false;
    this.#testimonies.set(helper, outcome);
    return true;
  }

  /** What to make of it when the time is up. A helper's "alive" without a proof that counts here says nothing. */
  get verdict(): Verdict {
    if (this.#own !== "busy") return this.#own;
    const outcomes = [...this.#testimonies.values()];
    return outcomes.some((outcome) => outcome === "refused" || outcome === "silent") ? "silent" : "blind";
  }
}
