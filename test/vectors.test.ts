import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import {
  CHAIN,
  chainOf,
  decodeCertificate,
  encodeCertificate,
  verifyCertificate,
} from "../packages/consensus/src/index.ts";
import { readBatch, verifyBatch } from "../packages/gossip/src/index.ts";
import {
  createSigner,
  fromHex,
  parsePeerId,
  StatementKind,
  sha256,
  toHex,
  verifier,
  verifyEdge,
} from "../packages/identity/src/index.ts";
import { type Layout, layoutsIn, readType, type Type } from "../packages/testbed/src/fuzz/layout.ts";
import { pack, unpack } from "../packages/wire/src/codec.ts";
import { type FrameType, Kind, Malformed } from "../packages/wire/src/index.ts";
import { FrameReader } from "../packages/wire/src/socket/frame-reader.ts";
import { plain, vectorsText } from "./vectors.ts";
import { pathsOf, variantsOf } from "./vectors-bounds.ts";
import { configuration, edge, networkId, operated, signers } from "./vectors-cast.ts";
import { accepted, dialled } from "./vectors-handshake.ts";
import { replay } from "./vectors-replay.ts";
import { types } from "./vectors-types.ts";

const root = new URL("../", import.meta.url);
const read = (path: string): string => readFileSync(new URL(path, root), "utf8");

/** What this test looks at in PROTOCOL.vectors.json. */
interface Vectors {
  readonly keys: readonly { readonly privateKey: string; readonly id: string }[];
  readonly networkIds: readonly { readonly hashed: string; readonly networkId: string }[];
  readonly configuration: { readonly hashed: string; readonly cfg: string };
  readonly configurations: readonly { readonly hashed: string; readonly cfg: string }[];
  readonly work: { readonly hashed: string; readonly hash: string; readonly bits: number };
  readonly contests: readonly {
    readonly place: string;
    readonly order: readonly { readonly peer: string; readonly hash: string }[];
  }[];
  readonly statements: readonly StatementVector[];
  readonly certificates: readonly {
    readonly bytes: string;
    readonly certificate: unknown;
    readonly hashed: string;
    readonly digest: string;
  }[];
  readonly registrationDigest: { readonly digest: string };
  readonly electorate: {
    readonly victim: string;
    readonly neighbours: readonly string[];
    readonly ranks: readonly { readonly id: string; readonly rank: string }[];
    readonly monitors: readonly string[];
  };
  readonly handshake: {
    readonly transcript: readonly { readonly from: string; readonly bytes: string }[];
  };
  readonly frames: readonly FrameVector[];
  readonly tolerated: readonly { readonly why: string; readonly bytes: string; readonly as: string }[];
  readonly refused: readonly { readonly why: string; readonly bytes: string }[];
  readonly stream: { readonly frames: readonly string[]; readonly bytes: string };
}

interface StatementVector {
  readonly kind: number;
  readonly networkId: string;
  readonly fields: Readonly<Record<string, unknown>>;
  readonly bytes: string;
  readonly signature: string;
  readonly signer: string;
  readonly version?: number;
}

interface FrameVector {
  readonly kind: number;
  readonly name: string;
  readonly bytes: string;
  readonly body: Readonly<Record<string, unknown>>;
}

const markdown = read("PROTOCOL.md");
const text = read("PROTOCOL.vectors.json");
const vectors: Vectors = JSON.parse(text);

const layouts = layoutsIn(markdown, "layouts");
const frameLayouts = new Map(
  layouts.flatMap((layout) => (layout.kind === undefined ? [] : [[layout.kind, layout]])),
);
const structures = new Map(
  layouts.flatMap((layout) => (layout.kind === undefined ? [[layout.name, layout]] : [])),
);
const statementLayouts = new Map(layoutsIn(markdown, "statements").map((layout) => [layout.kind, layout]));

const typeOf = (frame: Uint8Array): FrameType<unknown> => types.get(frame[0] as number) as FrameType<unknown>;

test("PROTOCOL.vectors.json is what the code makes: node scripts/vectors.mjs", () => {
  expect(text).toBe(vectorsText());
});

describe("nothing is missing", () => {
  test("every kind of frame is in the document, under its name, and in the vectors", () => {
    const kinds = Object.values(Kind).toSorted((a, b) => a - b);
    expect([...types.keys()].toSorted((a, b) => a - b)).toEqual(kinds);
    const named = kinds.map((kind) => [kind, types.get(kind)?.name]);
    expect(kinds.map((kind) => [kind, frameLayouts.get(kind)?.name])).toEqual(named);
    expect([...new Set(vectors.frames.map(({ kind, name }) => `${kind} ${name}`))]).toEqual(
      named.map((pair) => pair.join(" ")),
    );
    expect([...frameLayouts.keys()].toSorted((a, b) => a - b)).toEqual(kinds);
  });

  test("every kind of frame is in the table of kinds, with the section that has its layout", () => {
    const rows = [...markdown.matchAll(/\| (0x[0-9a-f]{2}) \| (\w+) \| ([\d.]+) (?=\|)/g)];
    const places = rows.map(([, kind, name, place]) => `${kind} ${name} ${place}`);
    const expected = [...types.values()].map(({ kind, name }) => `${hex(kind)} ${name} ${sectionOf(kind)}`);
    expect(places.toSorted()).toEqual(expected.toSorted());
  });

  test("every kind of statement that is in use is in the document and in the vectors", () => {
    const sources = sourcesOf("packages");
    const inUse = Object.entries(StatementKind).filter(([name]) => sources.includes(`StatementKind.${name}`));
    expect(inUse.length).toBeGreaterThan(8);
    for (const [name, kind] of inUse) expect(statementLayouts.get(kind)?.name).toBe(name);
    expect([...new Set(vectors.statements.map(({ kind }) => kind))]).toEqual([...statementLayouts.keys()]);
  });

  test("every kind of statement that is not in use is reserved", () => {
    const reserved = /^(\d+ .*) are reserved/m.exec(markdown)?.[1] ?? "";
    const kinds = [...reserved.matchAll(/\d+/g)].map(Number);
    expect([...statementLayouts.keys(), ...kinds].toSorted((a = 0, b = 0) => a - b)).toEqual(
      Object.values(StatementKind).toSorted((a, b) => a - b),
    );
  });
});

test.each(vectors.keys)("the private key of $id is its own", ({ privateKey, id }) => {
  expect(createSigner(fromHex(privateKey)).id).toBe(id);
});

test("what is hashed gives the hashes", () => {
  const { networkIds, configuration: configured, certificates } = vectors;
  for (const { hashed, networkId: id } of networkIds) expect(toHex(sha256(fromHex(hashed)))).toBe(id);
  for (const { hashed, cfg } of [configured, ...vectors.configurations])
    expect(toHex(sha256(fromHex(hashed)))).toBe(cfg);
  for (const { hashed, digest } of certificates) expect(toHex(sha256(fromHex(hashed)))).toBe(digest);
  const registration = vectors.statements.find(({ kind }) => kind === StatementKind.registration);
  expect(toHex(sha256(fromHex(registration?.bytes ?? "")))).toBe(vectors.registrationDigest.digest);
});

describe("statements", () => {
  test.each(vectors.statements)("$kind by $signer: layout, bytes, signature", (vector) => {
    const layout = statementLayouts.get(vector.kind) as Layout;
    expect(Object.keys(vector.fields)).toEqual(layout.elements.map(({ name }) => name));
    const fields = layout.elements.map(({ name, type }) => signedBytes(type, vector.fields[name]));
    const kind = vector.kind.toString(16).padStart(2, "0");
    expect(
      `${toHex(new TextEncoder().encode(`p2p/${vector.version ?? 1}`))}${kind}${vector.networkId}${fields.join("")}`,
    ).toBe(vector.bytes);
    const isSigned = (bytes: Uint8Array): boolean =>
      verifier.verify(parsePeerId(vector.signer), bytes, fromHex(vector.signature));
    const bytes = fromHex(vector.bytes);
    expect(isSigned(bytes)).toBe(true);
    expect(isSigned(bytes.with(5, vector.kind + 1))).toBe(false);
  });
});

describe("frames", () => {
  test.each(vectors.frames)(
    "$name: decodes to what is said, and that encodes to the same bytes",
    (vector) => {
      const frame = fromHex(vector.bytes);
      const type = types.get(vector.kind) as FrameType<unknown>;
      const value = type.decode(frame);
      expect(plain(value)).toEqual(vector.body);
      expect(toHex(type.encode(value))).toBe(vector.bytes);
    },
  );

  test.each(vectors.frames)(
    "$name: has the elements that the document says, in their order",
    ({ kind, body }) => {
      expect(Object.keys(body)).toEqual((frameLayouts.get(kind) as Layout).elements.map(({ name }) => name));
      for (const { name, type } of (frameLayouts.get(kind) as Layout).elements) checkNames(type, body[name]);
    },
  );

  test.each(vectors.frames)(
    "$name: is taken up to the bounds that the document says, and not beyond",
    (vector) => {
      const frame = fromHex(vector.bytes);
      const layout = frameLayouts.get(vector.kind) as Layout;
      const body = unpack(frame.subarray(1)) as readonly unknown[];
      for (const { path, why, body: changed, isAllowed } of variantsOf(layout, body, structures)) {
        // A REMOVE has no digest: the one bound that depends on another element.
        if (path.endsWith("fact.kind") && isAllowed) continue;
        const outcome = typeOf(frame).decode(frameOf(vector.kind, pack(changed)));
        const refusal = outcome instanceof Malformed ? outcome.detail : undefined;
        expect({ path, why, isAllowed: refusal === undefined, refusal }).toEqual({
          path,
          why,
          isAllowed,
          refusal,
        });
      }
    },
  );

  test("every element in the document was there to be looked at", () => {
    const seen = new Set(
      vectors.frames.flatMap(({ kind, bytes }) => {
        const body = unpack(fromHex(bytes).subarray(1)) as readonly unknown[];
        return [...variantsOf(frameLayouts.get(kind) as Layout, body, structures)].map(({ path }) => path);
      }),
    );
    const paths = [...frameLayouts.values()].flatMap((layout) => [...pathsOf(layout, structures)]);
    // A partner is an ADD, though the layout would let it have more.
    const unused = /^OVERLAY_HINT\.partner\.leave/;
    expect(paths.filter((path) => !seen.has(path) && !unused.test(path))).toEqual([]);
  });

  test.each(vectors.tolerated)("$why is read all the same", ({ bytes, as }) => {
    const [odd, usual] = [fromHex(bytes), fromHex(as)];
    expect(typeOf(odd).decode(odd)).not.toBeInstanceOf(Malformed);
    expect(typeOf(odd).decode(odd)).toEqual(typeOf(usual).decode(usual));
  });

  test.each(vectors.refused)("$why is refused", ({ bytes }) => {
    const frame = fromHex(bytes);
    expect(frame[0] === Kind.batch ? readBatch(frame) : typeOf(frame).decode(frame)).toBeInstanceOf(
      Malformed,
    );
  });

  test("over TCP each is behind its length", () => {
    const reader = new FrameReader(1024);
    reader.push(fromHex(vectors.stream.bytes));
    const frames = [reader.next(), reader.next()].map((frame) => frame instanceof Uint8Array && toHex(frame));
    expect(frames).toEqual(vectors.stream.frames);
    expect(reader.next()).toBeUndefined();
  });
});

test.each(vectors.certificates)(
  "certificate $digest decodes, re-encodes and holds",
  ({ bytes, certificate }) => {
    const value = decodeCertificate(fromHex(bytes));
    if (value instanceof Malformed) throw new Error(value.detail);
    expect(plain(value)).toEqual(certificate);
    expect(toHex(encodeCertificate(value))).toBe(bytes);
    expect(verifyCertificate(value, configuration, verifier)).toBeUndefined();
  },
);

test("the edge and the batch are signed", () => {
  expect(verifyEdge(edge, networkId, verifier)).toBe(true);
  const frame = vectors.frames.find(({ kind }) => kind === Kind.batch);
  const batch = readBatch(fromHex(frame?.bytes ?? ""));
  expect(batch instanceof Malformed || verifyBatch(batch, networkId, verifier)).toBe(true);
});

test("the electorate is the neighbours and the first of the others by the hash of both ids", () => {
  const { victim, neighbours, ranks, monitors } = vectors.electorate;
  for (const { id, rank } of ranks) expect(toHex(sha256(fromHex(victim + id)))).toBe(rank);
  const others = ranks.map(({ id }) => id).filter((id) => !neighbours.includes(id));
  expect(monitors).toEqual([...neighbours, ...others.slice(0, 3)].toSorted());
});

test("work is worth as many bits as its hash begins with zeros", () => {
  const { hashed, hash, bits } = vectors.work;
  expect(toHex(sha256(fromHex(hashed)))).toBe(hash);
  expect(BigInt(`0x${hash}`).toString(2)).toHaveLength(256 - bits);
});

test.each(vectors.contests)("who wants a place in $place stands where its hash says", ({ place, order }) => {
  const label = toHex(new TextEncoder().encode(`p2p/1 place ${place}`));
  for (const { peer, hash } of order) expect(toHex(sha256(fromHex(label + peer)))).toBe(hash);
  expect(order.map(({ hash }) => hash)).toEqual(order.map(({ hash }) => hash).toSorted());
  expect(order.length).toBeGreaterThan(2);
});

test("a joint certificate brings the configuration after the first one", () => {
  const frame = vectors.frames.find(({ name }) => name === "CHAIN");
  const news = CHAIN.decode(fromHex(frame?.bytes ?? ""));
  if (news instanceof Malformed) throw new Error(news.detail);
  const { newest } = chainOf(operated, news.certificates, verifier);
  expect(newest.number).toBe(1);
  expect(vectors.configurations.map(({ cfg }) => cfg).slice(0, 2)).toEqual(
    [operated.cfg, newest.cfg].map(toHex),
  );
});

test.each(["dialler", "acceptor"])(
  "the handshake, replayed: the %s says just that, and knows the other",
  (end) => {
    const isDialler = end === "dialler";
    const [own, other] = isDialler ? [dialled, accepted] : [accepted, dialled];
    const saidBy = (isOwn: boolean): string[] =>
      vectors.handshake.transcript.filter(({ from }) => (from === end) === isOwn).map(({ bytes }) => bytes);
    const signer = isDialler ? signers.anna : signers.ben;
    const from = isDialler ? "[2001:db8::8]:7002" : "192.0.2.7:50000";
    const { sent, outcome } = replay(
      own.hello,
      signer,
      own.channel,
      from,
      isDialler,
      saidBy(false).map(fromHex),
    );
    expect(sent).toEqual(saidBy(true));
    expect(outcome).toMatchObject({ id: other.hello.id, proof: "channel", observed: other.ack.observed });
  },
);

/** The bytes of one field of a statement, by PROTOCOL.md §2.2, in hexadecimal digits. */
function signedBytes({ name, parameters: [element = ""] }: Type, value: unknown): string {
  const number = (digits: number, of: unknown = value): string =>
    Number(of).toString(16).padStart(digits, "0");
  const parts = (): string =>
    (value as unknown[]).map((part) => signedBytes(readType(element), part)).join("");
  switch (name) {
    case "u8":
      return number(2);
    case "u64":
      return number(16);
    case "time":
      return `00${number(16)}`;
    case "tick":
      return `01${number(16)}`;
    case "text": {
      const bytes = new TextEncoder().encode(value as string);
      return number(4, bytes.length) + toHex(bytes);
    }
    case "bytes":
      return number(4, (value as string).length / 2) + (value as string);
    case "list8":
      return number(2, (value as unknown[]).length) + parts();
    case "list16":
      return number(4, (value as unknown[]).length) + parts();
    case "id":
    case "b32":
      return value as string;
    default:
      throw new Error(`PROTOCOL.md has no type ${name} for statements`);
  }
}

/** Whether what was decoded is named as the document names it. A certificate is the one that is put together. */
function checkNames(type: Type, value: unknown): void {
  const structure = structures.get(type.parameters[0] ?? "") ?? structures.get(type.name);
  if (structure === undefined || structure.name === "certificate") return;
  for (const part of Array.isArray(value) ? value : [value]) {
    if (part === null) continue;
    expect(Object.keys(part as object)).toEqual(structure.elements.map(({ name }) => name));
    for (const { name, type: inner } of structure.elements)
      checkNames(inner, (part as Record<string, unknown>)[name]);
  }
}

function frameOf(kind: number, body: Uint8Array): Uint8Array {
  const frame = new Uint8Array(1 + body.length);
  frame[0] = kind;
  frame.set(body, 1);
  return frame;
}

/** The section of the document that has the layout of a kind, by the heading before it. */
function sectionOf(kind: number): string | undefined {
  const before = markdown.slice(0, markdown.indexOf(`\n${hex(kind)} `));
  return [...before.matchAll(/^### ([\d.]+) /gm)].at(-1)?.[1];
}

function hex(kind: number): string {
  return `0x${kind.toString(16).padStart(2, "0")}`;
}

function sourcesOf(folder: string): string {
  return readdirSync(new URL(`${folder}/`, root), { recursive: true, encoding: "utf8" })
    .filter((path) => /^[^/]+\/src\/.*\.ts$/.test(path.replaceAll("\\", "/")))
    .map((path) => read(`${folder}/${path}`))
    .join("\n");
}
