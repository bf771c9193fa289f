import { mkdtempSync, readdirSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { SeededRandom } from "@p2p/sim";
import { describe, expect, test } from "vitest";
import { readFinding } from "../src/cli/fuzz-file.ts";
import { fuzzHelpText, readFuzzOrder } from "../src/cli/fuzz-order.ts";
import { readersByName } from "../src/cli/fuzz-readers.ts";
import { FuzzTally } from "../src/cli/fuzz-tally.ts";
import { UsageError } from "../src/cli/program.ts";
import { misfitOf } from "../src/fuzz/fit.ts";
import { type Layout, layoutsIn } from "../src/fuzz/layout.ts";
import { mutated } from "../src/fuzz/mutation.ts";
import { Round } from "../src/fuzz/round.ts";
import { binBytes, floatBytes, textBytes, uintBytes } from "../src/fuzz/scalar.ts";
import type { Target } from "../src/fuzz/target.ts";
import { bytesOf, treeOf } from "../src/fuzz/tree.ts";
import { fuzz } from "./program.ts";

const CORPUS = fileURLToPath(new URL("../corpus/", import.meta.url));
const readers = readersByName();

function roundOf(target: Target, frames: number, seed = 1): ReturnType<Round["run"]> {
  return new Round({ target, seed, frames, now: () => 0 }).run();
}

describe("what is almost right makes nobody throw who reads", () => {
  test.each([...readers.values()])("$name", (target) => {
    const { frames, values, findings } = roundOf(target, 150);
    expect(findings).toEqual([]);
    expect(frames).toBe(150);
    expect(values).toBeGreaterThan(0);
  });
});

describe("what was found once", () => {
  const files = readdirSync(CORPUS);

  test("is kept in small files", () => {
    expect(files.length).toBeGreaterThan(0);
    for (const file of files) expect(readFileSync(join(CORPUS, file)).length).toBeLessThan(4096);
  });

  test.each(files)("stays mended: %s", (file) => {
    const { target, input } = readFinding(readFileSync(join(CORPUS, file), "utf8"));
    expect(() => readers.get(target)?.read(input)).not.toThrow();
  });
});

const plain = readers.get("PING") as Target;

function inputsOf(seed: number): string[] {
  const seen: string[] = [];
  roundOf({ ...plain, read: (input) => seen.push(input.join()) > 0 }, 300, seed);
  return seen;
}

describe("a round", () => {
  test("draws the same from the same number, and other inputs from another", () => {
    expect(inputsOf(1)).toEqual(inputsOf(1));
    expect(inputsOf(1)).not.toEqual(inputsOf(2));
  });

  test("tells each fault once, with an input that shows it", () => {
    const broken = {
      ...plain,
      read(input: Uint8Array): boolean {
        if (input.length % 7 === 3) throw new TypeError(`no ${input.length}`);
        return plain.read(input);
      },
    };
    const { findings } = roundOf(broken, 5000);
    expect(findings.map(({ what }) => what)).toEqual([expect.stringMatching(/^TypeError: no \d+$/)]);
    expect(() => broken.read(findings[0]?.input as Uint8Array)).toThrow(TypeError);
  });

  test("tells what takes long for its length, each time it is read", () => {
    let workedMs = 0;
    const slow = { ...plain, read: (input: Uint8Array) => (workedMs += input.length > 20 ? 60 : 1) > 0 };
    const { findings } = new Round({ target: slow, seed: 1, frames: 500, now: () => workedMs }).run();
    expect(findings).toMatchObject([
      { target: "PING", what: expect.stringMatching(/^60 ms for \d+ bytes$/) },
    ]);
  });
});

describe("a tree", () => {
  test.each([
    [[uintBytes(7), textBytes("seven"), binBytes(new Uint8Array(300))]],
    [[[], [[floatBytes(0.5)]], [uintBytes(2 ** 40), uintBytes(65_536)]]],
    [Array.from({ length: 20 }, () => uintBytes(200))],
  ])("is written as it was read: %#", (tree) => {
    const bytes = bytesOf(tree);
    expect(bytesOf(treeOf(bytes))).toEqual(bytes);
  });

  test("of bytes that are none is read without an error", () => {
    const random = new SeededRandom(1);
    for (let count = 0; count < 2000; count++) treeOf(random.bytes(count % 50));
    expect(bytesOf(treeOf(new Uint8Array(1e6).fill(0x91))).length).toBeLessThan(100);
  });

  test("that is changed is hardly ever the same, and nearly always of the same kind", () => {
    const random = new SeededRandom(2);
    const frame = Uint8Array.from([
      9,
      ...bytesOf([uintBytes(1), textBytes("one"), [binBytes(frameBytes())]]),
    ]);
    const others = Array.from({ length: 500 }, () => mutated(frame, [frame], random));
    expect(others.filter((other) => other.join() === frame.join()).length).toBeLessThan(40);
    expect(others.filter(([kind]) => kind === 9).length).toBeGreaterThan(450);
  });
});

describe("what is read", () => {
  const [layout] = layoutsIn(
    "```layouts\n0x01 A [n: uint(1..3), w: word(one, two), l: list(text(2), 1..2)?]\n```",
    "layouts",
  );
  const [n, w, l] = [uintBytes(3), textBytes("two"), [textBytes("ab")]];

  test.each([
    [[n, w, l], undefined],
    [[n, w, Uint8Array.of(0xc0)], undefined],
    [[uintBytes(4), w, l], "A.n: 4 is no uint"],
    [[floatBytes(1.5), w, l], "A.n: 1.5 is no uint"],
    [[Uint8Array.of(0xc0), w, l], "A.n: null is no uint"],
    [[n, textBytes("three"), l], "A.w: three is no word"],
    [[n, w, []], "A.l: a list of 0"],
    [[n, w, [textBytes("a"), textBytes("b"), textBytes("c")]], "A.l: a list of 3"],
    [[n, w, [textBytes("abc")]], "A.l: abc is no text"],
    [[n, w, [binBytes(new Uint8Array(2))]], "A.l: 2 bytes is no text"],
    [[n, w], "A is no structure"],
  ])("has to be as PROTOCOL.md says: %#", (tree, misfit) => {
    expect(misfitOf(bytesOf(tree), layout as Layout, new Map())).toBe(misfit);
  });
});

function frameBytes(): Uint8Array {
  return new Uint8Array(32).fill(3);
}

/** After 300 tasks, of which each has kept so much. */
function grownBy(bytesATask: number): FuzzTally {
  const tally = new FuzzTally();
  const task = { kind: "fuzz", name: "PING", seed: 1, frames: 1 } as const;
  const report = { frames: 1, values: 1, bytes: 1, slowestMs: 0, findings: [] };
  for (let count = 0; count < 300; count++)
    tally.count(0, task, { kind: "fuzz", report, heapBytes: 1e8 + count * bytesATask });
  return tally;
}

describe("a tally", () => {
  test("says that memory grows where it goes on growing after the first tasks", () => {
    expect([0, 1e5, 1e6].map((bytes) => grownBy(bytes).isBad)).toEqual([false, false, true]);
    expect(grownBy(1e6).text(1, [])).toMatch(/That is growth/);
  });
});

describe("npm run fuzz", () => {
  test("prints what it did, and exits with 0 where nothing was found", async () => {
    const folder = mkdtempSync(join(tmpdir(), "fuzz-"));
    const { end, stdout, stderr } = await fuzz(folder, [
      "--only",
      "ping,stream",
      "--frames",
      "2000",
      "--json",
    ]);
    expect({ end, stderr }).toEqual({ end: 0, stderr: "" });
    expect(JSON.parse(stdout)).toMatchObject({
      frames: 2000,
      each: { PING: 1000, stream: 1000 },
      findings: [],
      interrupted: false,
    });
    expect(readdirSync(folder)).toEqual([]);
  });

  test.each([
    [["--frames", "0"], '--frames is a whole number from 1, not "0"'],
    [["--frames", "many"], '--frames is a whole number from 1, not "many"'],
    [["--jobs", "0"], '--jobs is a whole number from 1, not "0"'],
    [["--seed", "-1"], '--seed is a whole number from 0, not "-1"'],
    [["--only", "PIGN"], '--only: nothing is called "PIGN"; --help lists the names'],
    [["--frame", "7"], "--frame is unknown: did you mean --frames?"],
    [["--only"], "--only needs a value; --help lists the options"],
  ])("says in one sentence what is wrong with %j", (args, sentence) => {
    expect(() => readFuzzOrder(args)).toThrow(new UsageError(sentence));
  });

  test("ends with 2 on wrong usage", async () => {
    const { end, stdout, stderr } = await fuzz(tmpdir(), ["--only", "nobody"]);
    expect({ end, stdout }).toEqual({ end: 2, stdout: "" });
    expect(stderr).toMatch(/^error: --only: nothing is called "nobody".*\n$/);
  });

  test("has a help that names all there is", () => {
    expect(readFuzzOrder(["--help"])).toBeUndefined();
    for (const name of ["HELLO", "DOUBLE_VOTE", "stream", "votes.log", "peer, seed, door, disk"])
      expect(fuzzHelpText()).toContain(name);
  });
});
