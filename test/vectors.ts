import {
  type Certificate,
  certificateDigest,
  electorate,
  electorateRank,
  encodeCertificate,
  majorityOf,
  rank,
  registrationDigest,
  WorkSearch,
  workBitsOf,
} from "../packages/consensus/src/index.ts";
import {
  fromHex,
  keyOfPeerId,
  type NetworkDescription,
  networkIdOf,
  operatorsBytes,
  readInvitation,
  sha256,
  toHex,
} from "../packages/identity/src/index.ts";
import { netgroup, tryParseAddress } from "../packages/wire/src/index.ts";
import {
  addition,
  annaRegistration,
  annaToken,
  batch,
  configuration,
  departure,
  edge,
  memberOf,
  type Name,
  networkId,
  operated,
  privateKeys,
  removal,
  signers,
} from "./vectors-cast.ts";
import { examples } from "./vectors-frames.ts";
import { accepted, dialled } from "./vectors-handshake.ts";
import { describeChanges, describeContests, workHash } from "./vectors-hashes.ts";
import { refused, stream, tolerated } from "./vectors-oddities.ts";
import { statements } from "./vectors-statements.ts";

/** What PROTOCOL.vectors.json holds, made from the code: see PROTOCOL.md §12. */
export function vectors(): unknown {
  return plain({
    about: "Test vectors of PROTOCOL.md; section 12 there says how to read them.",
    keys: Object.entries(privateKeys).map(([name, privateKey]) => ({
      name,
      privateKey,
      id: signers[name as Name].id,
    })),
    addresses: ADDRESSES.map(describeAddress),
    networkIds: NETWORKS.map((network) => ({
      ...network,
      hashed: networkPreimage(network),
      networkId: networkIdOf(network),
    })),
    configuration: describeConfiguration(),
    configurations: describeChanges(),
    statements: statements.map(({ signer, ...statement }) => ({ ...statement, signer: signer.id })),
    certificates: [addition, removal, departure].map(describeCertificate),
    registrationDigest: {
      registration: annaRegistration,
      digest: registrationDigest(annaRegistration, networkId),
    },
    invitation: { token: annaToken, invitation: readInvitation(annaToken) },
    work: describeWork(),
    contests: describeContests(),
    electorate: describeElectorate(),
    edge,
    batch: { ...batch, hashes: batch.payloads.map((payload) => sha256(payload)) },
    handshake: describeHandshake(),
    frames: examples.map(({ type, body }) => ({
      kind: type.kind,
      name: type.name,
      bytes: type.encode(body),
      body,
    })),
    tolerated,
    refused,
    stream,
  });
}

/** The text of PROTOCOL.vectors.json. */
export function vectorsText(): string {
  return `${layOut(vectors(), "")}\n`;
}

/** What JSON can say: bytes as hexadecimal digits, what is absent as null. */
export function plain(value: unknown): unknown {
  if (value instanceof Uint8Array) return toHex(value);
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== "object" || value === null) return value ?? null;
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, plain(part)]));
}

const NETWORKS: readonly NetworkDescription[] = [
  { name: "p2p", seeds: [], faulty: 0 },
  configuration.network,
  operated.network,
  {
    name: "zürich",
    seeds: ["seed1", "seed2", "seed3", "anna"].map((name) => signers[name as Name].id),
    faulty: 1,
  },
];

/** As somebody may write them. */
const ADDRESSES: readonly string[] = [
  "192.0.2.7:7001",
  "10.1.2.3:7001",
  "127.0.0.1:06000",
  "100.64.0.1:7001",
  "Seed.Example:6000",
  "localhost:6000",
  "[2001:DB8::8]:7002",
  "[fd00::1]:7002",
  "[::1]:7002",
  "[0:0:0:0:0:0:0:1]:7002",
  "[::ffff:c000:207]:7002",
  "[64:ff9b::c000:207]:7002",
  "[2002:c000:207:1::8]:7002",
  "300.0.2.7:7001",
  "192.000.2.7:7001",
  "2001:db8::8:7002",
  "seed.example",
  "-seed.example:6000",
  "192.0.2.7:65536",
];

function describeAddress(text: string): object {
  const address = tryParseAddress(text);
  return { text, address, netgroup: address && netgroup(address) };
}

function networkPreimage({ name, seeds, faulty, operators }: NetworkDescription): Uint8Array {
  const text = new TextEncoder().encode(name);
  const ids = seeds.toSorted().flatMap((id) => [...keyOfPeerId(id)]);
  const by = operators === undefined ? [] : operatorsBytes(operators);
  const rest = seeds.length === 0 ? [] : [0, seeds.length, ...ids, faulty, ...by];
  return Uint8Array.of(0, text.length, ...text, ...rest);
}

function describeConfiguration(): object {
  const { name, seeds, faulty, quorum, registrars, cfg } = configuration;
  const ids = seeds.flatMap(({ id }) => [...keyOfPeerId(id), ...keyOfPeerId(id)]);
  const hashed = Uint8Array.of(...new Uint8Array(40), 0, seeds.length, ...ids, faulty);
  return { name, seeds, faulty, quorum, registrars, networkId, hashed, cfg };
}

function describeCertificate(certificate: Certificate): object {
  const { fact } = certificate;
  const hashed = fromHex(fact.peer + rank(fact).toString(16).padStart(16, "0") + toHex(fact.digest));
  const digest = certificateDigest(certificate);
  return { bytes: encodeCertificate(certificate), certificate, rank: rank(fact), hashed, digest };
}

function describeElectorate(): object {
  const victim = signers.anna.id;
  const neighbours = [signers.ben.id, memberOf("member 1")];
  const members = [
    victim,
    ...neighbours,
    ...[2, 3, 4, 5, 6, 7].map((number) => memberOf(`member ${number}`)),
  ];
  const ranks = members
    .filter((id) => id !== victim)
    .map((id) => ({ id, rank: electorateRank(victim, id) }))
    .toSorted((a, b) => (a.rank < b.rank ? -1 : 1));
  const monitors = electorate(victim, neighbours, members);
  return { victim, neighbours, members, ranks, monitors, majority: majorityOf(monitors) };
}

function describeWork(): object {
  const { peer, address } = annaRegistration;
  const pow = new WorkSearch({ peer, address }, 10, networkId).try(100_000) as Uint8Array;
  const bits = workBitsOf({ peer, address }, pow, networkId);
  return { peer, address, pow, ...workHash({ peer, address }, pow, networkId), bits };
}

function describeHandshake(): object {
  const [dialler, acceptor] = [dialled, accepted].map(({ hello, ack, statement }) => ({
    hello,
    ack,
    statement,
  }));
  const transcript = [
    { from: "dialler", bytes: dialled.helloFrame },
    { from: "acceptor", bytes: accepted.helloFrame },
    { from: "dialler", bytes: dialled.ackFrame },
    { from: "acceptor", bytes: accepted.ackFrame },
  ];
  return { dialler, acceptor, binding: dialled.channel.binding, transcript };
}

/** JSON as this repository formats it: a list of plain values on one line if it fits there. */
function layOut(value: unknown, indent: string): string {
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const deeper = `${indent}  `;
  const isList = Array.isArray(value);
  const parts = isList
    ? value.map((part) => layOut(part, deeper))
    : Object.entries(value).map(([name, part]) => `${JSON.stringify(name)}: ${layOut(part, deeper)}`);
  const [open, close] = isList ? ["[", "]"] : ["{", "}"];
  const line = open + parts.join(", ") + close;
  if (parts.length === 0 || (isList && !line.includes("\n") && !line.includes("{") && line.length < 80))
    return line;
  return `${open}\n${deeper}${parts.join(`,\n${deeper}`)}\n${indent}${close}`;
}
