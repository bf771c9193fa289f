import type { PeerId } from "@p2p/identity";
import { type CloseReason, type Connection, jitter } from "@p2p/wire";
import { PING } from "./frames.ts";
import { Neighbour } from "./neighbour.ts";
import type { Surroundings } from "./surroundings.ts";
import type { Cause } from "./suspicion.ts";

/** What a {@link Pinger} tells. */
export interface PingerNews {
  /** `id` did not answer, or its link is gone and there is reason to doubt that it lives. */
  missing(id: PeerId, cause: Exclude<Cause, "accusation">, lastSeen: number): void;
  /** `id` answered on its link, or has a new one. */
  alive(id: PeerId): void;
  /** `id` said goodbye to the whole network. */
  departed(id: PeerId, lastSeen: number): void;
  /** The link with `id` was given up, though others reach it. */
  gaveUp(id: PeerId): void;
}

const PING_JITTER = 0.1;

/**
 * Pings every member link, each at its own moments, and redials the neighbour that misses one or whose link breaks.
 * Holds one record for each link of the lobby, and for each that broke until its redial is over.
 */
export class Pinger {
  readonly #around: Surroundings;
  readonly #news: PingerNews;
  readonly #neighbours = new Map<PeerId, Neighbour>();

  constructor(around: Surroundings, news: PingerNews) {
    this.#around = around;
    this.#news = news;
    const { links } = around.lobby;
    for (const connection of links) this.#watch(connection);
    links.on("joined", this.#joined);
    links.on("left", this.#left);
  }

  /** Wall time of the last sign of life of `id` in milliseconds; 0 when it is no neighbour. */
  lastSeenOf(id: PeerId): number {
    return this.#neighbours.get(id)?.lastSeen ?? 0;
  }

  /** Smoothed round trip to the neighbour `id`, in milliseconds. */
  roundTripMsOf(id: PeerId): number | undefined {
    return this.#neighbours.get(id)?.pulse.roundTripMs;
  }

  /** `from` answered ping `sequence`. */
  hear(sequence: number, from: Connection): void {
    const neighbour = this.#neighbours.get(from.id);
    const { health, lobby } = this.#around;
    const { clock } = lobby.local;
    if (neighbour?.connection !== from) return;
    const wasAway = health.wasAwaySince(neighbour.pulse.askedAt);
    if (!neighbour.pulse.answer(sequence, wasAway ? undefined : clock.now())) return;
    neighbour.lastSeen = clock.wallTime();
    if (!wasAway) health.answered();
    this.#news.alive(from.id);
  }

  /** Others reach `id`: if its link misses pings, it gets a new one, or none. */
  mend(id: PeerId): void {
    const neighbour = this.#neighbours.get(id);
    if (neighbour?.connection === undefined || neighbour.pulse.misses === 0) return;
    neighbour.isReachedByOthers = true;
    this.#redial(neighbour);
  }

  /** No longer watches over `id`. */
  forget(id: PeerId): void {
    this.#neighbours.get(id)?.cancelRedial?.();
    this.#drop(id);
  }

  stop(): void {
    const { links } = this.#around.lobby;
    links.off("joined", this.#joined);
    links.off("left", this.#left);
    for (const id of this.#neighbours.keys()) this.forget(id);
  }

  readonly #joined = (connection: Connection): void => {
    this.#watch(connection);
    this.#news.alive(connection.id);
  };

  readonly #left = (connection: Connection, reason: CloseReason): void => {
    const neighbour = this.#neighbours.get(connection.id);
    if (neighbour?.connection !== connection) return;
    neighbour.connection = undefined;
    neighbour.rest();
    if (POLITE.has(reason.kind)) this.#drop(connection.id);
    else this.#redial(neighbour);
    if (reason.kind === "goodbye" && reason.scope === "node")
      this.#news.departed(connection.id, neighbour.lastSeen);
  };

  #watch(connection: Connection): void {
    this.#drop(connection.id);
    const { clock } = this.#around.lobby.local;
    const neighbour = new Neighbour(connection, this.#around.timing, clock.wallTime());
    this.#neighbours.set(connection.id, neighbour);
    // The first one anywhere in the interval: else all links that were made at once would be pinged at once for ever.
    const firstMs = this.#around.random.next() * this.#around.timing.pingIntervalMs;
    neighbour.schedule(clock.after(firstMs, () => this.#ping(neighbour)));
  }

  #ping(neighbour: Neighbour): void {
    const { timing, random, lobby, health } = this.#around;
    const { clock } = lobby.local;
    const sequence = neighbour.pulse.ask(clock.now());
    const intervalMs = jitter(health.stretched(timing.pingIntervalMs), PING_JITTER, random);
    neighbour.schedule(
      clock.after(intervalMs, () => this.#ping(neighbour)),
      health.after(health.stretched(neighbour.pulse.timeoutMs), (wasAway) => {
        if (!wasAway) this.#timeUp(neighbour, sequence);
      }),
    );
    neighbour.connection?.send(PING.encode({ sequence }));
  }

  #timeUp(neighbour: Neighbour, sequence: number): void {
    const misses = neighbour.pulse.expire(sequence);
    if (misses === 1) {
      this.#around.health.missed(neighbour.id);
      this.#redial(neighbour);
    }
    if (misses >= this.#around.timing.missesMax) this.#report(neighbour, "silence");
  }

  /** Tries a fresh link, which takes the old one's place. */
  #redial(neighbour: Neighbour): void {
    if (neighbour.cancelRedial !== undefined) return;
    const { lobby, directory, timing } = this.#around;
    const since = lobby.local.clock.now();
    neighbour.isRedialledForMiss = neighbour.connection !== undefined;
    const address = directory.find(neighbour.id)?.address ?? neighbour.listen;
    if (address === undefined)
      return this.#redialFailed(neighbour, { kind: "unreachable", detail: "no address" }, since);
    neighbour.cancelRedial = lobby.dial(address, {
      expect: neighbour.id,
      replaces: true,
      timeoutMs: timing.pingTimeoutMaxMs,
      done: (outcome) => {
        neighbour.cancelRedial = undefined;
        if ("failed" in outcome) this.#redialFailed(neighbour, outcome.failed, since);
      },
    });
  }

  #redialFailed(neighbour: Neighbour, { kind }: CloseReason, since: number): void {
    // Somebody made a new link meanwhile, or this end is closing.
    if (this.#neighbours.get(neighbour.id) !== neighbour || kind === "closed") return;
    const isLost = neighbour.connection === undefined;
    if (kind !== "refused" && this.#around.health.wasAwaySince(since)) {
      // The answer may have come to a process that was away.
      if (isLost) this.#redial(neighbour);
      return;
    }
    // The far end may have taken that dial for good and dropped the old link, just as this end gave up waiting.
    if (isLost && neighbour.isRedialledForMiss && kind !== "refused") return this.#redial(neighbour);
    if (neighbour.isReachedByOthers) return this.#giveUp(neighbour);
    if (isLost) this.#drop(neighbour.id);
    // Turned away by somebody who may be this neighbour: that is polite, if it lives.
    if (isLost || kind === "refused") this.#report(neighbour, kind === "rejected" ? "doubt" : "silence");
  }

  #giveUp({ id, connection }: Neighbour): void {
    this.#drop(id);
    connection?.goodbye("link", "unreachable from here");
    this.#news.gaveUp(id);
  }

  #report({ id, lastSeen }: Neighbour, cause: "silence" | "doubt"): void {
    this.#news.missing(id, cause, lastSeen);
  }

  #drop(id: PeerId): void {
    this.#neighbours.get(id)?.rest();
    this.#neighbours.delete(id);
  }
}

/** Ends of links that cast no suspicion on anybody. */
const POLITE: ReadonlySet<CloseReason["kind"]> = new Set([
  "closed",
  "goodbye",
  "replaced",
  "rejected",
  "misbehaved",
]);
