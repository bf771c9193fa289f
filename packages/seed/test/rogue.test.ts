import { NO_DIGEST, signVote } from "@p2p/consensus";
import type { PeerId } from "@p2p/identity";
import type { Host } from "@p2p/sim";
import { Kind, Lobby } from "@p2p/wire";
import { describe, expect, test } from "vitest";
import { EVIDENCE, VOTE } from "../src/frames.ts";
import type { TestPeer } from "./test-peer.ts";
import { Town, type TownOptions } from "./town.ts";

/** A compromised seed: it has the key of the town's last seed, and says what it is told to. */
class Rogue {
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
function betrayed(seed: number, options: TownOptions = {}): { town: Town; rogue: Rogue; peers: TestPeer[] } {
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

describe("a compromised seed", () => {
  test("votes against a live peer, again and again: nobody votes because it does", () => {
    const { town, rogue, peers } = betrayed(90);
    const [victim] = peers as [TestPeer];
    for (let second = 0; second < 120; second++) {
      rogue.voteDead(victim.id, victim.incarnation);
      if (second % 30 === 0) rogue.suspect(victim.id, victim.incarnation);
      town.world.run(1000);
    }
    expect(town.told("removed")).toEqual([]);
    expect(town.told("proposedRemove")).toEqual([]);
    expect(town.isListed(victim)).toBe(true);
    expect(town.told("refuted").length).toBeGreaterThan(0);
  });

  test("brings a forged leave with a vote that is too old to matter: nobody takes it for a wish to go", () => {
    const { town, rogue, peers } = betrayed(93);
    const [victim] = peers as [TestPeer];
    rogue.forgeLeave(victim.id, victim.incarnation);
    town.world.run(30_000);
    expect(town.told("proposedRemove")).toEqual([]);
    expect(town.isListed(victim)).toBe(true);
  });

  test("suspects everybody, all the time: cases stay few", () => {
    const { town, rogue, peers } = betrayed(91);
    for (let second = 0; second < 300; second++) {
      for (const peer of peers) rogue.suspect(peer.id, peer.incarnation);
      town.world.run(1000);
    }
    // At each of two seeds, for each of five members, one a minute.
    expect(town.told("caseOpened").length).toBeLessThanOrEqual(2 * 5 * 6);
    expect(town.told("removed")).toEqual([]);
  });
});

describe("a vote that is being written", () => {
  test("is not sent when life is seen before it is on disk", () => {
    let votes = 0;
    const town = new Town({
      seed: 93,
      disk: { syncMs: { minMs: 2000, maxMs: 2000 } },
      sent: (_, frame) => {
        const news = frame[0] === Kind.vote ? VOTE.decode(frame) : undefined;
        if (news !== undefined && "vote" in news && news.vote.fact.kind === "remove") votes += 1;
      },
    });
    const peers = town.peers(6, { pollMs: 0 });
    town.until(() => peers.every((peer) => town.isListed(peer)), 30_000);
    town.until(() => town.tick === 7, 300_000);
    const [victim, ...others] = peers as [TestPeer, ...TestPeer[]];
    town.world.run(1000);
    victim.isMute = true;
    for (const other of others) other.accuse(victim.id);
    town.until(() => town.told("proposedRemove").length === 3, 60_000);
    victim.isMute = false;
    victim.incarnation += 1;
    victim.register();
    town.world.run(20_000);
    expect(votes).toBe(0);
    expect(town.told("removed")).toEqual([]);
    expect(town.isListed(victim)).toBe(true);
  });
});
