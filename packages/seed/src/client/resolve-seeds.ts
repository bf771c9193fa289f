import { quorumOf, type SeedEntry } from "@p2p/consensus";
import { P2PError, type PeerId } from "@p2p/identity";
import {
  type Address,
  askWho,
  type Cancel,
  type CloseReason,
  type Introduction,
  isLoopback,
  jitter,
  type WhoPorts,
} from "@p2p/wire";

/** A seed as a configuration names it: with its id, or without. */
export interface SeedLine {
  readonly address: Address;
  readonly id?: PeerId | undefined;
}

/** How seeds without an id are resolved. */
export interface ResolveOptions {
  /** Who answered at each address before, as {@link ResolvedSeeds.learned} said then. Default: nobody. */
  readonly remembered?: ReadonlyMap<Address, PeerId> | undefined;
  /** How many seeds may be compromised (f). Default: 0. */
  readonly faulty?: number | undefined;
  /** First pause before somebody who did not answer is asked again, in milliseconds; doubled up to 10 000. Default: 500. */
  readonly againMs?: number | undefined;
}

/** All seeds with their ids. */
export interface ResolvedSeeds {
  /** In the order of the lines. */
  readonly seeds: readonly SeedEntry[];
  /** What to remember: who answers at each address that came without an id. Worth a warning where it is new. */
  readonly learned: ReadonlyMap<Address, PeerId>;
  /** The addresses in {@link learned} that were not remembered. */
  readonly trusted: readonly Address[];
}

const PAUSE_MAX_MS = 10_000;

/**
 * Finds out the ids of seeds that a configuration names by address only: asks each who it is, again and again until it
 * answers. An answer is believed when the same key was remembered; on loopback; or when q seeds name that key, itself
 * among them. Who was met before and is silent now is taken at his remembered key. PROTOCOL.md §4.5.
 * @param done told once, never inside this call: all seeds, or `SEED_KEY_CHANGED` when another key answers than the one
 *   remembered or named in its line.
 * @returns gives it up; then nothing is told.
 */
export function resolveSeeds(
  lines: readonly SeedLine[],
  ports: WhoPorts,
  done: (outcome: ResolvedSeeds | P2PError) => void,
  options: ResolveOptions = {},
): Cancel {
  const inquiry = new Inquiry(lines, ports, done, options);
  inquiry.start();
  return () => inquiry.end();
}

class Inquiry {
  readonly #lines: readonly SeedLine[];
  readonly #ports: WhoPorts;
  readonly #done: (outcome: ResolvedSeeds | P2PError) => void;
  readonly #remembered: ReadonlyMap<Address, PeerId>;
  readonly #quorum: number;
  readonly #againMs: number;
  /** The newest answer at each address. */
  readonly #answers = new Map<Address, Introduction>();
  /** The addresses that have answered, or failed to, at least once. */
  readonly #tried = new Set<Address>();
  readonly #cancels = new Map<Address, Cancel>();
  #isOver = false;

  constructor(
    lines: readonly SeedLine[],
    ports: WhoPorts,
    done: (outcome: ResolvedSeeds | P2PError) => void,
    { remembered = new Map(), faulty = 0, againMs = 500 }: ResolveOptions,
  ) {
    this.#lines = lines;
    this.#ports = ports;
    this.#done = done;
    this.#remembered = remembered;
    this.#quorum = quorumOf(lines.length, faulty);
    this.#againMs = againMs;
  }

  start(): void {
    if (this.#lines.some(({ id }) => id === undefined)) {
      // Those whose ids are known are asked as well: they may name the others.
      for (const line of this.#lines) this.#ask(line, this.#againMs);
    } else {
      this.#cancels.set(
        "" as Address,
        this.#ports.clock.after(0, () => this.#look()),
      );
    }
  }

  end(): void {
    this.#isOver = true;
    for (const cancel of this.#cancels.values()) cancel();
  }

  #ask(line: SeedLine, pauseMs: number): void {
    askWho(this.#ports, line.address, (answer) => {
      if (!this.#isOver) this.#heard(line, answer, pauseMs);
    });
  }

  #heard(line: SeedLine, answer: Introduction | CloseReason, pauseMs: number): void {
    const { address } = line;
    this.#tried.add(address);
    if ("id" in answer) {
      const known = line.id ?? this.#remembered.get(address);
      if (known !== undefined && known !== answer.id)
        return this.#conclude(keyChanged(address, known, answer.id));
      this.#answers.set(address, answer);
    }
    this.#look();
    if (this.#isOver || (this.#answers.has(address) && this.#idOf(line) !== undefined)) return;
    const { clock, random } = this.#ports;
    const again = (): void => this.#ask(line, Math.min(PAUSE_MAX_MS, pauseMs * 2));
    this.#cancels.set(address, clock.after(jitter(pauseMs, 0.2, random), again));
  }

  /** Whether everything is known now. */
  #look(): void {
    const ids = this.#lines.map((line) => this.#idOf(line));
    if (ids.includes(undefined)) return;
    const seeds = this.#lines.map(({ address }, index) => ({ address, id: ids[index] as PeerId }));
    const learned = new Map(
      seeds
        .filter((_, index) => this.#lines[index]?.id === undefined)
        .map(({ address, id }) => [address, id]),
    );
    const trusted = [...learned.keys()].filter((address) => !this.#remembered.has(address));
    this.#conclude({ seeds, learned, trusted });
  }

  #idOf({ address, id }: SeedLine): PeerId | undefined {
    if (id !== undefined) return id;
    const answer = this.#answers.get(address)?.id;
    const known = this.#remembered.get(address);
    // Asked once all the same: a changed key shall not go unnoticed while its holder is up.
    if (known !== undefined) return this.#tried.has(address) ? known : undefined;
    if (answer === undefined || isLoopback(address)) return answer;
    return this.#namersOf(answer) >= this.#quorum ? answer : undefined;
  }

  /** How many seeds name `id`, as their own key or as one that they know. */
  #namersOf(id: PeerId): number {
    const namers = [...this.#answers.values()].filter(
      (answer) => answer.id === id || answer.seeds.includes(id),
    );
    return new Set(namers.map((answer) => answer.id)).size;
  }

  #conclude(outcome: ResolvedSeeds | P2PError): void {
    if (this.#isOver) return;
    this.end();
    this.#done(outcome);
  }
}

function keyChanged(address: Address, known: PeerId, answered: PeerId): P2PError {
  return new P2PError(
    "SEED_KEY_CHANGED",
    `the seed at ${address} has another key (${answered}) than the one known (${known}); if whoever runs it replaced it, ` +
      "write the new id behind its address in the configuration, else do not trust it",
  );
}
