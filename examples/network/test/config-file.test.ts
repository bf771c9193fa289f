import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { P2PError } from "@p2p/identity";
import { describe, expect, test } from "vitest";
import { parseConfig, readConfig, writeConfig } from "../src/config-file.ts";

const ID = "ab".repeat(32);

function complaint(text: string): string {
  try {
    parseConfig(text, "config.txt");
  } catch (error) {
    if (error instanceof P2PError) return error.message;
    throw error;
  }
  throw new Error("the config was accepted");
}

describe("a config file", () => {
  test("names seeds, with or without their ids, and two settings", () => {
    const text = `# our seeds\n\n127.0.0.1:6000\n  Seed.Example:6001 ${ID}   # ours\r\n[::1]:6002\nf = 1\nnetwork = test\n`;
    expect(parseConfig(text, "config.txt")).toEqual({
      file: "config.txt",
      seeds: [
        { address: "127.0.0.1:6000", id: undefined, line: 3 },
        { address: "seed.example:6001", id: ID, line: 4 },
        { address: "[::1]:6002", id: undefined, line: 5 },
      ],
      faulty: 1,
      network: "test",
      operators: undefined,
      changes: [],
    });
  });

  test("may write ids in capital letters", () => {
    const { seeds, operators } = parseConfig(
      `127.0.0.1:1 ${ID.toUpperCase()}\noperators = ${ID.toUpperCase()}`,
      "c",
    );
    expect([seeds[0]?.id, operators?.keys[0]]).toEqual([ID, ID]);
  });

  test.each([
    [`operators = ${ID}`, { needed: 1, keys: [ID] }],
    [`operators = 2 of ${ID} ${"cd".repeat(32)}`, { needed: 2, keys: [ID, "cd".repeat(32)] }],
  ])("names who may change the seeds: %s", (line, operators) => {
    expect(parseConfig(`127.0.0.1:1\n${line}\n`, "c").operators).toEqual(operators);
  });

  test.each<[string, string]>([
    ["", "config.txt names no seed; write one a line, e.g. 127.0.0.1:6000"],
    ["# nothing\n", "config.txt names no seed; write one a line, e.g. 127.0.0.1:6000"],
    ["127.0.0.1:6000\n127.0.0.1\n", 'config.txt:2: not host:port: "127.0.0.1"'],
    ["127.0.0.1:70000", 'config.txt:1: not host:port: "127.0.0.1:70000"'],
    ["127.0.0.1:0", 'config.txt:1: not host:port: "127.0.0.1:0"'],
    [
      "127.0.0.1:1 abc",
      'config.txt:1: after host:port comes nothing, or an id of 64 hexadecimal digits: "127.0.0.1:1 abc"',
    ],
    ["127.0.0.1:1\n127.0.0.1:1", 'config.txt:2: "127.0.0.1:1" names the same seed as line 1'],
    [
      `127.0.0.1:1 ${ID}\n127.0.0.1:2 ${ID}`,
      `config.txt:2: "127.0.0.1:2 ${ID}" names the same seed as line 1`,
    ],
    ["127.0.0.1:1\nf = many", 'config.txt:2: f is a small number, not "many"'],
    ["127.0.0.1:1\nf = 1\nf = 0", 'config.txt:3: "f" is set in line 2 already; keep one of the two'],
    ["127.0.0.1:1\noperators =", 'config.txt:2: nothing stands behind "operators ="'],
    [
      "127.0.0.1:1\nspeed = 3",
      'config.txt:2: unknown setting "speed"; there are f, network, operators and change',
    ],
    [
      `127.0.0.1:1\noperators = ${ID} ${ID}`,
      `config.txt:2: operators are an id, or how many of which have to sign, as in "2 of ID ID ID"; not "${ID} ${ID}"`,
    ],
    ["127.0.0.1:1\nchange = AAAA", "config.txt:2: change 1 is damaged; copy all of the file"],
  ])("that says %j is refused with a sentence", (text, sentence) => {
    expect(complaint(text)).toBe(sentence);
  });

  test("is written as it is read", () => {
    const folder = mkdtempSync(join(tmpdir(), "p2p-config-"));
    try {
      const config = {
        ...parseConfig(
          `127.0.0.1:1 ${ID}\n127.0.0.1:2\nf = 1\nnetwork = x\noperators = 1 of ${ID} ${"cd".repeat(32)}`,
          "y",
        ),
        file: join(folder, "c"),
      };
      writeConfig(config);
      const { seeds, ...rest } = readConfig(config.file);
      expect(rest).toEqual({ ...config, seeds: undefined });
      expect(seeds.map(({ address, id }) => [address, id])).toEqual([
        ["127.0.0.1:1", ID],
        ["127.0.0.1:2", undefined],
      ]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test("that cannot be read is named", () => {
    expect(() => readConfig("/nowhere/config.txt")).toThrow(
      /cannot read \/nowhere\/config.txt: ENOENT.*; write one seed/,
    );
  });
});
