import { Configuration } from "../packages/consensus/src/index.ts";
import {
  concatBytes,
  keyOfPeerId,
  operatorsBytes,
  sha256,
  u64Bytes,
} from "../packages/identity/src/index.ts";
import { placeHash } from "../packages/seed/src/admission/contest.ts";
import { Prefixes } from "../packages/seed/src/admission/prefixes.ts";
import { parseAddress } from "../packages/wire/src/index.ts";
import { memberOf, next, operated, signers } from "./vectors-cast.ts";

const encoder = new TextEncoder();

/** Where nobody can be changed any more: without operators, in the first version of signed bytes, one seed at a host name. */
const closed = new Configuration({
  previous: operated,
  seeds: [
    { id: signers.seed1.id, address: parseAddress("seed.example:6000"), voteKey: memberOf("vote key 1") },
    { id: signers.seed2.id, address: parseAddress("[2001:db8::2]:6000"), voteKey: memberOf("vote key 2") },
    { id: signers.ben.id, address: parseAddress("192.0.2.4:6000"), voteKey: memberOf("vote key 3") },
    { id: signers.anna.id, address: parseAddress("192.0.2.5:6000"), voteKey: memberOf("vote key 4") },
  ],
  faulty: 1,
  operators: undefined,
});

/** A first configuration with operators, and two that could follow it. PROTOCOL.md §10.1, §10.8. */
export function describeChanges(): object[] {
  return [operated, next, closed].map((configuration) => {
    const { number, previousCfg, seeds, faulty, operators, version, cfg } = configuration;
    const hashed = preimageOf(configuration);
    return { number, previous: previousCfg, seeds, faulty, operators, version, hashed, cfg };
  });
}

/** Written down from the document, not from the code. */
function preimageOf({ number, previousCfg, seeds, faulty, operators, version }: Configuration): Uint8Array {
  const isLater = number > 0;
  const by =
    operators === undefined ? new Uint8Array(isLater ? 2 : 0) : Uint8Array.from(operatorsBytes(operators));
  return concatBytes([
    u64Bytes(number),
    previousCfg,
    Uint8Array.of(0, seeds.length),
    ...seeds.flatMap(({ id, voteKey = id }) => [keyOfPeerId(id), keyOfPeerId(voteKey)]),
    Uint8Array.of(faulty),
    by,
    ...(isLater ? seeds.map(({ address }) => measured(address)) : []),
    Uint8Array.from(version === 1 ? [] : [version]),
  ]);
}

function measured(text: string): Uint8Array {
  const bytes = encoder.encode(text);
  return concatBytes([Uint8Array.of(0, bytes.length), bytes]);
}

/** Addresses of newcomers, with forms that are written differently and mean the same. */
const PLACES = [
  "203.0.113.9:7001",
  "[::ffff:cb00:7109]:7001",
  "[2001:db8::8]:7002",
  "[2001:db8:0:1:2:3:4:5]:7002",
  "newcomer.example:7001",
].map(parseAddress);

const APPLICANTS = [1, 2, 3, 4, 5].map((number) => memberOf(`member ${number}`));

/** Who comes first where several want the same places. PROTOCOL.md §8.6. */
export function describeContests(): object[] {
  const prefixes = new Prefixes();
  const places = PLACES.map((address) => ({ address, place: prefixes.of(address)[0]?.name as string }));
  return [...places, { address: parseAddress("192.168.0.1:7001"), place: "everywhere" }].map((one) => ({
    ...one,
    order: APPLICANTS.map((peer) => ({ peer, hash: placeHash(one.place, peer) })).toSorted((a, b) =>
      compare(a.hash, b.hash),
    ),
  }));
}

function compare(one: Uint8Array, other: Uint8Array): number {
  return Buffer.compare(one, other);
}

/** What is hashed to see what work is worth, and the hash. */
export function workHash(
  { peer, address }: { readonly peer: typeof signers.anna.id; readonly address: string },
  pow: Uint8Array,
  networkId: Uint8Array,
): { readonly hashed: Uint8Array; readonly hash: Uint8Array } {
  const hashed = concatBytes([
    encoder.encode("p2p/1 work"),
    networkId,
    keyOfPeerId(peer),
    measured(address),
    pow,
  ]);
  return { hashed, hash: sha256(hashed) };
}
