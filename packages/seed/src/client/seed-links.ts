import type { Council, SeedEntry } from "@p2p/consensus";
import type { PeerId } from "@p2p/identity";
import {
  type Cancel,
  type CloseReason,
  type Connection,
  type DialOutcome,
  jitter,
  type Lobby,
  shuffle,
} from "@p2p/wire";
import { SeedLink } from "./seed-link.ts";
import type { ClientTiming } from "./timing.ts";

/** What {@link SeedLinks} reports. */
export interface SeedLinksOwner {
  /** A link that is to last stands. */
  linked(connection: Connection): void;
  /** A link that was to last is gone; another seed is being dialled. */
  unlinked(seed: PeerId, reason: CloseReason): void;
  /** Seeds came or went, in whatever way: look again whom to talk to. */
  changed(): void;
}

/**
 * The links of a peer to its seeds: so many that last, chosen at random and replaced when they die, and short ones for
 * errands to the others. Dials each seed at most once at a time, with pauses that double from `redialMinMs` to
 * `redialMaxMs`.
 */
export class SeedLinks {
  readonly #lobby: Lobby;
  readonly #timing: ClientTiming;
  readonly #owner: SeedLinksOwner;
  /** One for each seed, in a random order that stays: the order of preference. */
  readonly #links = new Map<PeerId, SeedLink>();
  readonly #council: Council;
  #wanted = 0;
  #cancelRetry: Cancel | undefined;

  /** Admits nobody to `lobby.seeds` who is not in the configuration. */
  constructor(lobby: Lobby, configuration: Council, timing: ClientTiming, owner: SeedLinksOwner) {
    this.#lobby = lobby;
    this.#timing = timing;
    this.#owner = owner;
    this.#council = configuration;
    for (const entry of shuffle(configuration.seeds, lobby.local.random))
      this.#links.set(entry.id, new SeedLink(entry));
    lobby.admit(({ role, id }) =>
      role === "seed" && !configuration.has(id)
        ? { code: "seed", detail: "this seed is not in the configuration" }
        : undefined,
    );
    lobby.seeds.on("joined", (connection) => this.#joined(connection));
    lobby.seeds.on("left", (connection, reason) => this.#left(connection, reason));
  }

  /** The seeds that can be sent to at once, the preferred ones first. */
  get linked(): readonly PeerId[] {
    return this.#all.filter(({ isLinked }) => isLinked).map(({ entry }) => entry.id);
  }

  /** The seeds that were tried in vain and are not linked. */
  get missing(): readonly SeedEntry[] {
    return this.#all.filter(({ isLinked, misses }) => !isLinked && misses > 0).map(({ entry }) => entry);
  }

  /** What the seeds say that turned this peer away as one of another network, or of another major version. */
  get strangers(): readonly { readonly entry: SeedEntry; readonly detail: string }[] {
    return this.#all.flatMap(({ entry, miss }) =>
      miss?.kind === "rejected" && (miss.code === "network" || miss.code === "version")
        ? [{ entry, detail: miss.detail }]
        : [],
    );
  }

  /** Keeps `count` links from now on; 0 lets all go that stand, without another errand. */
  want(count: number): void {
    this.#wanted = Math.min(count, this.#links.size);
    this.#fill();
    this.#release();
  }

  /**
   * Others are the seeds now: hangs up on those who are none any more, or are elsewhere, and dials the new ones in their
   * place. {@link want} says anew how many.
   */
  refresh(): void {
    for (const [id, link] of this.#links) {
      if (this.#council.entry(id)?.address === link.entry.address) continue;
      this.#links.delete(id);
      link.cancelDial?.();
      link.connection?.goodbye("link", "no seed any more");
      if (link.isKept && link.isLinked)
        this.#owner.unlinked(id, { kind: "closed", detail: "no seed any more" });
    }
    const isNew = this.#council.seeds.filter(({ id }) => !this.#links.has(id));
    for (const entry of shuffle(isNew, this.#lobby.local.random))
      this.#links.set(entry.id, new SeedLink(entry));
    this.#fill();
  }

  /** Hangs up on all of them. */
  close(): void {
    this.#wanted = 0;
    this.#cancelRetry?.();
    for (const link of this.#all) {
      link.cancelDial?.();
      link.cancelDial = undefined;
      link.connection?.goodbye("link", "done");
    }
  }

  /** Whether `seed` is linked, or may be dialled now. */
  isReachable(seed: PeerId): boolean {
    const link = this.#links.get(seed);
    return link !== undefined && (link.isLinked || link.isIdle(this.#now));
  }

  /**
   * Sends to `seed`, over a link made for it if there is none; what cannot be delivered is dropped. At most 64 frames
   * wait for a link.
   */
  send(seed: PeerId, frame: Uint8Array): void {
    const link = this.#links.get(seed);
    if (link === undefined || link.send(frame, this.#now) || link.isLinked) return;
    link.hold(frame);
    if (link.cancelDial === undefined) this.#dial(link);
  }

  /** Sends to every seed, those without a link included. */
  sendToAll(frame: Uint8Array): void {
    for (const seed of this.#links.keys()) this.send(seed, frame);
  }

  /** Sends over the lasting links only. */
  sendToKept(frame: Uint8Array): void {
    for (const link of this.#all) if (link.isKept) link.send(frame, this.#now);
  }

  /** `seed` does not answer: its link is dead, whatever the transport believes. */
  giveUp(seed: PeerId): void {
    this.#links.get(seed)?.connection?.close({ kind: "broken", detail: "it does not answer" });
  }

  get #all(): readonly SeedLink[] {
    return [...this.#links.values()];
  }

  get #now(): number {
    return this.#lobby.local.clock.now();
  }

  /** Makes links last, or dials, until there are as many as wanted. */
  #fill(): void {
    const now = this.#now;
    const kept = this.#all.filter(({ isKept }) => isKept).length;
    const others = this.#all.filter((link) => !link.isKept);
    const ready = others.filter((link) => link.isLinked || link.cancelDial !== undefined || link.isIdle(now));
    // Those that stand first: a link made for an errand is as good as a new one.
    const chosen = ready.toSorted((a, b) => Number(b.isLinked) - Number(a.isLinked));
    for (const link of chosen.slice(0, Math.max(0, this.#wanted - kept))) this.#keep(link);
    this.#retryLater();
  }

  #keep(link: SeedLink): void {
    link.isKept = true;
    if (link.connection !== undefined) this.#owner.linked(link.connection);
    else if (link.cancelDial === undefined) this.#dial(link);
  }

  /** Looks again when the first pause ends, while links are wanting. */
  #retryLater(): void {
    this.#cancelRetry?.();
    const kept = this.#all.filter(({ isKept }) => isKept).length;
    const pauses = this.#all.filter((link) => !link.isKept && !link.isLinked).map((link) => link.notBefore);
    if (kept >= this.#wanted || pauses.length === 0) return;
    const waitMs = wholeMs(Math.min(...pauses) - this.#now);
    this.#cancelRetry = this.#lobby.local.clock.after(waitMs, () => this.#fill());
  }

  #dial(link: SeedLink): void {
    const { id, address } = link.entry;
    link.cancelDial = this.#lobby.dial(address, {
      expect: id,
      done: (outcome) => this.#dialled(link, outcome),
    });
  }

  #dialled(link: SeedLink, outcome: DialOutcome): void {
    link.cancelDial = undefined;
    // A connection was told to `joined` already; a duplicate means that another one stands.
    if ("connection" in outcome || link.isLinked) return;
    link.missed(outcome.failed);
    link.notBefore = this.#notBefore(link);
    this.#fill();
    this.#owner.changed();
  }

  #joined(connection: Connection): void {
    const link = this.#links.get(connection.id);
    if (link === undefined) return;
    link.opened(connection, this.#now);
    if (link.isKept) this.#owner.linked(connection);
    else this.#lingerOn(link, connection);
    this.#owner.changed();
  }

  #left(connection: Connection, reason: CloseReason): void {
    const link = this.#links.get(connection.id);
    if (link === undefined || link.connection !== connection) return;
    // With "replaced" the successor joins right after this.
    if (reason.kind === "replaced") return;
    const wasKept = link.isKept;
    const isOwnDoing = reason.kind === "closed";
    // One that breaks again and again is dialled ever more rarely, like one that does not answer.
    link.lost(!isOwnDoing && this.#now - connection.since < this.#timing.redialMaxMs);
    if (!isOwnDoing) link.notBefore = this.#notBefore(link);
    if (wasKept) this.#owner.unlinked(connection.id, reason);
    this.#fill();
    this.#owner.changed();
  }

  /** When a seed that was missed, or lost, may be dialled again; one that is barred not before it is let in. */
  #notBefore({ entry, misses }: SeedLink): number {
    const barredUntil = this.#lobby.barOf(entry.id)?.until ?? 0;
    return Math.max(barredUntil, this.#now + this.#pauseMs(Math.max(1, misses)));
  }

  #pauseMs(misses: number): number {
    const { redialMinMs, redialMaxMs } = this.#timing;
    return jitter(
      Math.min(redialMaxMs, redialMinMs * 2 ** Math.min(misses, 16)),
      0.2,
      this.#lobby.local.random,
    );
  }

  /** Lets go what is kept beyond what is wanted: first what does not stand, then the least preferred, once its errands are done. */
  #release(): void {
    const kept = this.#all.filter(({ isKept }) => isKept);
    const surplus = kept.toSorted((a, b) => Number(b.isLinked) - Number(a.isLinked)).slice(this.#wanted);
    for (const link of surplus) {
      link.isKept = false;
      if (link.connection !== undefined) this.#lingerOn(link, link.connection);
    }
  }

  #lingerOn(link: SeedLink, connection: Connection): void {
    const { clock } = this.#lobby.local;
    const look = (): void => {
      if (link.connection !== connection || link.isKept) return;
      const restMs = link.usedAt + this.#timing.lingerMs - clock.now();
      if (restMs > 0) clock.after(wholeMs(restMs), look);
      else connection.goodbye("link", "done");
    };
    clock.after(this.#timing.lingerMs, look);
  }
}

/** At least a millisecond: what rounding leaves of a wait could be too short to move a clock, and come again at once. */
function wholeMs(ms: number): number {
  return Math.max(1, Math.ceil(ms));
}
