/** A figure of an attack's worlds, and what it has to keep to. */
export interface Measure {
  /** What is counted, in a few words. */
  readonly label: string;
  /** What counts of many worlds: their sum, their mean, or the furthest towards the bound. */
  readonly of: "sum" | "mean" | "worst";
  readonly atMost?: number;
  /** A figure of an attack that must have reached its target at all is one of these, too. */
  readonly atLeast?: number;
}

/** The figures of one world by the names of its attack's measures, and what else was wrong in it. */
export interface Outcome {
  readonly figures: Readonly<Record<string, number>>;
  /** Rules of the testbed that were broken. Empty: none was. */
  readonly wrong: readonly string[];
}

/** An attack, as data and a function: what a liar tries, in a world of real nodes that is drawn from a number. */
export interface Attack {
  /** Its number in the catalogue. */
  readonly number: number;
  readonly name: string;
  /** What stops it, and where that is written. */
  readonly stoppedBy: string;
  /** Most worlds that say anything; those in which nothing is drawn need one. Default: as many as are asked for. */
  readonly worldsMax?: number;
  readonly measures: Readonly<Record<string, Measure>>;
  /** Runs world number `seed` of it. The same number gives the same outcome. */
  run(seed: number): Outcome;
}
