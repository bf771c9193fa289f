import { Ballot, CERTIFICATES, NO_DIGEST, signVote, type Vote } from "@p2p/consensus";
import type { PeerId } from "@p2p/identity";
import type { Host } from "@p2p/sim";
import { keepLink, type Lobby } from "@p2p/wire";
import { LAN_TIMING as CLIENT_LAN_TIMING } from "../src/client/index.ts";
import { BUMP, LAN_TIMING, POLL, Seed, STATUS, VOTE } from "../src/index.ts";
import { type Peer, Town } from "./client-town.ts";

/** A compromised seed: it keeps votes for later, and shows such as it likes. */
export class Liar {
  readonly lobby: Lobby;
  /** Others' newest votes to remove somebody, by who cast them. */
  readonly pocket: Map<PeerId, Vote> = new Map();
  isStormy = false;
  readonly #town: Town;
  readonly #host: Host;

  constructor(town: Town, host: Host) {
    this.#town = town;
    this.#host = host;
    this.lobby = town.lobby(host, { role: "seed" });
    this.lobby.seeds.route(VOTE, ({ vote }) => {
      if (vote.fact.kind === "remove") this.pocket.set(vote.seed, vote);
    });
    this.lobby.links.route(POLL, ({ incarnation }, from) => {
      from.send(STATUS.encode({ certificate: undefined, nonces: [host.random.bytes(32)], fresh: true }));
      if (this.isStormy) from.send(BUMP.encode({ vote: this.#against(from.id, incarnation) }));
    });
    this.lobby.open(() => {
      for (const { id, address } of town.configuration.seeds)
        if (id !== this.lobby.id) keepLink(this.lobby, address, id);
    });
  }

  /** Adds its own vote to those in its pocket. Whether that makes a quorum. */
  strike(): boolean {
    const [kept] = this.pocket.values();
    if (kept === undefined) return false;
    const { configuration } = this.#town;
    const own = signVote({ ...kept, seed: this.lobby.id }, configuration.networkId, this.#host.signer);
    const ballot = new Ballot(configuration, kept.fact);
    for (const vote of [...this.pocket.values(), own]) ballot.cast(vote);
    const certificate = ballot.certificate();
    if (certificate === undefined) return false;
    for (const room of [this.lobby.seeds, this.lobby.links])
      room.broadcast(CERTIFICATES.encode({ certificates: [certificate] }));
    return true;
  }

  #against(peer: PeerId, incarnation: number): Vote {
    const { cfg, networkId } = this.#town.configuration;
    const fact = { kind: "remove" as const, peer, incarnation, digest: NO_DIGEST };
    return signVote({ cfg, fact, tick: 0, counter: 1, seed: this.lobby.id }, networkId, this.#host.signer);
  }
}

/** Real seeds but for the last, which lies, and peers that are members. */
export class CrookedTown extends Town {
  readonly honest: readonly Host[];
  readonly seeds: Map<Host, Seed> = new Map();
  readonly liar: Liar;
  readonly peers: readonly Peer[];

  constructor(seeds: number, faulty: number, peers: number, seed: number) {
    super(seeds, { seed, faulty, latency: { minMs: 1, maxMs: 10 }, signatures: "hash" });
    this.honest = this.seedHosts.slice(0, -1);
    for (const host of this.honest) this.bootSeed(host);
    const last = this.seedHosts.at(-1) as Host;
    this.liar = last.boot(() => new Liar(this, last));
    this.peers = Array.from({ length: peers }, (_, index) =>
      this.peer(`peer ${index}`, { timing: CLIENT_LAN_TIMING }),
    );
    this.run(8000);
  }

  bootSeed(host: Host): void {
    host.boot(({ signer, verifier, disk, clock, random }) => {
      const { configuration } = this;
      const ports = { signer, verifier, disk, clock, random, transport: host.transport() };
      const seed = new Seed({ configuration, ...ports, timing: LAN_TIMING });
      this.seeds.set(host, seed);
      seed.open(() => undefined);
    });
  }

  isListed({ id, client }: Peer): boolean {
    return this.honest.every(
      (host) => this.seeds.get(host)?.ledger.isMember(id, client.incarnation) === true,
    );
  }
}
