import type { Move, Sight, Step, Trace } from "./trace.ts";
import { Ward } from "./ward.ts";

/** The model's honest seeds; the last of four lies. */
const HONEST = [1, 2, 3];
/** For how many hours there is no quorum. */
const STAND_HOURS = 5;

/**
 * Does again with real seeds what the model did, each alone with puppets, and compares after each step what they hold and
 * what they have voted for.
 */
export class Replay {
  readonly #wards = new Map(HONEST.map((number) => [number, new Ward(number)]));
  readonly #expected = new Map<number, Sight>();
  #life = 1;
  #left = 0;

  /** @returns the first difference, as a sentence; nothing when there is none. */
  run({ name, steps }: Trace): string | undefined {
    for (const [index, step] of steps.entries()) {
      const wrong = this.#tried(step);
      if (wrong !== undefined) return `${name}, step ${index}, ${JSON.stringify(step.move)}: ${wrong}`;
    }
    return undefined;
  }

  /** A seed that does not answer, or does what makes no sense in the trace, is different, too. */
  #tried(step: Step): string | undefined {
    try {
      return this.#take(step);
    } catch (error) {
      return (error as Error).message;
    }
  }

  #take({ move, life, left, seeds }: Step): string | undefined {
    this.#do(move);
    if (life !== this.#life) for (const ward of this.#wards.values()) ward.live(life);
    [this.#life, this.#left] = [life, left];
    for (const [number, sight] of Object.entries(seeds)) this.#expected.set(Number(number), sight);
    return this.#compared();
  }

  #compared(): string | undefined {
    for (const [number, ward] of this.#wards) {
      const [expected, real] = [this.#expected.get(number), ward.sight].map((sight) => JSON.stringify(sight));
      if (expected !== real) return `seed ${number} is ${real} instead of ${expected}`;
    }
    return undefined;
  }

  #do(move: Move): void {
    if ("seed" in move) this.#doTo(this.#ward(move.seed), move);
    else if (move.kind === "Pass") this.#pass(move);
    else if (move.kind === "Stand") for (const ward of this.#wards.values()) ward.pass(STAND_HOURS);
    else if (move.kind === "Listen")
      for (const [number, ear] of Object.entries(move.ears)) this.#ward(Number(number)).listen(ear);
  }

  #doTo(ward: Ward, move: Extract<Move, { readonly seed: number }>): void {
    if (move.kind === "Register") ward.register(this.#life, move.content);
    if (move.kind === "Look") ward.look();
    if (move.kind === "Leave") ward.leave(this.#left);
    if (move.kind === "Hear") ward.hear(move.vote);
    if (move.kind === "Learn") ward.learn(move.fact, move.onLeave);
    if (move.kind === "Show") this.#show(ward);
    if (move.kind === "Restart") ward.restart(move.tick);
    if (move.kind === "Catch") ward.hearTick(move.tick);
  }

  #pass({ who, first, tick }: Extract<Move, { readonly kind: "Pass" }>): void {
    for (const number of who) this.#ward(number).meet(tick - 1);
    for (const number of first) this.#ward(number).hearTick(tick);
    for (const ward of this.#wards.values()) ward.pass(1);
  }

  /** The model says only that there is a vote against this life: that has to be shown. */
  #show(ward: Ward): void {
    const shown = ward.show();
    if (shown?.startsWith(`remove ${this.#life} @`) !== true)
      throw new Error(`it shows ${shown ?? "no vote"}`);
  }

  #ward(number: number): Ward {
    return this.#wards.get(number) as Ward;
  }
}
