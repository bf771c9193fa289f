import { CERTIFICATES, type Vote } from "@p2p/consensus";
import type { PeerId } from "@p2p/identity";
import { VOTE } from "@p2p/seed";
import type { Host } from "@p2p/sim";
import { every, Kind, Malformed } from "@p2p/wire";
import type { Network } from "../network.ts";
import { Hostile } from "./hostile.ts";

const AGAIN_MS = 1000;
/** For how long it keeps what it has, in milliseconds: whoever was away for a moment has long been heard again. */
const PATIENCE_MS = 25_000;
/** Until when it tries. */
const END_MS = 2 * PATIENCE_MS;

interface Votes {
  readonly bySeed: Map<PeerId, Vote>;
  lastAt: number;
}

/**
 * A seed in other hands. It tells nobody of its votes, keeps those of others for the removal of somebody, and when only
 * its own is missing, completes them: not now, but when nobody thinks of them any more.
 */
export class Pocket {
  readonly #network: Network;
  readonly #host: Host;
  readonly #hostile: Hostile;
  /** By peer and life. */
  readonly #kept = new Map<string, Votes>();

  constructor(network: Network, host: Host) {
    this.#network = network;
    this.#host = host;
    this.#hostile = new Hostile(network, host, { role: "seed" });
    this.#hostile.on(Kind.vote, (frame) => this.#heard(frame));
    every(
      host.clock,
      () => AGAIN_MS,
      () => {
        this.#hostile.linkSeeds();
        for (const votes of this.#kept.values()) this.#complete(votes);
      },
    );
  }

  #heard(frame: Uint8Array): void {
    const news = VOTE.decode(frame);
    if (news instanceof Malformed || news.vote.fact.kind === "add" || news.leave !== undefined) return;
    const { fact, seed } = news.vote;
    const key = `${fact.peer}:${fact.incarnation}`;
    const votes = this.#kept.get(key) ?? { bySeed: new Map(), lastAt: 0 };
    votes.bySeed.set(seed, news.vote);
    votes.lastAt = this.#host.clock.now();
    this.#kept.set(key, votes);
  }

  #complete({ bySeed, lastAt }: Votes): void {
    const { quorum } = this.#network.configuration;
    const age = this.#host.clock.now() - lastAt;
    const [first, ...more] = [...bySeed.values()].slice(0, quorum - 1);
    if (first === undefined || more.length + 2 < quorum || age < PATIENCE_MS || age > END_MS) return;
    const { fact, tick } = first;
    const own = this.#hostile.vote(fact, tick);
    const certificate = { fact, votes: [first, ...more, own] };
    const frame = CERTIFICATES.encode({ certificates: [certificate] });
    for (const seed of this.#hostile.lobby.seeds) seed.send(frame);
  }
}
