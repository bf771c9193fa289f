import { keyOfPeerId, networkIdOf, P2PError, type PeerId, sha256, verifier } from "@p2p/identity";
import { parseAddress } from "@p2p/wire";
import { expect, test } from "vitest";
import {
  Configuration,
  type ConfigurationOptions,
  configurationAfter,
  type SeedEntry,
  signTick,
  signVote,
  termsOf,
  verifyTickVote,
  verifyVote,
} from "../src/index.ts";
import { idFrom, removeOf, signerOf } from "./cast.ts";

function seedsOf(...numbers: number[]): SeedEntry[] {
  return numbers.map((number) => ({
    id: idFrom(number),
    address: parseAddress(`127.0.0.1:${6000 + number}`),
  }));
}

test("seeds are sorted by id, however they were written down", () => {
  const configuration = new Configuration({ seeds: seedsOf(3, 1, 2) });
  expect(configuration.seeds).toEqual(seedsOf(1, 2, 3));
  expect(configuration.size).toBe(3);
  expect(configuration.quorum).toBe(2);
  expect(configuration.registrars).toBe(2);
  expect(configuration.faulty).toBe(0);
  expect(configuration.name).toBe("p2p");
});

test("knows its seeds, and nobody else", () => {
  const configuration = new Configuration({ seeds: seedsOf(1, 2, 3) });
  expect(configuration.has(idFrom(2))).toBe(true);
  expect(configuration.entry(idFrom(2))?.address).toBe("127.0.0.1:6002");
  expect(configuration.voteKey(idFrom(2))).toBe(idFrom(2));
  expect(configuration.has(idFrom(9))).toBe(false);
  expect(configuration.entry(idFrom(9))).toBeUndefined();
  expect(configuration.voteKey(idFrom(9))).toBeUndefined();
});

test("the network is named by name, ids and f, not by addresses", () => {
  const configuration = new Configuration({ name: "lab", seeds: seedsOf(4, 1, 3, 2), faulty: 1 });
  const ids = [1, 2, 3, 4].map(idFrom);
  expect(configuration.networkId).toEqual(networkIdOf({ name: "lab", seeds: ids, faulty: 1 }));
  const moved = seedsOf(1, 2, 3, 4).map(({ id }, index) => ({
    id,
    address: parseAddress(`10.0.0.${index}:1`),
  }));
  expect(new Configuration({ name: "lab", seeds: moved, faulty: 1 }).cfg).toEqual(configuration.cfg);
});

test("cfg is the hash of number, previous hash, count, seats and f", () => {
  const { cfg } = new Configuration({ seeds: seedsOf(4, 1, 3, 2), faulty: 1 });
  const bytes = new Uint8Array(8 + 32 + 2 + 4 * 64 + 1);
  bytes[41] = 4;
  for (let seat = 0; seat < 4; seat++) {
    bytes.set(keyOfPeerId(idFrom(seat + 1)), 42 + seat * 64);
    bytes.set(keyOfPeerId(idFrom(seat + 1)), 42 + seat * 64 + 32);
  }
  bytes[298] = 1;
  expect(cfg).toEqual(sha256(bytes));
});

test("another f, another seed or one more is another cfg", () => {
  const cfgs = [
    { seeds: seedsOf(1, 2, 3, 4) },
    { seeds: seedsOf(1, 2, 3, 4), faulty: 1 },
    { seeds: seedsOf(1, 2, 3, 5) },
    { seeds: seedsOf(1, 2, 3, 4, 5) },
  ].map((options) => new Configuration(options).cfg.join());
  expect(new Set(cfgs).size).toBe(4);
});

test.each<[string, ConfigurationOptions]>([
  ["f = 1 needs n ≥ 3f + 1 = 4 seeds, there are 3", { seeds: seedsOf(1, 2, 3), faulty: 1 }],
  ["f = 2 needs n ≥ 3f + 1 = 7 seeds, there is 1", { seeds: seedsOf(1), faulty: 2 }],
  ["f is not a count of seeds: -1", { seeds: seedsOf(1), faulty: -1 }],
  ["f is not a count of seeds: 0.5", { seeds: seedsOf(1), faulty: 0.5 }],
  ["f is not a count of seeds: 256", { seeds: seedsOf(1), faulty: 256 }],
  ["there are no seeds", { seeds: [] }],
  ["65 seeds are more than 64", { seeds: seedsOf(...Array.from({ length: 65 }, (_, index) => index)) }],
  [
    `two seeds have the id ${idFrom(1)}`,
    { seeds: [...seedsOf(1), { ...seedsOf(2)[0], id: idFrom(1) } as SeedEntry] },
  ],
  [
    "two seeds have the address 127.0.0.1:6001",
    { seeds: [...seedsOf(1), { ...seedsOf(1)[0], id: idFrom(2) } as SeedEntry] },
  ],
  ['a network\'s name has 1 to 64 bytes: ""', { name: "", seeds: seedsOf(1) }],
])("refuses: %s", (message, options) => {
  expect(() => new Configuration(options)).toThrow(new P2PError("CONFIG_INVALID", message));
});

test.each([
  [1, "1 seed: it alone decides who is a member, and while it is down nothing is decided"],
  [2, "2 seeds: both have to agree, and while either is down nobody is added or removed"],
  [3, undefined],
])("says what %i seeds are worth", (n, warning) => {
  const ids: number[] = Array.from({ length: n }, (_, index) => index + 1);
  expect(new Configuration({ seeds: seedsOf(...ids) }).warning).toBe(warning);
});

test("what the caller does with its list afterwards changes nothing", () => {
  const seeds = seedsOf(1, 2, 3);
  const configuration = new Configuration({ seeds });
  seeds.pop();
  expect(configuration.size).toBe(3);
  expect(configuration.has(idFrom(3) satisfies PeerId)).toBe(true);
});

test("a later configuration may be in another version of signed bytes; what is signed in one is worth nothing in another", () => {
  const [operator, key] = [signerOf("operator"), signerOf("vote key")];
  const [entry] = seedsOf(1) as [SeedEntry];
  const seeds = [{ ...entry, voteKey: key.id }];
  const previous = new Configuration({ seeds: [entry], operators: { needed: 1, keys: [operator.id] } });
  const [one, two] = [undefined, 2].map(
    (version) => new Configuration({ previous, seeds, operators: previous.operators, version }),
  );
  if (one === undefined || two === undefined) throw new Error("there are two");
  expect([previous.version, one.version, two.version]).toEqual([1, 1, 2]);
  expect(two.cfg).not.toEqual(one.cfg);
  expect(new Configuration({ previous: two, seeds: [{ ...entry, voteKey: operator.id }] }).version).toBe(2);
  for (const next of [one, two]) expect(configurationAfter(previous, termsOf(next))).toEqual(next);
  const fact = removeOf(idFrom(5), 1);
  for (const version of [1, 2]) {
    const terms = { cfg: two.cfg, fact, tick: 3, counter: 1, seed: entry.id };
    expect(verifyVote(signVote(terms, two.networkId, key, version), two, verifier)).toBe(version === 2);
    const tick = signTick(4, { cfg: two.cfg, networkId: two.networkId, version }, key, entry.id);
    expect(verifyTickVote(tick, two, verifier)).toBe(version === 2);
  }
  expect(() => new Configuration({ seeds: [entry], version: 2 })).toThrow(
    "a first configuration is in version 1",
  );
  expect(() => new Configuration({ previous, seeds, version: 256 })).toThrow(
    "not a version of signed bytes: 256",
  );
});
