import { electorate } from "@p2p/consensus";
import type { PeerId } from "@p2p/identity";
import { type Cancel, type Lobby, pick } from "@p2p/wire";
import { ELECTORATE, ELECTORATE_ASK } from "../frames.ts";
import type { SeedLinks } from "./seed-links.ts";

/** Victims that are asked about at a time, and how many wait for one answer. */
const ASKED_MAX = 256;
const WAITING_MAX = 64;

/** Gets who watches over a victim. */
export type ElectorateDone = (monitors: readonly PeerId[]) => void;

/** Asks a seed who watches over somebody, and answers itself when no seed does. */
export class ElectorateDesk {
  readonly #lobby: Lobby;
  readonly #links: SeedLinks;
  readonly #timeoutMs: number;
  readonly #members: () => Iterable<PeerId>;
  readonly #questions = new Map<PeerId, Question>();

  constructor(lobby: Lobby, links: SeedLinks, timeoutMs: number, members: () => Iterable<PeerId>) {
    this.#lobby = lobby;
    this.#links = links;
    this.#timeoutMs = timeoutMs;
    this.#members = members;
    lobby.seeds.route(ELECTORATE, ({ victim, monitors }, { id }) => {
      if (this.#questions.get(victim)?.seed === id) this.#conclude(victim, monitors);
    });
  }

  /** See `SeedClient.electorate`. */
  ask(victim: PeerId, done: ElectorateDone, neighbours: Iterable<PeerId>): void {
    const { clock, random } = this.#lobby.local;
    const ownView = (): readonly PeerId[] => electorate(victim, neighbours, this.#members());
    const open = this.#questions.get(victim);
    if (open !== undefined && open.waiting.length < WAITING_MAX) return void open.waiting.push(done);
    const isFull = open !== undefined || this.#questions.size >= ASKED_MAX;
    const seed = isFull ? undefined : pick(this.#links.linked, random);
    if (seed === undefined) return void clock.after(0, () => done(ownView()));
    const cancel = clock.after(this.#timeoutMs, () => this.#conclude(victim, ownView()));
    this.#questions.set(victim, { seed, waiting: [done], cancel });
    this.#links.send(seed, ELECTORATE_ASK.encode({ victim }));
  }

  /** Drops all questions; nobody is told. */
  close(): void {
    for (const { cancel } of this.#questions.values()) cancel();
    this.#questions.clear();
  }

  #conclude(victim: PeerId, monitors: readonly PeerId[]): void {
    const question = this.#questions.get(victim);
    if (question === undefined) return;
    this.#questions.delete(victim);
    question.cancel();
    for (const done of question.waiting) done(monitors);
  }
}

interface Question {
  readonly seed: PeerId;
  readonly waiting: ElectorateDone[];
  readonly cancel: Cancel;
}
