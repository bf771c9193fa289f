import * as consensus from "@p2p/consensus";
import * as gossip from "@p2p/gossip";
import { sameBytes } from "@p2p/identity";
import * as liveness from "@p2p/liveness";
import * as overlay from "@p2p/overlay";
import * as seed from "@p2p/seed";
import * as wire from "@p2p/wire";
import { type Field, FrameType, Malformed, pick, read, write } from "@p2p/wire";
import * as fc from "fast-check";
import { misfitOf } from "./fit.ts";
import { judge } from "./judges.ts";
import type { Layout } from "./layout.ts";
import { mutated } from "./mutation.ts";
import { bodyOf, type Structures } from "./shape.ts";
import { Fault, type Target } from "./target.ts";
import { bytesOf } from "./tree.ts";

/** Every type of frame of all packages, by its number. */
export const FRAME_TYPES: ReadonlyMap<number, FrameType<unknown>> = new Map(
  [wire, consensus, gossip, liveness, overlay, seed]
    .flatMap((module) => Object.values<unknown>(module))
    .filter((value): value is FrameType<unknown> => value instanceof FrameType)
    .map((type) => [type.kind, type]),
);

/**
 * Frames of one kind, drawn as PROTOCOL.md says they are.
 * @param layout the one of this kind.
 */
export function frameTarget(type: FrameType<unknown>, layout: Layout, structures: Structures): Target {
  const frames = bodyOf(layout, structures).map((body) => Uint8Array.from([type.kind, ...bytesOf(body)]));
  return {
    name: type.name,
    samples: (seed, count) => fc.sample(frames, { seed, numRuns: count }),
    mutate: mutated,
    read(frame) {
      const value = decode(type, frame);
      if (value instanceof Malformed) return checkDetail(value);
      checkCanonical(
        frame,
        () => type.encode(value),
        (again) => type.decode(again),
        (back) => type.encode(back),
      );
      checkFit(type.encode(value).subarray(1), layout, structures);
      judge(type.kind, value);
      return true;
    },
  };
}

/** A structure by itself, as it is kept on disk or inside something else. */
export function structureTarget<T>(
  name: string,
  field: Field<T>,
  layout: Layout,
  structures: Structures,
): Target {
  const bodies = bodyOf(layout, structures).map(bytesOf);
  return {
    name,
    samples: (seed, count) => fc.sample(bodies, { seed, numRuns: count }),
    mutate: (sample, others, random) => {
      const donor = pick(others, random) ?? sample;
      return mutated(headed(sample), [headed(donor)], random).subarray(1);
    },
    read(bytes) {
      const value = read(field, bytes);
      if (value instanceof Malformed) return checkDetail(value);
      checkCanonical(
        bytes,
        () => write(field, value),
        (again) => read(field, again),
        (back) => write(field, back),
      );
      checkFit(write(field, value), layout, structures);
      return true;
    },
  };
}

/** What is taken keeps to the limits that the document has. */
function checkFit(body: Uint8Array, layout: Layout, structures: Structures): void {
  const misfit = misfitOf(body, layout, structures);
  if (misfit !== undefined) throw new Fault(`it takes what PROTOCOL.md does not allow: ${misfit}`);
}

/** What is read is written in one form, and that form is read as the same. */
export function checkCanonical<T>(
  input: Uint8Array,
  write: () => Uint8Array,
  read: (bytes: Uint8Array) => T | Malformed,
  rewrite: (value: T) => Uint8Array,
): void {
  const before = input.slice();
  const written = write();
  const back = read(written);
  if (back instanceof Malformed) throw new Fault(`what it writes it does not read: ${back.detail}`);
  if (!sameBytes(rewrite(back), written)) throw new Fault("what it reads again is something else");
  if (!sameBytes(before, input)) throw new Fault("it writes into what it reads");
}

function headed(body: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(1 + body.length);
  bytes.set(body, 1);
  return bytes;
}

/** BATCH is stricter than its layout: it is passed on as the bytes it came in. */
function decode(type: FrameType<unknown>, frame: Uint8Array): unknown {
  const value = type.decode(frame);
  if (type.kind !== gossip.BATCH.kind) return value;
  const batch = gossip.readBatch(frame);
  if (value instanceof Malformed && !(batch instanceof Malformed))
    throw new Fault("a BATCH that cannot be decoded is taken");
  return batch;
}

/** It is shown to people, and sent to whoever is barred for it. */
function checkDetail({ detail }: Malformed): false {
  if (detail.length === 0 || detail.length > 512) throw new Fault(`a reason of ${detail.length} characters`);
  return false;
}
