import { concatBytes, P2PError } from "@p2p/identity";
import { readCertificates, readVotes } from "@p2p/seed/invariants";
import { integerBelow, type Random } from "@p2p/wire";
import * as fc from "fast-check";
import { crc32 } from "./crc32.ts";
import type { Layout } from "./layout.ts";
import { mutated, scratched } from "./mutation.ts";
import { uintBytes } from "./scalar.ts";
import { bodyOf, type Structures } from "./shape.ts";
import type { Target } from "./target.ts";
import { bytesOf } from "./tree.ts";

/** A record's head: length, checksum of the payload, checksum of both. PROTOCOL.md §10.6. */
const HEAD_BYTES = 12;

/** Files of records as seeds keep them; damaged ones have the right checksums, too. */
export function fileTargets(structures: Structures): readonly Target[] {
  return [
    fileTarget("votes.log", votes(structures), (bytes) => readVotes(bytes).length),
    fileTarget("archive.log", certificates(structures), (bytes) => readCertificates(bytes).length),
  ];
}

function votes(structures: Structures): fc.Arbitrary<Uint8Array> {
  const news = bodyOf(structures.get("voteNews") as Layout, structures);
  return fc.tuple(fc.nat(), news).map(([counter, body]) => bytesOf([uintBytes(counter), body]));
}

/** The first byte says what it is: 1, a certificate. */
function certificates(structures: Structures): fc.Arbitrary<Uint8Array> {
  const bodies = bodyOf(structures.get("certificate") as Layout, structures);
  return bodies.map((body) => concatBytes([Uint8Array.of(1), bytesOf(body)]));
}

function fileTarget(
  name: string,
  payload: fc.Arbitrary<Uint8Array>,
  read: (bytes: Uint8Array) => number,
): Target {
  const files = fc
    .array(payload, { minLength: 1, maxLength: 4 })
    .map((payloads) => concatBytes(payloads.map(recordOf)));
  return {
    name,
    samples: (seed, count) => fc.sample(files, { seed, numRuns: count }),
    mutate: damaged,
    read(bytes) {
      try {
        return read(bytes) > 0;
      } catch (error) {
        if (error instanceof P2PError && error.code === "STORE_CORRUPT") return false;
        throw error;
      }
    },
  };
}

function recordOf(payload: Uint8Array): Uint8Array {
  const record = new Uint8Array(HEAD_BYTES + payload.length);
  record.set(payload, HEAD_BYTES);
  return sealed(record, payload.length);
}

/** Puts the head before what is in `record` already. */
function sealed(record: Uint8Array, length: number): Uint8Array {
  const view = new DataView(record.buffer, record.byteOffset);
  view.setUint32(0, length);
  view.setUint32(4, crc32(record.subarray(HEAD_BYTES)));
  view.setUint32(8, crc32(record.subarray(0, 8)));
  return record;
}

function damaged(file: Uint8Array, others: readonly Uint8Array[], random: Random): Uint8Array {
  const [donor = file] = others;
  const chance = random.next();
  if (chance < 0.2) return scratched(file, donor, random);
  const records = recordsIn(file);
  if (records.length === 0) return scratched(file, donor, random);
  const index = integerBelow(records.length, random);
  const record = records[index] as Uint8Array;
  if (chance < 0.8) records[index] = recordOf(changed(record, recordsIn(donor), random));
  else if (chance < 0.9) records[index] = sealed(record.slice(), integerBelow(70_000, random));
  else records[index] = new Uint8Array(integerBelow(30, random));
  return concatBytes(records);
}

function changed(record: Uint8Array, others: readonly Uint8Array[], random: Random): Uint8Array {
  const payload = record.subarray(HEAD_BYTES);
  const parts = others.map((other) => other.subarray(HEAD_BYTES));
  // Of a certificate the first byte says that it is one; of a vote it is the head of an array.
  return random.next() < 0.8 && payload[0] === 1
    ? mutated(payload, parts, random)
    : mutated(concatBytes([Uint8Array.of(0), payload]), parts, random).slice(1);
}

function recordsIn(file: Uint8Array): Uint8Array[] {
  const records: Uint8Array[] = [];
  for (let at = 0; at + HEAD_BYTES < file.length; ) {
    const length = new DataView(file.buffer, file.byteOffset + at).getUint32(0);
    records.push(file.slice(at, at + HEAD_BYTES + length));
    at += HEAD_BYTES + length;
  }
  return records;
}
