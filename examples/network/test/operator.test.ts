import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  Configuration,
  type JointCertificate,
  type Proposal,
  proposalOf,
  proposeConfiguration,
  type SeedEntry,
  signConfiguration,
  signConfigurationVote,
} from "@p2p/consensus";
import { P2PError, parseInvitation, readInvitation, verifier, verifyInvitation } from "@p2p/identity";
import { createKeyFile, createNodeSigner, type NodeSigner, readKeyFile } from "@p2p/identity/node";
import type { Address } from "@p2p/wire";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { type Config, readConfig, writeConfig } from "../src/config-file.ts";
import { RunFolder } from "../src/launcher/run-folder.ts";
import { change } from "../src/operator/change.ts";
import type { Command } from "../src/operator/command.ts";
import { invite } from "../src/operator/invite.ts";
import { keys } from "../src/operator/keys.ts";
import { writeChanges } from "../src/operator/new-config.ts";
import { chainIn } from "../src/operator/session.ts";
import { SignedChange } from "../src/operator/signed-change.ts";
import { strengthText } from "../src/operator/strength.ts";
import { cosigned, lacksSignature, underWay } from "../src/operator/under-way.ts";
import { readWish, type Wish, wantedBy } from "../src/operator/wish.ts";
import { readOptions } from "../src/options.ts";
import { sentenceOf, UsageError } from "../src/program.ts";

let folder: string;
let said: string[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "p2p-operator-"));
  said = [];
  vi.spyOn(console, "log").mockImplementation((line: string) => void said.push(line));
  vi.spyOn(console, "error").mockImplementation(() => undefined);
});

afterEach(() => {
  vi.restoreAllMocks();
  rmSync(folder, { recursive: true, force: true });
});

async function run(command: Command, ...words: string[]): Promise<void> {
  await command.run(readOptions(command.usage, command.options, words));
}

/** The one sentence that a command ends with. */
async function complaint(command: Command, ...words: string[]): Promise<string> {
  try {
    await run(command, ...words);
  } catch (error) {
    if (error instanceof P2PError || error instanceof UsageError)
      return sentenceOf(error).slice("error: ".length);
    throw error;
  }
  throw new Error("it was accepted");
}

/** A network's keys and config file as `keys` makes them. */
async function made(...words: string[]): Promise<{ file: string; config: Config; operator: NodeSigner }> {
  await run(keys, "--out", join(folder, "net"), ...words);
  const file = join(folder, "net", "config.txt");
  return { file, config: readConfig(file), operator: readKeyFile(join(folder, "net", "operator.key")) };
}

const entryOf = (index: number): SeedEntry => ({
  id: createNodeSigner().id,
  address: `127.0.0.1:${7000 + index}` as Address,
});

const wishOf = (words: readonly string[]): Wish =>
  readWish(readOptions(change.usage, change.options, words)) as Wish;

describe("keys", () => {
  test("makes folders of keys and a config file that names them, and says what they are worth", async () => {
    const { config, operator } = await made("--seeds", "4", "--faulty", "1");
    expect(config).toMatchObject({
      faulty: 1,
      network: "p2p",
      operators: { needed: 1, keys: [operator.id] },
    });
    for (const { address, id } of config.seeds) {
      const file = join(folder, "net", `seed-${address.replace(":", "-")}`, "node.key");
      expect(statSync(file).mode & 0o777).toBe(0o600);
      expect(readKeyFile(file).id).toBe(id);
    }
    expect(statSync(join(folder, "net", "operator.key")).mode & 0o777).toBe(0o600);
    expect(said).toContain(
      "n = 4, f = 1, q = 3: 3 seeds of 4 decide. 1 may be down or silent, and nothing stops, and 1 of them may lie, and nothing false is decided",
    );
    expect(said.filter((line) => line.startsWith("  npm run seed"))).toHaveLength(4);
  });

  test("takes hosts and several operators as they are given", async () => {
    const hosts = "192.0.2.1:6000,192.0.2.2:6000,seed.example:6001";
    await run(
      keys,
      "--out",
      folder,
      "--hosts",
      hosts,
      "--operators",
      "3",
      "--needed",
      "2",
      "--network",
      "mine",
    );
    const { seeds, operators, network } = readConfig(join(folder, "config.txt"));
    expect(seeds.map(({ address }) => address).join(",")).toBe(hosts);
    expect(operators?.needed).toBe(2);
    expect(operators?.keys).toEqual([1, 2, 3].map((n) => readKeyFile(join(folder, `operator-${n}.key`)).id));
    expect(network).toBe("mine");
  });

  test("overwrites nothing, and makes nothing when one file is there", async () => {
    const there = join(folder, "net", "seed-127.0.0.1-6002", "node.key");
    const { id } = createKeyFile(there);
    expect(await complaint(keys, "--out", join(folder, "net"))).toBe(
      `${there} is there already; give another folder with --out (KEY_FILE_EXISTS)`,
    );
    expect(readKeyFile(there).id).toBe(id);
    expect(existsSync(join(folder, "net", "config.txt"))).toBe(false);
    expect(existsSync(join(folder, "net", "operator.key"))).toBe(false);
  });

  test.each<[string[], string]>([
    [["--seeds", "3", "--faulty", "1"], "f = 1 needs n ≥ 3f + 1 = 4 seeds, there are 3 (CONFIG_INVALID)"],
    [["--seeds", "0"], '--seeds is a whole number from 1 to 64, not "0"'],
    [["--seeds", "65"], '--seeds is a whole number from 1 to 64, not "65"'],
    [["--seeds", "2", "--hosts", "a:1,b:1,c:1"], "--seeds 2, but --hosts names 3; leave one of them out"],
    [["--hosts", "a:1,b"], '--hosts: not host:port: "b"'],
    [["--hosts", "a:1,a:1"], "two seeds have the address a:1 (CONFIG_INVALID)"],
    [["--operators", "2", "--needed", "3"], '--needed is a whole number from 1 to 2, not "3"'],
    [
      ["--network", "ours # and theirs"],
      '--network is a name without #, line ends and outer spaces, not "ours # and theirs"',
    ],
    [
      ["--network", "x".repeat(65)],
      `a network's name has 1 to 64 bytes: "${"x".repeat(65)}" (CONFIG_INVALID)`,
    ],
  ])("that are given %j are refused with a sentence, and nothing is made", async (words, sentence) => {
    expect(await complaint(keys, "--out", join(folder, "net"), ...words)).toBe(sentence);
    expect(existsSync(join(folder, "net"))).toBe(false);
  });

  test.each<[n: number, f: number, warnings: RegExp[]]>([
    [1, 0, [/1 seed: it alone decides/]],
    [2, 0, [/2 seeds: both have to agree/]],
    [3, 0, [/f = 0: .* needs 1 of the others .*two contents/]],
    [
      4,
      0,
      [
        /f = 0: .* needs 2 of the others to add or remove somebody; where/,
        /3 seeds with f = 0 stand as much as 4/,
      ],
    ],
    [4, 1, []],
    [5, 1, [/4 seeds with f = 1 stand as much as 5/]],
    [6, 1, []],
    [7, 2, []],
  ])("of %i seeds with f = %i say what to think of that", (n, f, warnings) => {
    const seeds = Array.from({ length: n }, (_, index) => entryOf(index));
    const lines = strengthText(new Configuration({ seeds, faulty: f })).slice(1);
    expect(lines).toEqual(warnings.map((warning) => expect.stringMatching(warning)));
  });
});

describe("invite", () => {
  test("prints one line: a token that the operator signed for that peer and this network", async () => {
    const { file, config, operator } = await made();
    const peer = createNodeSigner().id;
    said = [];
    await run(invite, "--config", file, "--for", peer, "--until", "500");
    const invitation = readInvitation(parseInvitation(said[0] as string));
    expect(said).toHaveLength(1);
    expect(invitation).toMatchObject({ peer, inviter: operator.id, untilTick: 500 });
    expect(invitation?.networkId).toEqual(chainIn(config).networkId);
    expect(invitation && verifyInvitation(invitation, verifier)).toBe(true);
  });

  test("is signed by somebody whom the seeds know as an inviter, and is no operator", async () => {
    const { file } = await made();
    const key = join(folder, "inviter.key");
    const inviter = createKeyFile(key);
    const peer = createNodeSigner().id;
    said = [];
    await run(invite, "--config", file, "--for", peer, "--inviter", key);
    expect(readInvitation(parseInvitation(said[0] as string))).toMatchObject({ peer, inviter: inviter.id });
    expect(await complaint(invite, "--config", file, "--for", peer, "--operator", key)).toMatch(
      /no operator's of/,
    );
    expect(
      await complaint(invite, "--config", file, "--for", peer, "--operator", key, "--inviter", key),
    ).toMatch(/^--operator and --inviter both say who signs/);
  });

  test("in a network without operators wants an inviter", async () => {
    const { file } = await made();
    writeFileSync(file, readFileSync(file, "utf8").replace(/^operators.*\n/m, ""));
    expect(await complaint(invite, "--config", file, "--for", "ab".repeat(32))).toMatch(
      /names no operators; give the key of somebody whose id the seeds have in --inviters, with --inviter/,
    );
  });

  test.each<[string[], RegExp]>([
    [[], /^--for is a peer's id of 64 hexadecimal digits, not ""$/],
    [["--for", "abc"], /^--for is a peer's id of 64 hexadecimal digits, not "abc"$/],
    [
      ["--for", "ab".repeat(32), "--days", "1", "--until", "5"],
      /^--days and --until say the same; leave one/,
    ],
    [["--for", "ab".repeat(32), "--ticks", "0"], /^--ticks is a whole number from 1 to/],
  ])("with %j is refused with a sentence", async (words, sentence) => {
    const { file } = await made();
    expect(await complaint(invite, "--config", file, ...words)).toMatch(sentence);
  });
});

describe("change", () => {
  const [OTHER, LINE] = ["ab".repeat(32), `127.0.0.1:6009 ${"ab".repeat(32)}`];
  type Net = Awaited<ReturnType<typeof made>>;

  /** What operators could sign: configuration 1, all seeds of the config file staying. */
  function next({ config }: Net, signer: NodeSigner, previous?: Configuration) {
    const { newest } = chainIn(config);
    const seeds = newest.seeds.map((seed) => ({ ...seed, voteKey: createNodeSigner().id }));
    const after = proposeConfiguration(previous ?? newest, { seeds });
    return proposalOf(after, [signConfiguration(after, signer)]);
  }

  const rows: [what: string, prepare: (net: Net) => string[], sentence: RegExp][] = [
    [
      "a version of signatures that there is not",
      () => ["--signatures", "3"],
      /^--signatures is a whole number from 1 to 2, not "3"$/,
    ],
    ["nothing", () => [], /^nothing to change: say --add/],
    ["two wishes", () => ["--add", "a:1", OTHER, "--remove", OTHER], /^one change at a time/],
    [
      "the same twice",
      () => ["--add", "a:1", OTHER, "--add", "b:1", OTHER],
      /^--add is given twice; once is all it takes$/,
    ],
    ["an address without an id", () => ["--add", "a:1"], /^--add is ADDRESS ID, .* not "a:1"$/],
    ["an id that is none", () => ["--add", "a:1", "xyz"], /^--add is ADDRESS ID, .* not "a:1 xyz"$/],
    [
      "an unknown id to remove",
      () => ["--remove", OTHER],
      /^there is no seed "abab.*127.0.0.1:6000.*\(SEED_UNKNOWN\)$/,
    ],
    [
      "an unknown address to replace",
      () => ["--replace", "127.0.0.1:1", "127.0.0.1:6009", OTHER],
      /^there is no seed "127.0.0.1:1" in configuration 0; there are .*: give the id or address/,
    ],
    [
      "a newcomer at another's address",
      () => ["--add", "127.0.0.1:6001", OTHER],
      /^there is a seed 127.0.0.1:6001 /,
    ],
    [
      "too few seeds for f",
      () => ["--remove", "127.0.0.1:6000"],
      /^f = 1 needs n ≥ 3f \+ 1 = 4 seeds, there would be 3; --replace the seed instead, or say another f/,
    ],
    [
      "an f that is too large",
      () => ["--faulty", "2"],
      /^f = 2 needs n ≥ 3f \+ 1 = 7 seeds, there would be 4/,
    ],
    [
      "a key that is not there",
      () => ["--operator", join(folder, "no.key"), "--renew"],
      /^there is no key file .*no\.key; give the path of one that there is \(KEY_FILE_MISSING\)$/,
    ],
    [
      "no key where it is looked for",
      () => {
        rmSync(join(folder, "net", "operator.key"));
        return ["--renew"];
      },
      /^there is no key file .*operator\.key; give an operator's with --operator \(KEY_FILE_MISSING\)$/,
    ],
    [
      "a signed change that cannot be read",
      () => {
        mkdirSync(join(folder, "net", "config.txt.change"));
        return ["--renew"];
      },
      /^cannot read .*config\.txt\.change: .*\(DISK_FAILED\)$/,
    ],
    [
      "a key file of a wrong length",
      () => {
        writeFileSync(join(folder, "net", "operator.key"), `${"a".repeat(62)}\n`, { mode: 0o600 });
        return ["--renew"];
      },
      /^the key file .*operator\.key does not hold 64 hexadecimal digits; .*\(KEY_FILE_INVALID\)$/,
    ],
    [
      "a key that others may read",
      () => {
        chmodSync(join(folder, "net", "operator.key"), 0o644);
        return ["--renew"];
      },
      /chmod 600 .*operator\.key \(KEY_FILE_OPEN\)$/,
    ],
    [
      "a stranger's key",
      () => {
        createKeyFile(join(folder, "stranger.key"));
        return ["--operator", join(folder, "stranger.key"), "--renew"];
      },
      /^the key in .*stranger\.key is [0-9a-f]{64}, and no operator's of .*config\.txt; give an operator's/,
    ],
    [
      "a network without operators",
      ({ file, config }) => {
        writeConfig({ ...config, file, operators: undefined });
        return ["--renew"];
      },
      /names no operators, so nobody can change the seeds of this network/,
    ],
    [
      "a seed without its id",
      ({ file }) => {
        writeFileSync(file, readFileSync(file, "utf8").replace(/^(127.0.0.1:6001).*$/m, "$1"));
        return ["--renew"];
      },
      /config\.txt:3: "127\.0\.0\.1:6001" is named without its id; write the line/,
    ],
    [
      "a change that a stranger signed",
      (net) => {
        const stranger = createNodeSigner();
        new SignedChange(net.file).write(next(net, stranger), "");
        return [];
      },
      /config\.txt\.change proves nothing: signed by somebody who is no operator; delete it \(CONFIG_INVALID\)$/,
    ],
    [
      "a change for another network",
      (net) => {
        const seeds = Array.from({ length: 4 }, (_, index) => entryOf(index));
        const foreign = new Configuration({ seeds, faulty: 1, operators: net.config.operators });
        new SignedChange(net.file).write(next(net, net.operator, foreign), "");
        return [];
      },
      /config\.txt\.change is for another network, or follows another configuration 0/,
    ],
    [
      "a change with a number that is not the next",
      (net) => {
        const { newest } = chainIn(net.config);
        const seeds = newest.seeds.map((seed) => ({ ...seed, voteKey: createNodeSigner().id }));
        const first = proposeConfiguration(newest, { seeds });
        new SignedChange(net.file).write(next(net, net.operator, first), "");
        return [];
      },
      /is for configuration 2, and the config file ends with 0; put the newest config file beside it/,
    ],
    [
      "another change while one is under way",
      (net) => {
        new SignedChange(net.file).write(next(net, net.operator), "");
        return ["--add", ...LINE.split(" ")];
      },
      /^another change is under way: the seeds stay, with fresh vote keys; then n = 4, f = 1; run "change" without more/,
    ],
    [
      "a change that lets others be operators",
      (net) => {
        const { newest } = chainIn(net.config);
        const seeds = newest.seeds.map((seed) => ({ ...seed, voteKey: createNodeSigner().id }));
        const operators = { needed: 1, keys: [createNodeSigner().id] };
        const after = proposeConfiguration(newest, { seeds, operators });
        const proposal = proposalOf(after, [signConfiguration(after, net.operator)]);
        new SignedChange(net.file).write(proposal, "");
        return ["--renew"];
      },
      /config\.txt\.change would let other operators decide, .* delete it, and ask who made it/,
    ],
    [
      "a damaged change",
      ({ file }) => {
        writeFileSync(`${file}.change`, "proposal = AAAA\n");
        return [];
      },
      /config\.txt\.change does not hold a change that was signed: restore it; .*\(STORE_CORRUPT\)$/,
    ],
    [
      "a config file whose changes prove nothing",
      (net) => {
        const proposal = next(net, net.operator);
        const seat = { seed: net.config.seeds[0]?.id as never, tick: 1, signature: new Uint8Array(64) };
        const lie: JointCertificate = { proposal, old: [seat], new: [seat] };
        writeConfig({ ...net.config, file: net.file, changes: [lie] });
        return ["--renew"];
      },
      /config\.txt: the change of the seeds to configuration 1 proves nothing: 1 votes of old seeds, not 3 to 4; copy all of the file as it was written \(CONFIG_INVALID\)$/,
    ],
  ];

  test.each(rows)("with %s is refused with a sentence", async (_what, prepare, sentence) => {
    const net = await made("--seeds", "4", "--faulty", "1");
    const words = prepare(net);
    expect(await complaint(change, "--config", net.file, ...words)).toMatch(sentence);
  });

  test("signs what another operator made only by a wish, and only with keys that the seeds say are theirs", async () => {
    await run(keys, "--out", join(folder, "two"), "--seeds", "4", "--operators", "2", "--needed", "2");
    const file = join(folder, "two", "config.txt");
    const [first, second] = [1, 2].map((n) => readKeyFile(join(folder, "two", `operator-${n}.key`))) as [
      NodeSigner,
      NodeSigner,
    ];
    const chain = chainIn(readConfig(file));
    const seeds = chain.seeds.map((seed) => ({ ...seed, voteKey: createNodeSigner().id }));
    const after = proposeConfiguration(chain.newest, { seeds });
    const signed = new SignedChange(file);
    signed.write(proposalOf(after, [signConfiguration(after, first)]), "");
    expect(underWay(signed, undefined, chain, first)?.signatures).toHaveLength(1);
    expect(() => underWay(signed, undefined, chain, second)).toThrow(/say the same wish to sign it, too/);
    const begun = underWay(signed, wishOf(["--renew"]), chain, second) as Proposal;
    expect(lacksSignature(begun, chain, second)).toBe(true);
    const mine = { signer: second, signed };
    const others = seeds.with(2, { ...(seeds[2] as SeedEntry), voteKey: createNodeSigner().id });
    expect(() => cosigned(begun, others, chain, mine)).toThrow(
      /for the seed at 127.0.0.1:600\d that this seed/,
    );
    expect(cosigned(begun, seeds, chain, mine).signatures).toHaveLength(2);
    expect(underWay(signed, undefined, chain, second)?.signatures).toHaveLength(2);
  });

  test("wishes come true after the configuration that holds, and not twice", async () => {
    const net = await made("--seeds", "4", "--faulty", "0");
    const chain = chainIn(net.config);
    const [first, second] = chain.newest.seeds as [SeedEntry, SeedEntry];
    const newcomer = entryOf(9);
    const idsBy = (...words: string[]): unknown => {
      const wanted = wantedBy(wishOf(words), chain);
      return wanted === "fulfilled" ? wanted : wanted.seeds.map(({ id }) => id).toSorted();
    };
    const all = chain.newest.seeds.map(({ id }) => id);
    const others = all.filter((id) => id !== first.id);
    expect(idsBy("--add", newcomer.address, newcomer.id)).toEqual([...all, newcomer.id].toSorted());
    expect(idsBy("--remove", first.address)).toEqual(others);
    expect(idsBy("--replace", first.id, newcomer.address, newcomer.id)).toEqual(
      [...others, newcomer.id].toSorted(),
    );
    expect(idsBy("--renew")).toEqual(all);
    expect(idsBy("--faulty", "1")).toEqual(all);
    expect(idsBy("--faulty", "0")).toBe("fulfilled");
    expect(idsBy("--signatures", "1")).toBe("fulfilled");
    expect(wantedBy(wishOf(["--signatures", "2"]), chain)).toMatchObject({ faulty: 0, version: 2 });
    expect(idsBy("--add", second.address, second.id)).toBe("fulfilled");
  });

  test("what was decided is added to the config file, which stays as it was beside it", async () => {
    const net = await made("--seeds", "1");
    const { newest } = chainIn(net.config);
    const seedKey = readKeyFile(join(folder, "net", "seed-127.0.0.1-6000", "node.key"));
    const voteKey = createNodeSigner();
    const [only] = newest.seeds as [SeedEntry];
    const after = proposeConfiguration(newest, { seeds: [{ ...only, voteKey: voteKey.id }] });
    const proposal = proposalOf(after, [signConfiguration(after, net.operator)]);
    const voteOf = (side: "old" | "new", signer: NodeSigner) =>
      signConfigurationVote({ cfg: after.cfg, side, tick: 5, seed: only.id }, newest.networkId, signer);
    const change1 = { proposal, old: [voteOf("old", seedKey)], new: [voteOf("new", voteKey)] };
    const chain = chainIn({ ...net.config, changes: [change1] });
    const before = readFileSync(net.file, "utf8");
    expect(writeChanges(net.config, chain)).toBe(`${net.file}.0`);
    expect(readFileSync(`${net.file}.0`, "utf8")).toBe(before);
    const read = readConfig(net.file);
    expect(chainIn(read).newest.cfg).toEqual(after.cfg);
    expect(readFileSync(net.file, "utf8")).toContain(
      `# Configuration 1, since tick 5; f = 0; the seeds are now:\n#   ${only.address} ${only.id}\n`,
    );
    expect(writeChanges(read, chain)).toBeUndefined();
    // It is written whole by others, too.
    writeConfig(read);
    expect(readConfig(net.file)).toEqual(read);
    // All of it is started from the file as it is; a folder may have any name.
    renameSync(join(folder, "net", "seed-127.0.0.1-6000"), join(folder, "net", "old-friend"));
    const place = new RunFolder(join(folder, "net"));
    expect(place.nameSeeds(read)).toEqual({ file: net.file, here: [only.address], elsewhere: [] });
    expect(place.of("seed", only.address)).toBe(join(folder, "net", "old-friend"));
    expect(() => new RunFolder(join(folder, "empty")).nameSeeds(read)).toThrow(
      /the seeds of .* are 127\.0\.0\.1:6000 since its change 1, and .*empty has the key of none; give/,
    );
    expect(() => chainIn({ ...read, network: "another" })).toThrow(
      /config\.txt: the change of the seeds to configuration 1 proves nothing: .*; copy all of the file/,
    );
    const missing = readFileSync(net.file, "utf8").replace(/^operators.*\n/m, "");
    writeFileSync(net.file, missing);
    expect(() => readConfig(net.file)).toThrow(/has changes and no operators; copy all of the file/);
  });
});
