import { verifier } from "@p2p/identity";
import { type Field, type FrameType, Malformed, parseAddress, read, write } from "@p2p/wire";
import { describe, expect, test } from "vitest";
import {
  ACCUSE,
  ALIVE,
  accusation,
  CERTIFICATES,
  certificate,
  decodeCertificate,
  encodeCertificate,
  fact,
  leave,
  PROBE,
  proofOfLife,
  registration,
  report,
  signLeave,
  signProofOfLife,
  signRegistration,
  TESTIMONY,
  verifyCertificate,
  vote,
  WITNESS,
} from "../src/index.ts";
import {
  accusationOf,
  additionOf,
  addOf,
  castOf,
  hash,
  registrationOf,
  removalOf,
  removeOf,
  signerOf,
  voteOf,
} from "./cast.ts";

const cast = castOf(3);
const { networkId } = cast.configuration;
const alice = signerOf("alice");
const bob = signerOf("bob");
const registered = registrationOf(cast, alice, 1_717_689_000);
const tokened = signRegistration(
  { ...registered, address: parseAddress("[::1]:7001"), token: Uint8Array.of(1), pow: Uint8Array.of(2) },
  networkId,
  alice,
);
const left = signLeave({ peer: alice.id, incarnation: 7 }, networkId, alice);
const proof = signProofOfLife({ peer: alice.id, incarnation: 7, nonces: [hash("n")] }, networkId, alice);
const accused = accusationOf(cast, bob, alice.id, 7, 1_717_689_000_000);

/** A field with what is written, whatever its type: so that all of them stand in one table. */
interface Sample {
  readonly name: string;
  readonly field: Field<unknown>;
  readonly value: unknown;
}

function sample<T>(name: string, field: Field<T>, value: T): Sample {
  return { name, field, value };
}

const samples: readonly Sample[] = [
  sample("ADD", fact, addOf(cast, registered)),
  sample("REMOVE", fact, removeOf(alice.id, 7)),
  sample("registration", registration, registered),
  sample("registration with token", registration, tokened),
  sample("leave", leave, left),
  sample("proof of life", proofOfLife, proof),
  sample("accusation", accusation, accused),
  sample("report", report, { victim: alice.id, incarnation: 7, accusations: [accused] }),
  sample("vote", vote, voteOf(cast, 0, removeOf(alice.id, 7), 1_717_689_000_000)),
  sample("certificate of an ADD", certificate, additionOf(cast, registered)),
  sample("certificate of a REMOVE", certificate, removalOf(cast, alice.id, 7)),
  sample("certificate of a LEAVE", certificate, { ...removalOf(cast, alice.id, 7), leave: left }),
];

describe.each(samples)("$name", ({ field, value }) => {
  test("comes back as it was written", () => {
    expect(read(field, write(field, value))).toEqual(value);
  });

  test("may have more fields than known", () => {
    const later: Field<unknown> = {
      write: (written) => [...(field.write(written) as unknown[]), 7, "later"],
      read: (raw) => field.read(raw),
    };
    expect(read(field, write(later, value))).toEqual(value);
  });

  test("lacks nothing silently: cut by one field it is malformed, unless that one is optional", () => {
    const raw = field.write(value) as unknown[];
    const last = raw.findLastIndex((part) => part !== null);
    const shorter: Field<unknown> = { write: () => raw.slice(0, last), read: (cutRaw) => field.read(cutRaw) };
    const cut = read(field, write(shorter, value));
    expect(cut instanceof Malformed || JSON.stringify(cut) !== JSON.stringify(value)).toBe(true);
  });

  test("damaged in any byte it is read or refused, and never throws", () => {
    const bytes = write(field, value);
    for (let at = 0; at < bytes.length; at++) {
      for (const byte of [0x00, 0x7f, 0x90, 0xc0, 0xc4, 0xcb, 0xdd, 0xff]) {
        const damaged = Uint8Array.from(bytes);
        damaged[at] = byte;
        expect(() => read(field, damaged)).not.toThrow();
      }
      expect(read(field, bytes.subarray(0, at))).toBeInstanceOf(Malformed);
    }
  });
});

const many = <T>(count: number, value: T): T[] => Array.from({ length: count }, () => value);
const one = voteOf(cast, 0, removeOf(alice.id, 7));

test.each<Sample>([
  sample("a REMOVE with a digest", fact, { ...removeOf(alice.id, 7), digest: hash("content") }),
  sample("an incarnation of 2^52", leave, { ...left, incarnation: 2 ** 52 }),
  sample("a negative time", accusation, { ...accused, at: -1 }),
  sample("a token of 257 bytes", registration, { ...registered, token: new Uint8Array(257) }),
  sample("a proof of work of 65 bytes", registration, { ...registered, pow: new Uint8Array(65) }),
  sample("a proof without nonces", proofOfLife, { ...proof, nonces: [] }),
  sample("73 nonces", proofOfLife, { ...proof, nonces: many(73, hash("n")) }),
  sample("no accusations", report, { victim: alice.id, incarnation: 7, accusations: [] }),
  sample("70 accusations", report, { victim: alice.id, incarnation: 7, accusations: many(70, accused) }),
  sample("65 votes", certificate, { fact: one.fact, votes: many(65, one) }),
])("refused: $name", ({ field, value }) => {
  expect(read(field, write(field, value))).toBeInstanceOf(Malformed);
});

describe("a certificate as bytes", () => {
  test("is valid after the way there and back, for ADD, REMOVE and LEAVE", () => {
    for (const sent of [
      additionOf(cast, tokened),
      removalOf(cast, alice.id, 7),
      { ...removalOf(cast, alice.id, 7), leave: left },
    ]) {
      const received = decodeCertificate(encodeCertificate(sent));
      expect(received).toEqual(sent);
      expect(
        received instanceof Malformed
          ? "malformed"
          : verifyCertificate(received, cast.configuration, verifier),
      ).toBeUndefined();
    }
  });

  test("carries fact and configuration once: a REMOVE is 119 bytes and 105 a vote", () => {
    const certificates = [1, 3, 5].map((n) => removalOf(castOf(n), alice.id, 1_717_689_000));
    expect(certificates.map((sent) => sent.votes.length)).toEqual([1, 2, 3]);
    const sizes = certificates.map((sent) => encodeCertificate(sent).length);
    expect(sizes).toEqual([119 + 105, 119 + 2 * 105, 119 + 3 * 105]);
  });

  test("fits its limit with 64 votes and the longest of everything", () => {
    const big = { token: new Uint8Array(256), pow: new Uint8Array(64), incarnation: 2 ** 52 - 1 };
    const host = ["a".repeat(63), "b".repeat(63), "c".repeat(63), "d".repeat(61)].join(".");
    const longest = signRegistration(
      { peer: alice.id, address: parseAddress(`${host}:65535`), ...big },
      networkId,
      alice,
    );
    const last = voteOf(cast, 0, addOf(cast, longest), Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER);
    const bytes = encodeCertificate({ fact: last.fact, votes: many(64, last), registration: longest });
    expect(decodeCertificate(bytes)).not.toBeInstanceOf(Malformed);
  });

  test("is refused beyond its limit before anything is read", () => {
    expect(decodeCertificate(new Uint8Array(9217))).toEqual(new Malformed("longer than 9216 bytes"));
  });

  test("keeps nothing of the bytes it was read from", () => {
    const sent = additionOf(cast, tokened);
    const bytes = Uint8Array.from(encodeCertificate(sent));
    const received = decodeCertificate(bytes);
    bytes.fill(0xff);
    expect(received).toEqual(sent);
  });
});

/** A frame with what it carries, likewise. */
interface FrameSample {
  readonly name: string;
  readonly type: FrameType<unknown>;
  readonly value: unknown;
}

function frame<T>(type: FrameType<T>, value: T): FrameSample {
  return { name: type.name, type, value };
}

describe("frames", () => {
  const asked = { victim: alice.id, incarnation: 7, nonces: [hash("n"), hash("m")] };
  const answer = { victim: alice.id, incarnation: 7, ageMs: 1200 };

  test.each<FrameSample>([
    frame(PROBE, { peer: alice.id, nonces: [hash("n")] }),
    frame(ALIVE, { proof }),
    frame(WITNESS, asked),
    frame(TESTIMONY, { ...answer, outcome: "alive", proof }),
    frame(TESTIMONY, { ...answer, outcome: "refused" }),
    frame(TESTIMONY, { ...answer, outcome: "silent" }),
    frame(TESTIMONY, { ...answer, outcome: "busy" }),
    frame(TESTIMONY, { ...answer, outcome: "unknown" }),
    frame(ACCUSE, { accusation: accused, nonce: hash("n") }),
    frame(CERTIFICATES, { certificates: [additionOf(cast, tokened)] }),
  ])("$name comes back as it was sent", ({ type, value }) => {
    expect(type.decode(type.encode(value))).toEqual(value);
  });

  test("all of them need a key, and have the numbers of PROTOCOL.md", () => {
    const types = [PROBE, ALIVE, WITNESS, TESTIMONY, ACCUSE, CERTIFICATES];
    expect(types.map(({ kind }) => kind)).toEqual([0x10, 0x11, 0x12, 0x13, 0x14, 0x42]);
    expect(types.every((type) => type.proof === "key")).toBe(true);
  });
});
