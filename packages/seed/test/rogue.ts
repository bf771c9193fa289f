import { NO_DIGEST, signVote } from "@p2p/consensus";
import type { PeerId, Verifier } from "@p2p/identity";
import type { Host } from "@p2p/sim";
import { Lobby } from "@p2p/wire";
import { EVIDENCE, VOTE } from "../src/frames.ts";
import type { TestPeer } from "./test-peer.ts";
import { Town, type TownOptions } from "./town.ts";

/** A compromised seed: it has the key of the town's last seed, and says what it is told to. */
export class Rogue {
  readonly lobby: Lobby;
  readonly #town: Town;
  readonly #host: Host;

  constructor(town: Town, host: Host) {
    this.#town = town;
    this.#host = host;
    const { name, seeds, faulty } = town.configuration;
    this.lobby = new Lobby({
      transport: host.transport(),
      clock: host.clock,
      random: host.random,
      signer: host.signer,
      verifier: host.verifier,
      role: "seed",
      listen: host.address,
      network: { name, seeds: seeds.map(({ id }) => id), faulty },
    });
    this.lobby.open(() => {
      for (const { id, address } of seeds)
        if (id !== host.signer.id) this.lobby.dial(address, { expect: id });
    });
  }

  /** Votes to remove a peer that it never looked for. */
  voteDead(peer: PeerId, incarnation: number): void {
    const { cfg, networkId } = this.#town.configuration;
    const fact = { kind: "remove" as const, peer, incarnation, digest: NO_DIGEST };
    const terms = { cfg, fact, tick: this.#town.tick, counter: 1, seed: this.#host.signer.id };
    const vote = signVote(terms, networkId, this.#host.signer);
    this.lobby.seeds.broadcast(VOTE.encode({ vote, registration: undefined, leave: undefined }));
  }

  /** Brings a leave that nobody signed, along with a vote that comes too late to be looked at. */
  forgeLeave(peer: PeerId, incarnation: number): void {
    const { cfg, networkId } = this.#town.configuration;
    const fact = { kind: "remove" as const, peer, incarnation: incarnation - 1, digest: NO_DIGEST };
    const terms = { cfg, fact, tick: this.#town.tick, counter: 1, seed: this.#host.signer.id };
    const vote = signVote(terms, networkId, this.#host.signer);
    const leave = { peer, incarnation, signature: this.#host.signer.sign(new Uint8Array(1)) };
    this.lobby.seeds.broadcast(VOTE.encode({ vote, registration: undefined, leave }));
  }

  suspect(victim: PeerId, incarnation: number): void {
    const nonce = this.#host.random.bytes(32);
    this.lobby.seeds.broadcast(EVIDENCE.encode({ victim, incarnation, nonce, accusations: [] }));
  }
}

/** Two honest seeds and a rogue, with members. */
export function betrayed(
  seed: number,
  options: TownOptions = {},
): { town: Town; rogue: Rogue; peers: TestPeer[] } {
  const town = new Town({ ...options, seed, booted: false });
  const [first, second, last] = town.hosts as [Host, Host, Host];
  town.bootSeed(first);
  town.bootSeed(second);
  const rogue = last.boot(() => new Rogue(town, last));
  const peers = town.peers(5, {
    seeds: town.configuration.seeds.flatMap(({ id }, at) => (id === last.signer.id ? [] : [at])),
  });
  town.until(() => peers.every((peer) => town.isListed(peer)), 10_000);
  town.world.run(2000);
  return { town, rogue, peers };
}

/** Counts the signatures that each seed checks, for {@link TownOptions.verifierOf}. */
export class Checks {
  readonly #counts = new Map<Host, number>();

  readonly verifierOf = (host: Host): Verifier => ({
    verify: (...given) => {
      this.#counts.set(host, this.of(host) + 1);
      return host.verifier.verify(...given);
    },
  });

  of(host: Host | undefined): number {
    return (host && this.#counts.get(host)) ?? 0;
  }
}
