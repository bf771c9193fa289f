import { connect, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { ACCUSE, CERTIFICATES, NO_DIGEST, signVote } from "@p2p/consensus";
import { BATCH, signBatch, type UnsignedBatch } from "@p2p/gossip";
import type { Signer } from "@p2p/identity";
import { REPORT } from "@p2p/seed";
import { splitAddress } from "@p2p/wire";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { PeerStatus } from "../src/messages.ts";
import { Hostile, keyOf } from "./hostile.ts";
import { Network } from "./network.ts";
import type { Node } from "./node.ts";

/** What a lie needs to come out: a case, votes, and as long again. */
const CASE_MS = 6000;
const NONCE = new Uint8Array(32);

const network = new Network();
const sockets: Socket[] = [];
let member: Hostile;
/** Members, too: one machine, many keys. */
let sybils: readonly Hostile[] = [];

beforeAll(async () => {
  await network.start(3, 4);
  [member = await Hostile.at(network), ...sybils] = await Promise.all(
    Array.from({ length: 4 }, async () => {
      const hostile = await Hostile.at(network);
      await hostile.join();
      return hostile;
    }),
  );
});

afterAll(async () => {
  for (const socket of sockets) socket.destroy();
  await Promise.all([member, ...sybils].map((hostile) => hostile.close()));
  await network.close();
});

/** Says that `victim` is dead, in the names of all others, and whose word is whose. */
function accuse(
  liar: Hostile,
  { plan: { id } }: Node,
  signers: readonly Signer[],
  incarnation = member.lives.get(id) as number,
): void {
  const accusations = signers.map((signer) => liar.accusation(id, incarnation, signer));
  for (const accusation of accusations) liar.tell(ACCUSE.encode({ accusation, nonce: NONCE }));
  liar.tell(REPORT.encode({ report: { victim: id, incarnation, accusations } }));
}

/** A message in the name of `origin`, whoever signs it. */
function batch(origin: Signer, incarnation: number, terms: Partial<UnsignedBatch>): Uint8Array {
  const payloads = [new TextEncoder().encode("forged")];
  const whole = { origin: origin.id, incarnation, at: Date.now(), firstSequence: 1, payloads, ...terms };
  return BATCH.encode(signBatch(whole, member.configuration.networkId, origin));
}

/** How often a seed has printed this. */
function count(pattern: RegExp): number {
  return network.seeds.flatMap((seed) => seed.lines).filter((line) => pattern.test(line)).length;
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
  await printed(/^WARNING: \S+ sent a forged (accusation|report)/);
  await sleep(1000);
  await outsider.close();
  expect(count(/^(Dead Node|Alive after all)/)).toBe(0);
});

test("a report that all neighbours truly sign, and its replay, make the seeds look for themselves", async () => {
  const victim = network.peers[1] as Node;
  const keys = network.peers.filter((peer) => peer !== victim).map(keyOf);
  for (let round = 0; round < 3; round++) accuse(member, victim, [member.signer, ...keys]);
  await printed(/^Dead Node:/);
  await printed(new RegExp(`^Alive after all: ${victim.address}$`));
  expect(network.removals()).toEqual([]);
});

test("a report on the life before, which all have truly signed, opens no case", async () => {
  const victim = network.peers[2] as Node;
  const keys = network.peers.filter((peer) => peer !== victim).map(keyOf);
  const before = count(/^Dead Node/);
  const incarnation = (member.lives.get(victim.plan.id) as number) - 1;
  accuse(sybils[0] as Hostile, victim, [(sybils[0] as Hostile).signer, ...keys], incarnation);
  await sleep(1000);
  expect(count(/^Dead Node/)).toBe(before);
});

test("members that make themselves a member's neighbours, and accuse it, remove it not", async () => {
  const victim = network.peers[3] as Node;
  for (const one of sybils) await one.dial(victim.address, victim.plan.id);
  for (let round = 0; round < 3; round++) {
    for (const one of sybils)
      accuse(
        one,
        victim,
        sybils.map(({ signer }) => signer),
      );
    await sleep(300);
  }
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

test("half-open connections, lengths without end, letters one by one and a claim to be a hub keep nobody out", async () => {
  for (const { address } of network.nodes) {
    const { host, port } = splitAddress(address);
    for (let index = 0; index < 150; index++) {
      const socket = connect(port, host).on("error", () => undefined);
      if (index % 3 === 0) socket.write(new Uint8Array([0xff, 0xff, 0xff, 0xff, 1]));
      if (index % 3 === 1) socket.write(new Uint8Array([22]));
      sockets.push(socket);
    }
  }
  // A record of TLS that is about to be whole, for hours.
  const trickle = setInterval(() => {
    for (const [index, socket] of sockets.entries())
      if (index % 3 === 1 && socket.writable) socket.write(new Uint8Array([3]));
  }, 200);
  for (const one of sybils) one.claimDegree(128);
  const newcomer = await network.addPeer();
  newcomer.start();
  await newcomer.ready();
  await network.gossips([network.peers[0] as Node, newcomer]);
  clearInterval(trickle);
  const { neighbours } = (await newcomer.status()) as PeerStatus;
  const hostile = new Set([member, ...sybils].map(({ signer }) => signer.id));
  expect(neighbours.some((id) => !hostile.has(id))).toBe(true);
});

test("messages in another's name before it says them are delivered to nobody, and the true ones to all", async () => {
  const victim = network.peers[3] as Node;
  const { id } = victim.plan;
  const next = 1 + Math.max(...[...victim.published.keys()].map(sequenceOf));
  const payloads = Array.from({ length: 64 }, () => new TextEncoder().encode("forged"));
  for (const [index, forger] of [member, ...sybils].entries()) {
    const sign = forger.signer.sign.bind(forger.signer);
    const incarnation = member.lives.get(id) as number;
    const frames = [next, 1_000_000].map((firstSequence) =>
      batch({ id, sign }, incarnation, { firstSequence: firstSequence + 5 * index, payloads }),
    );
    for (const { address, plan } of network.peers.filter((peer) => peer !== victim)) {
      const link = await forger.dial(address, plan.id);
      for (const frame of frames) link?.send(frame);
    }
  }
  await network.gossips();
  const forged = network.peers.flatMap(({ delivered }) =>
    [...delivered.keys()].filter((name) => name.startsWith(id) && !victim.published.has(name)),
  );
  expect(forged).toEqual([]);
});

test("and nobody was removed by any of this", async () => {
  await sleep(CASE_MS);
  expect(network.removals()).toEqual([]);
});

/** The number of a message, which stands at the end of its name. */
function sequenceOf(name: string): number {
  return Number(name.split(":").at(-1));
}
