import {
  type ConfigurationChain,
  type JointCertificate,
  knows,
  type Proposal,
  type SeedEntry,
  TICK,
  type VoteKeyAnnouncement,
  verifyTick,
  verifyVoteKey,
} from "@p2p/consensus";
import { type PeerId, parsePeerId } from "@p2p/identity";
import { type Cancel, type Connection, keepLink, type Lobby, SafeEmitter } from "@p2p/wire";
import { ChainRelay } from "../chain-relay.ts";
import {
  LIST,
  LIST_ASK,
  PROPOSE,
  PROPOSE_ANSWER,
  type ProposeAnswer,
  VOTE_KEY,
  VOTE_KEY_ASK,
} from "../frames.ts";

/** What an {@link OperatorClient} reports. */
export interface OperatorClientEvents {
  /** A seed, or somebody who is to be one, is linked. */
  linked: [news: { readonly seed: PeerId }];
  /** A later configuration holds than was known here. */
  changed: [news: { readonly number: number; readonly certificate: JointCertificate }];
  /** What a seed says to a proposal. */
  answered: [news: ProposeAnswer & { readonly seed: PeerId }];
  /** What time it is, in ticks that a quorum certified. */
  ticked: [news: { readonly tick: number }];
  /** Somebody brought what proves nothing; the link is closed. */
  forged: [news: { readonly from: PeerId; readonly detail: string }];
}

/** Seeds look at eight questions a minute of one sender: so often each is asked again. */
const AGAIN_MS = 8000;
/** How often seeds are asked whether they vote. */
const LOOK_MS = 500;
/** Behind all members: a list from here on is empty. */
const LAST_ID: PeerId = parsePeerId("ff".repeat(32));

/** What is asked of everybody who is linked, until it is answered. */
interface Errand {
  /** What to send to `to` now, if anything. */
  readonly ask: (to: Connection) => Uint8Array | undefined;
  /** Something was learned: perhaps it is done. */
  readonly look: () => void;
  readonly againMs: number;
}

/**
 * An operator's end of a change of the seeds: learns which configuration holds, asks seeds for the keys that they would
 * vote with, hands in what operators have signed, and hears what came of it. It is neither seed nor member, signs nothing,
 * and may be ended and begun anew at any time. PROTOCOL.md §10.8.
 *
 * Keeps links with all seeds of the configuration that holds, as far as it knows, and with those that {@link meet} names.
 */
export class OperatorClient extends SafeEmitter<OperatorClientEvents> {
  readonly #lobby: Lobby;
  readonly #chain: ConfigurationChain;
  readonly #relay: ChainRelay;
  readonly #links = new Map<string, Cancel>();
  readonly #errands = new Map<Errand, Cancel>();
  readonly #keys = new Map<PeerId, VoteKeyAnnouncement>();
  #guests: readonly SeedEntry[] = [];
  /** Who holds the configuration that this end holds. */
  readonly #level = new Set<PeerId>();
  readonly #fresh = new Set<PeerId>();
  #tick = 0;

  /**
   * @param lobby of the network; the client routes frames of seeds on it. It need not listen.
   * @param chain the configurations that are known; grows by what is learned.
   * @throws TypeError when the lobby has a route of these frames already.
   */
  constructor(lobby: Lobby, chain: ConfigurationChain) {
    super(lobby.local.clock);
    this.#lobby = lobby;
    this.#chain = chain;
    const { seeds } = lobby;
    seeds.route(VOTE_KEY, (word, from) => this.#hearKey(word, from));
    seeds.route(PROPOSE_ANSWER, (answer, { id }) => this.emit("answered", { ...answer, seed: id }));
    seeds.route(LIST, ({ fresh }, { id }) => this.#hearList(id, fresh));
    seeds.route(TICK, (certificate) => {
      if (certificate.tick <= this.#tick || !knows(chain, certificate.cfg)) return;
      if (verifyTick(certificate, chain, lobby.local.verifier) !== undefined) return;
      this.#tick = certificate.tick;
      this.emit("ticked", { tick: certificate.tick });
    });
    this.#relay = new ChainRelay(lobby, chain, {
      brought: (certificate, from) => this.#extend(certificate, from),
      level: (from) => {
        this.#level.add(from.id);
        this.#run(from);
      },
    });
    seeds.on("joined", (connection) => {
      this.emit("linked", { seed: connection.id });
      this.#run(connection);
    });
  }

  /** Quorum time, as far as a seed has told it; 0 before. */
  get tick(): number {
    return this.#tick;
  }

  /** Those it looks for that are not linked. */
  get missing(): readonly SeedEntry[] {
    return this.#places.filter(({ id }) => !this.#lobby.seeds.has(id));
  }

  /** The seeds of the configuration that holds that have not said yet that they vote under it; see {@link untilSettled}. */
  get unsettled(): readonly SeedEntry[] {
    return this.#chain.seeds.filter(({ id }) => !this.#fresh.has(id));
  }

  /** Those of `places` that are linked and say that they do not read this version of signed bytes. */
  cannotRead(version: number, places: readonly SeedEntry[]): readonly SeedEntry[] {
    return places.filter(({ id }) => (this.#lobby.seeds.get(id)?.remote.reads ?? version) < version);
  }

  /** Links with the seeds. */
  start(): void {
    this.#refresh();
  }

  /** Links with these as well: who is to become a seed. */
  meet(guests: readonly SeedEntry[]): void {
    this.#guests = guests;
    this.#refresh();
  }

  /**
   * Asks each of `places` for the key that it would vote with in the next configuration; again and again, until all have
   * answered.
   * @param done told once, never inside this call: the same places, with their keys.
   */
  askKeys(places: readonly SeedEntry[], done: (entries: readonly SeedEntry[]) => void): void {
    const keyOf = (id: PeerId): PeerId | undefined => {
      const word = this.#keys.get(id);
      return word?.number === this.#chain.number + 1 ? word.key : undefined;
    };
    this.#begin((end) => ({
      againMs: AGAIN_MS,
      ask: ({ id }) =>
        places.some((place) => place.id === id) && keyOf(id) === undefined
          ? VOTE_KEY_ASK.encode({ number: this.#chain.number + 1 })
          : undefined,
      look: () => {
        const entries = places.map(({ id, address }) => ({ id, address, voteKey: keyOf(id) }));
        if (entries.every(({ voteKey }) => voteKey !== undefined)) end(() => done(entries));
      },
    }));
  }

  /**
   * Hands `proposal` to every seed that decides now, again and again, until a configuration of its number holds.
   * @param done told once, never inside this call: what makes it hold. It may be another one than was proposed.
   */
  propose(proposal: Proposal, done: (certificate: JointCertificate) => void): void {
    const { number } = proposal.terms;
    this.#begin((end) => ({
      againMs: AGAIN_MS,
      ask: ({ id }) =>
        this.#chain.number === number - 1 && this.#chain.has(id) ? PROPOSE.encode({ proposal }) : undefined,
      look: () => {
        const certificate = this.#chain.after(0).find(({ proposal: { terms } }) => terms.number === number);
        if (certificate !== undefined) end(() => done(certificate));
      },
    }));
  }

  /** Waits until a quorum of the seeds of the configuration that holds vote. @param done told once, never inside this call. */
  untilSettled(done: () => void): void {
    this.#fresh.clear();
    this.#begin((end) => ({
      againMs: LOOK_MS,
      ask: ({ id }) =>
        this.#chain.has(id) && this.#level.has(id) && !this.#fresh.has(id)
          ? LIST_ASK.encode({ after: LAST_ID, wanted: [] })
          : undefined,
      look: () => {
        const { size, quorum } = this.#chain;
        if (size - this.unsettled.length >= quorum) end(done);
      },
    }));
  }

  /** Ends it: nothing is told any more. The lobby is the caller's. */
  close(): void {
    for (const cancel of [...this.#links.values(), ...this.#errands.values()]) cancel();
    this.#links.clear();
    this.#errands.clear();
  }

  get #places(): readonly SeedEntry[] {
    const known = new Map([...this.#guests, ...this.#chain.seeds].map((place) => [place.id, place]));
    return [...known.values()];
  }

  /** Links with all that are looked for, and lets the others go. */
  #refresh(): void {
    const places = this.#places;
    const wanted = new Set(places.map(keyOf));
    for (const [key, cancel] of this.#links) {
      if (wanted.has(key)) continue;
      cancel();
      this.#links.delete(key);
    }
    for (const place of places)
      if (!this.#links.has(keyOf(place)))
        this.#links.set(keyOf(place), keepLink(this.#lobby, place.address, place.id));
  }

  /** @param make makes the errand; what `end` gets runs once the errand is off. */
  #begin(make: (end: (done: () => void) => void) => Errand): void {
    const { clock } = this.#lobby.local;
    const errand = make((done) => {
      this.#errands.get(errand)?.();
      if (this.#errands.delete(errand)) clock.after(0, done);
    });
    const again = (): void => {
      this.#errands.set(errand, clock.after(errand.againMs, again));
      for (const connection of this.#lobby.seeds) send(errand, connection);
      errand.look();
    };
    again();
  }

  /** Whoever is new, or has come to know more, is asked at once. */
  #run(to: Connection): void {
    for (const errand of this.#errands.keys()) send(errand, to);
  }

  #look(): void {
    for (const errand of this.#errands.keys()) errand.look();
  }

  #hearKey(word: VoteKeyAnnouncement, from: Connection): void {
    if (word.seed !== from.id) return;
    const { networkId, verifier } = this.#lobby.local;
    if (!verifyVoteKey(word, networkId, verifier))
      return this.#blame(from, "a vote key that its seed did not sign");
    // Of those alone that are looked for, so there are not many.
    if (this.#places.some(({ id }) => id === from.id)) this.#keys.set(from.id, word);
    this.#look();
  }

  #hearList(seed: PeerId, isFresh: boolean): void {
    if (isFresh && this.#chain.has(seed)) this.#fresh.add(seed);
    this.#look();
  }

  #extend(certificate: JointCertificate, from: Connection): void {
    const answer = this.#chain.extend(certificate, this.#lobby.local.verifier);
    if (typeof answer !== "string") return this.#blame(from, answer.fault);
    if (answer !== "extended") return;
    this.#level.clear();
    this.#level.add(from.id);
    this.#refresh();
    this.#relay.announce();
    this.emit("changed", { number: this.#chain.number, certificate });
    for (const connection of this.#lobby.seeds) this.#run(connection);
    this.#look();
  }

  #blame(from: Connection, detail: string): void {
    from.close({ kind: "misbehaved", detail });
    this.emit("forged", { from: from.id, detail });
  }
}

function send({ ask }: Errand, to: Connection): void {
  const frame = ask(to);
  if (frame !== undefined) to.send(frame);
}

function keyOf({ id, address }: SeedEntry): string {
  return `${id} ${address}`;
}
