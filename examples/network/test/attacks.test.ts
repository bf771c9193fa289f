import { connect, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { ACCUSE, CERTIFICATES, NO_DIGEST, signVote } from "@p2p/consensus";
import { BATCH, signBatch } from "@p2p/gossip";
import { REPORT } from "@p2p/seed";
import { splitAddress } from "@p2p/wire";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Hostile, keyOf } from "./hostile.ts";
import { Network } from "./network.ts";
import type { Node } from "./node.ts";

/** What a lie needs to come out: a case, votes, and as long again. */
const CASE_MS = 8000;
const NONCE = new Uint8Array(32);

const network = new Network();
const sockets: Socket[] = [];
let member: Hostile;

beforeAll(async () => {
  await network.start(3, 4);
  member = await Hostile.at(network);
  await member.join();
});

afterAll(async () => {
  for (const socket of sockets) socket.destroy();
  await member.close();
  await network.close();
});

/** Says that `victim` is dead, in the names of all others, and whose word is whose. */
function accuse(liar: Hostile, victim: Node, signers: readonly ReturnType<typeof keyOf>[]): void {
  const { id } = victim.plan;
  const incarnation = member.lives.get(id) as number;
  const accusations = signers.map((signer) => liar.accusation(id, incarnation, signer));
  for (const accusation of accusations) liar.tell(ACCUSE.encode({ accusation, nonce: NONCE }));
  liar.tell(REPORT.encode({ report: { victim: id, incarnation, accusations } }));
}

/** Waits until every seed has printed something like this. */
async function printed(pattern: RegExp): Promise<void> {
  for (const { process } of network.seeds) await process?.printed(pattern);
}

test("a report that an outsider forges opens no case", async () => {
  const outsider = await Hostile.at(network);
  const victim = network.peers[0] as Node;
  const sign = outsider.signer.sign.bind(outsider.signer);
  const names = network.peers.slice(1).map(({ plan: { id } }) => ({ id, sign }));
  for (let round = 0; round < 5; round++) accuse(outsider, victim, [outsider.signer, ...names]);
  expect(outsider.lobby.seeds.size).toBe(network.seeds.length);
  await sleep(1000);
  await outsider.close();
  const lines = network.seeds.flatMap((seed) => seed.lines);
  const alive = lines.filter((line) => line.startsWith("Alive after all"));
  expect(alive).toEqual([]);
});

test("a report that all neighbours truly sign, and its replay, make the seeds look for themselves", async () => {
  const victim = network.peers[1] as Node;
  const keys = network.peers.filter((peer) => peer !== victim).map(keyOf);
  for (let round = 0; round < 3; round++) accuse(member, victim, [member.signer, ...keys]);
  await printed(/^Dead Node:/);
  await printed(new RegExp(`^Alive after all: ${victim.address}$`));
  expect(network.removals()).toEqual([]);
});

test("a certificate with one seed's vote q times is none", async () => {
  const { cfg, networkId } = member.configuration;
  const { plan } = network.peers[2] as Node;
  const incarnation = member.lives.get(plan.id) as number;
  const fact = { kind: "remove", peer: plan.id, incarnation, digest: NO_DIGEST } as const;
  const seed = keyOf(network.seeds[0] as Node);
  const vote = signVote({ cfg, fact, tick: 0, counter: 1, seed: seed.id }, networkId, seed);
  member.tell(CERTIFICATES.encode({ certificates: [{ fact, votes: [vote, vote] }] }));
  await printed(/^WARNING: \S+ sent a forged certificate/);
  expect(network.removals()).toEqual([]);
});

test("hundreds of half-open connections, and lengths without end, keep nobody out", async () => {
  for (const { address } of network.nodes) {
    const { host, port } = splitAddress(address);
    for (let count = 0; count < 150; count++) {
      const socket = connect(port, host).on("error", () => undefined);
      if (count % 3 === 0) socket.write(new Uint8Array([0xff, 0xff, 0xff, 0xff, 1]));
      if (count % 3 === 1) socket.write(new Uint8Array([22]));
      sockets.push(socket);
    }
  }
  const newcomer = await network.addPeer();
  newcomer.start();
  await newcomer.ready();
  expect(newcomer.isReady).toBe(true);
});

test("messages by the thousand in others' names are delivered to nobody, and the true ones to all", async () => {
  const victim = network.peers[3] as Node;
  const { id } = victim.plan;
  const sign = member.signer.sign.bind(member.signer);
  const terms = { origin: id, incarnation: member.lives.get(id) as number, at: Date.now() };
  for (const { address, plan } of network.peers) {
    if (plan.id === id) continue;
    const link = await member.dial(address, plan.id);
    for (let count = 0; count < 2000; count++) {
      const payloads = [new TextEncoder().encode("forged")];
      const batch = { ...terms, firstSequence: 1_000_000 + count, payloads };
      link?.send(BATCH.encode(signBatch(batch, member.configuration.networkId, { id, sign })));
    }
  }
  await network.gossips();
  const forged = network.peers
    .flatMap(({ delivered }) => [...delivered.keys()])
    .filter((name) => {
      const sequence = Number(name.split(":").at(-1));
      return name.startsWith(id) && sequence >= 1_000_000;
    });
  expect(forged).toEqual([]);
});

test("and nobody was removed by any of this", async () => {
  await sleep(CASE_MS);
  expect(network.removals()).toEqual([]);
});
