import { BATCH, signBatch, type UnsignedBatch } from "@p2p/gossip";
import type { Signer } from "@p2p/identity";
import type { Host } from "@p2p/sim";
import type { Connection } from "@p2p/wire";
import { expect, test } from "vitest";
import type { Network } from "../src/network.ts";
import { Hostile, listing, settled } from "./attack-hostile.ts";

function townWith(seed: number): { network: Network; hostile: Hostile; links: () => Connection[] } {
  const network = settled({ seed, peers: 6 });
  const host = network.world.host("gossip");
  const hostile = host.boot(() => new Hostile(network, host));
  network.world.run(1);
  hostile.join();
  const links = (): Connection[] =>
    network.live.flatMap((peer) => hostile.dial(peer.address, { expect: peer.signer.id }) ?? []);
  return { network, hostile, links };
}

function frameOf(network: Network, signer: Signer, batch: Partial<UnsignedBatch>): Uint8Array {
  const terms = {
    origin: signer.id,
    incarnation: listing(network, signer.id).incarnation,
    firstSequence: 1,
    at: Date.UTC(2026, 0, 1),
    payloads: [new TextEncoder().encode("forged")],
    ...batch,
  };
  return BATCH.encode(signBatch(terms, network.configuration.networkId, signer));
}

function heard(network: Network, text: string): number {
  return network.live.filter((host) =>
    network.books.heard.get(host)?.some((message) => message.text === text),
  ).length;
}

test("a message that was forged before it was sent is heard by all, in its true form only", () => {
  const { network, hostile, links } = townWith(1);
  const [speaker] = network.live as [Host];
  const { id } = speaker.signer;
  for (let sequence = 1; sequence <= 20; sequence++) {
    const sign = hostile.signer.sign.bind(hostile.signer);
    const forged = frameOf(network, { id, sign }, { firstSequence: sequence });
    for (const link of links()) link.send(forged);
  }
  network.world.run(500);
  for (let count = 0; count < 5; count++) network.peer(speaker).gossip.publish(`true ${count}`);
  network.world.run(5000);
  for (let count = 0; count < 5; count++) expect(heard(network, `true ${count}`)).toBe(5);
  expect(heard(network, "forged")).toBe(0);
});

test("numbers out of order, doubled, forked and at the end of what numbers can be, shut nobody else up", () => {
  const { network, hostile, links } = townWith(2);
  const open = links();
  const say = (firstSequence: number, text: string): void => {
    const payloads = [new TextEncoder().encode(text)];
    for (const link of open) link.send(frameOf(network, hostile.signer, { firstSequence, payloads }));
  };
  say(2 ** 53 - 1, "last");
  say(1, "first");
  say(2 ** 53 - 2, "one before");
  say(2 ** 53 - 1, "fork");
  say(2 ** 53 - 1025, "too old");
  for (let count = 0; count < 2000; count++) say(2 ** 40 + count * 1024, "jump");
  const [speaker] = network.live as [Host];
  network.peer(speaker).gossip.publish("still here");
  network.world.run(3000);
  expect(heard(network, "last")).toBe(6);
  expect(heard(network, "one before")).toBe(6);
  expect(["first", "fork", "too old", "jump"].map((text) => heard(network, text))).toEqual([0, 0, 0, 0]);
  expect(heard(network, "still here")).toBe(5);
});

test("ten thousand messages at once from one member, and of strangers, leave room for the others'", () => {
  const { network, hostile, links } = townWith(3);
  const open = links();
  const stranger = network.world.host("stranger").signer;
  for (let sequence = 1; sequence <= 12_000; sequence++) {
    const frame = frameOf(network, hostile.signer, { firstSequence: sequence });
    for (const link of open.slice(0, 2)) link.send(frame);
    if (sequence > 200) continue;
    const unknown = { id: stranger.id, sign: stranger.sign.bind(stranger) };
    const terms = { origin: unknown.id, incarnation: 1, firstSequence: sequence, at: 1, payloads: [] };
    const strange = BATCH.encode(
      signBatch({ ...terms, payloads: [new Uint8Array(1)] }, network.configuration.networkId, unknown),
    );
    for (const link of open.slice(2)) link.send(strange);
  }
  network.world.run(2000);
  for (const host of network.live) network.peer(host).gossip.publish(`of ${host.name}`);
  network.world.run(10_000);
  for (const host of network.live) expect(heard(network, `of ${host.name}`)).toBe(5);
  expect(network.books.removals).toEqual([]);
});
