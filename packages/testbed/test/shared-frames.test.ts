import { CERTIFICATES, type Certificate, encodeCertificate } from "@p2p/consensus";
import { expect, test } from "vitest";
import { Network } from "../src/network.ts";

const network = new Network({ peers: 20 });
network.settle();
const ledgers = network.live.map((host) => network.peer(host).seeds.ledger);
const certificates = Array.from(ledgers[0]?.members() ?? [], ({ certificate }) => certificate);

/** As it is for a node in a process of its own. */
function alone(value: readonly Certificate[]): Uint8Array {
  const type = Object.getPrototypeOf(CERTIFICATES) as typeof CERTIFICATES;
  return type.encode.call(CERTIFICATES, { certificates: value });
}

test("peers that list somebody by the same votes hold the same object", () => {
  for (const { fact } of certificates) {
    const held = ledgers.map((ledger) => ledger.certificateOf(fact.peer) as Certificate);
    const written = held.map((certificate) => Buffer.from(encodeCertificate(certificate)).toString("hex"));
    expect(new Set(held).size).toBe(new Set(written).size);
  }
});

test("a frame that is put together has the bytes of one that is encoded", () => {
  for (const count of [1, 2, 15, 16, 20])
    expect([...CERTIFICATES.encode({ certificates: certificates.slice(0, count) })]).toEqual([
      ...alone(certificates.slice(0, count)),
    ]);
});

test("what is read of a frame that was put together is what stands in it", () => {
  const frame = CERTIFICATES.encode({ certificates });
  expect(CERTIFICATES.decode(frame)).toEqual(CERTIFICATES.decode(Uint8Array.from(frame)));
  const [one] = certificates as [Certificate];
  const fact = { ...one.fact, digest: new Uint8Array(31) };
  const malformed = CERTIFICATES.encode({ certificates: [{ ...one, fact }] });
  expect(CERTIFICATES.decode(malformed)).toHaveProperty("detail");
});
