import { createSigner, networkIdOf, verifier } from "@p2p/identity";
import { World } from "@p2p/sim";
import type { Connection } from "@p2p/wire";
import { bench, describe } from "vitest";
import { BATCH, type Batch } from "../src/batch.ts";
import { signBatch, verifyBatch } from "../src/batch-signature.ts";
import { Delivery } from "../src/delivery.ts";
import { Knowledge } from "../src/knowledge.ts";
import { byName, Listings } from "../src/listings.ts";
import { EVERYBODY } from "../src/membership.ts";
import { Origins } from "../src/origins.ts";
import { OwnMessages } from "../src/own-messages.ts";
import { DEFAULT_RATE } from "../src/rate.ts";
import { DIGEST, type Digest } from "../src/repair-frames.ts";
import { SeenWindow } from "../src/seen-window.ts";
import { DEFAULT_STORE_LIMITS, Store } from "../src/store.ts";

/**
 * What an exchange of digests, and repair, cost at 1 000 origins:
 *
 *     npx vitest bench --run --project @p2p/gossip
 */
const ORIGINS = 1000;
const MESSAGES = 4;
const NOW = 60_000;

const networkId = networkIdOf({ name: "p2p", seeds: [], faulty: 0 });
const host = new World().host("bench");
const { signer: self } = host;
const local = {
  id: self.id,
  signer: self,
  verifier,
  networkId,
  clock: host.clock,
  random: host.random,
  address: undefined,
};
const signers = Array.from({ length: ORIGINS }, (_, number) => {
  const key = new Uint8Array(32);
  new DataView(key.buffer).setUint32(0, number + 1);
  return createSigner(key);
});
const batches: Batch[] = signers.flatMap((signer) =>
  Array.from({ length: MESSAGES }, (_, index) => {
    const payloads = [new Uint8Array(100)];
    const terms = {
      origin: signer.id,
      incarnation: 1_767_225_600,
      firstSequence: index + 1,
      at: 0,
      payloads,
    };
    return signBatch(terms, networkId, signer);
  }),
);

/** A node that has seen those of the batches that are wanted. */
function nodeWith(wanted: (index: number) => boolean): { store: Store; listings: Listings } {
  const store = new Store(DEFAULT_STORE_LIMITS, 600_000);
  const origins = new Origins(undefined, DEFAULT_RATE);
  const own = new OwnMessages(local, undefined, () => undefined);
  for (const [index, batch] of batches.entries()) {
    if (!wanted(index)) continue;
    const found = origins.find(batch.origin, batch.incarnation, 0);
    origins.enter(batch, found === "stale" ? undefined : found, origins.bucketOf(batch.origin, 0), 0);
    store.add(batch, BATCH.encode(batch), 0);
  }
  const knowledge = new Knowledge({ id: self.id, origins, own, membership: EVERYBODY });
  const clock = { now: () => NOW, wallTime: () => NOW, after: () => () => undefined };
  const listings = new Listings({ clock, store, knowledge, vouch: () => undefined, everyMs: 10_000 });
  return { store, listings };
}

const whole = nodeWith(() => true);
const holed = nodeWith((index) => index % 5 !== 2);
const digestOf = ({ listings }: typeof whole): Digest => ({
  round: 1,
  scope: "all",
  runs: listings.page(0).runs,
});
const frame = DIGEST.encode(digestOf(whole));
const sink = { queuedBytes: 0, send: () => true } as unknown as Connection;

function bytesEach(stretches: readonly number[]): string {
  const runs = digestOf(whole).runs.map((run) => ({ ...run, highest: 1500, stretches }));
  return (DIGEST.encode({ round: 1, scope: "all", runs }).length / ORIGINS).toFixed(1);
}

const fifth = new SeenWindow(1500);
for (let sequence = 1500 - 1023; sequence < 1500; sequence++)
  if (host.random.next() > 0.2) fifth.mark(sequence);
console.info(
  `bytes of a digest for each origin: all seen ${bytesEach([])}, a latecomer's ${bytesEach([1])}, ` +
    `one hole ${bytesEach([200, 1])}, a fifth of 1 024 missing ${bytesEach(fifth.stretches)}`,
);
const missed = whole.listings.missedBy(byName(holed.listings.page(0).runs));
console.info(
  `${ORIGINS} origins, ${batches.length} messages kept, ${missed.length} of them missed by the neighbour`,
);

describe(`an exchange of digests at ${ORIGINS} origins`, () => {
  bench("draw up a digest of all runs", () => {
    whole.listings.page(0);
  });
  bench("draw up and encode it", () => {
    DIGEST.encode(digestOf(whole));
  });
  bench("decode it", () => {
    DIGEST.decode(frame);
  });
  bench("compare it, nothing missing", () => {
    const theirs = byName(digestOf(whole).runs);
    whole.listings.missedBy(theirs);
    whole.listings.wants(theirs, sink, false);
  });
  bench("compare it, a fifth missing", () => {
    const theirs = byName(digestOf(holed).runs);
    whole.listings.missedBy(theirs);
    holed.listings.wants(byName(digestOf(whole).runs), sink, false);
  });
});

describe(`repair of ${missed.length} messages of ${ORIGINS} origins`, () => {
  bench("give them", () => {
    const delivery = new Delivery(sink, 10_000, NOW);
    delivery.order(missed, NOW);
    delivery.pump(NOW);
  });
  bench("check 100 of them", () => {
    for (const batch of batches.slice(0, 100)) verifyBatch(batch, networkId, verifier);
  });
});
