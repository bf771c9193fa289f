import { CERTIFICATES, type Certificate, encodeCertificate } from "@p2p/consensus";
import { LIST, type List } from "@p2p/seed";
import type { FrameType } from "@p2p/wire";
import { expect, test } from "vitest";
import { Network } from "../src/network.ts";

const network = new Network({ peers: 20 });
network.settle();
const ledgers = network.live.map((host) => network.peer(host).seeds.ledger);
const certificates = Array.from(ledgers[0]?.members() ?? [], ({ certificate }) => certificate);

const ids = certificates.map(({ fact }) => fact.peer);
const members = certificates.map(({ fact: { peer, incarnation } }) => ({ peer, incarnation }));
const pages: readonly List[] = [
  { members, certificates: [], next: undefined, fresh: false, grey: [] },
  { members: [], certificates, next: undefined, fresh: true, grey: [] },
  { members, certificates, next: ids[3], fresh: true, grey: ids.slice(5) },
];

/** As it is for a node in a process of its own. */
function alone<T>(type: FrameType<T>, value: T): Uint8Array {
  return (Object.getPrototypeOf(type) as FrameType<T>).encode.call(type, value);
}

test("peers that list somebody by the same votes hold the same object", () => {
  for (const { fact } of certificates) {
    const held = ledgers.map((ledger) => ledger.certificateOf(fact.peer) as Certificate);
    const written = held.map((certificate) => Buffer.from(encodeCertificate(certificate)).toString("hex"));
    expect(new Set(held).size).toBe(new Set(written).size);
  }
});

test("a frame that is put together has the bytes of one that is encoded", () => {
  for (const count of [1, 2, 15, 16, 20]) {
    const value = { certificates: certificates.slice(0, count) };
    expect([...CERTIFICATES.encode(value)]).toEqual([...alone(CERTIFICATES, value)]);
  }
  for (const page of pages) expect([...LIST.encode(page)]).toEqual([...alone(LIST, page)]);
});

test("what is read of a frame that was put together is what stands in it", () => {
  const frame = CERTIFICATES.encode({ certificates });
  expect(CERTIFICATES.decode(frame)).toEqual(CERTIFICATES.decode(Uint8Array.from(frame)));
  for (const page of pages) {
    const list = LIST.encode(page);
    expect(LIST.decode(list)).toEqual(LIST.decode(Uint8Array.from(list)));
    expect(LIST.decode(list)).toEqual(page);
  }
  const [one] = certificates as [Certificate];
  const fact = { ...one.fact, digest: new Uint8Array(31) };
  const malformed = CERTIFICATES.encode({ certificates: [{ ...one, fact }] });
  expect(CERTIFICATES.decode(malformed)).toHaveProperty("detail");
});
