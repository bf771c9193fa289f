import { SeededRandom } from "@p2p/sim";
import { pick, type Random } from "@p2p/wire";
import type { Finding, Target } from "./target.ts";

/** Good inputs that are drawn at a time, and how many others are made of each. */
const SAMPLES = 64;
const OF_EACH = 24;
/** Made inputs with something in them that are kept, to be changed once more. */
const KEPT_MAX = 256;
/** Findings of one round, at most: after that it is known that something is wrong. */
const FINDINGS_MAX = 8;
/** How long an input may take to be read, written, read and written again, in milliseconds: this, and a millisecond for each 4 000 bytes. */
const SLOW_MS = 25;
const SLOW_BYTES_A_MS = 4000;
/** Nothing longer is read by anybody. */
const BYTES_MAX: number = 1024 * 1024;

/** How a {@link Round} is run. */
export interface RoundOptions {
  readonly target: Target;
  readonly seed: number;
  /** Inputs. */
  readonly frames: number;
  /** Milliseconds of work since whenever: those of a clock, if nobody else uses the machine. */
  readonly now: () => number;
}

/** What came of a {@link Round}. */
export interface RoundReport {
  readonly frames: number;
  /** Inputs in which there was something. */
  readonly values: number;
  readonly bytes: number;
  /** The slowest reading, in milliseconds. */
  readonly slowestMs: number;
  readonly findings: readonly Finding[];
}

/** So many inputs for one target, all drawn from a number. */
export class Round {
  readonly #options: RoundOptions;
  readonly #random: Random;
  readonly #findings: Finding[] = [];
  readonly #told = new Set<string>();
  #kept: Uint8Array[] = [];
  #frames = 0;
  #values = 0;
  #bytes = 0;
  #slowestMs = 0;

  constructor(options: RoundOptions) {
    this.#options = options;
    this.#random = new SeededRandom(options.seed).fork(options.target.name);
  }

  run(): RoundReport {
    const { target, frames, seed } = this.#options;
    for (let draw = 0; !this.#isOver(frames); draw++) {
      const samples = target.samples(seed + draw * 7_919, SAMPLES);
      for (const sample of samples) this.#feed(sample, frames);
      for (const sample of samples) this.#vary(sample, samples, frames);
    }
    const [values, bytes] = [this.#values, this.#bytes];
    return { frames: this.#frames, values, bytes, slowestMs: this.#slowestMs, findings: this.#findings };
  }

  #isOver(frames: number): boolean {
    return this.#frames >= frames || this.#findings.length >= FINDINGS_MAX;
  }

  #vary(sample: Uint8Array, samples: readonly Uint8Array[], frames: number): void {
    const { mutate } = this.#options.target;
    for (let count = 0; count < OF_EACH; count++) {
      const isDeep = this.#random.next() < 0.3;
      const from = (isDeep ? pick(this.#kept, this.#random) : undefined) ?? sample;
      this.#feed(mutate(from, samples, this.#random), frames);
    }
  }

  #feed(input: Uint8Array, frames: number): void {
    if (this.#isOver(frames) || input.length > BYTES_MAX) return;
    this.#frames++;
    this.#bytes += input.length;
    const begunMs = this.#options.now();
    const isValue = this.#read(input);
    const tookMs = this.#options.now() - begunMs;
    if (isValue) this.#keep(input);
    if (tookMs > this.#slowestMs) this.#timed(input, tookMs);
  }

  #read(input: Uint8Array): boolean {
    try {
      return this.#options.target.read(input);
    } catch (error) {
      this.#find(
        input,
        error instanceof Error ? `${error.name}: ${error.message}` : `threw ${String(error)}`,
      );
      return false;
    }
  }

  #keep(input: Uint8Array): void {
    this.#values++;
    if (this.#kept.length < KEPT_MAX) this.#kept.push(input);
    else this.#kept[this.#values % KEPT_MAX] = input;
  }

  /** The slowest so far: the machine may have done something else meanwhile, so it is read again. */
  #timed(input: Uint8Array, tookMs: number): void {
    const mostMs = SLOW_MS + input.length / SLOW_BYTES_A_MS;
    let leastMs = tookMs;
    for (let again = 0; again < 8 && leastMs > mostMs; again++) {
      const begunMs = this.#options.now();
      this.#read(input);
      leastMs = Math.min(leastMs, this.#options.now() - begunMs);
    }
    this.#slowestMs = Math.max(this.#slowestMs, leastMs);
    if (leastMs > mostMs) this.#find(input, `${Math.round(leastMs)} ms for ${input.length} bytes`);
  }

  /** Each kind of fault once. */
  #find(input: Uint8Array, what: string): void {
    const kind = what.replaceAll(/\d+/g, "0");
    if (this.#told.has(kind)) return;
    this.#told.add(kind);
    this.#findings.push({ target: this.#options.target.name, what, input });
  }
}
