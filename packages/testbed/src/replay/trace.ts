/** What a seed of the model holds after a step, as words. */
export interface Sight {
  readonly tick: number;
  /** The fact that is certified about the peer: `add 1 a`, `remove 1`, or nothing. */
  readonly holds: string;
  /** All its votes so far, in alphabetical order: `add 1 a @3`, `remove 1 @4`, `remove 1 @4 on leave`. */
  readonly voted: readonly string[];
}

/** A fact about the peer. */
export interface Fact {
  /** Twice its life, and one more if it is removed from it. */
  readonly rank: number;
  readonly content: string;
}

/** A vote as somebody brings it. Seed 0 is a stranger. */
export interface Ballot {
  readonly seed: number;
  readonly fact: Fact;
  readonly tick: number;
  readonly onLeave: boolean;
}

/** How a seed can hear the peer. */
export type Ear = "clear" | "deaf" | "blind";

/** What happened in a step: `Move` of `model/seeds.qnt`. */
export type Move =
  | { readonly kind: "Begin" | "Live" | "Wish" | "Stand" }
  | { readonly kind: "Register"; readonly seed: number; readonly content: string }
  | { readonly kind: "Look" | "Leave" | "Show"; readonly seed: number }
  | { readonly kind: "Hear"; readonly seed: number; readonly vote: Ballot }
  | { readonly kind: "Learn"; readonly seed: number; readonly fact: Fact; readonly onLeave: boolean }
  | { readonly kind: "Restart" | "Catch"; readonly seed: number; readonly tick: number }
  | { readonly kind: "Listen"; readonly ears: Readonly<Record<number, Ear>> }
  | {
      readonly kind: "Pass";
      readonly who: readonly number[];
      readonly first: readonly number[];
      readonly tick: number;
    };

/** One step of a trace. */
export interface Step {
  readonly move: Move;
  /** The life that the peer is in by now. */
  readonly life: number;
  /** The life that it wished to leave, or 0. */
  readonly left: number;
  /** Honest seeds by their numbers: those about which anything is new. */
  readonly seeds: Readonly<Record<number, Sight>>;
}

/** A run of the model, to be done again with real seeds: four, of which the last lies. */
export interface Trace {
  readonly name: string;
  readonly steps: readonly Step[];
}

/** A fact as words. */
export function factText({ rank, content }: Fact): string {
  const life = Math.floor(rank / 2);
  return rank === 0 ? "" : rank % 2 === 0 ? `add ${life} ${content}` : `remove ${life}`;
}

/** A vote as words. */
export function voteText({ fact, tick, onLeave }: Omit<Ballot, "seed">): string {
  return `${factText(fact)} @${tick}${onLeave ? " on leave" : ""}`;
}
