import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { P2PError } from "@p2p/identity";
import { expect, onTestFinished, test } from "vitest";
import { type Config, parseConfig, readConfig, writeConfig } from "../src/config-file.ts";

/** More of them: `INPUTS=200000 npx vitest run --project @p2p-examples/network config-fuzz`. */
const INPUTS = Number(process.env["INPUTS"] ?? 2000);
/** Each hundredth that is read is written and read again: that takes a disk. */
const WRITTEN_EVERY = 100;

const [ANNA, BEN, CARL] = ["ab", "CD", "0f"].map((byte) => byte.repeat(32)) as [string, string, string];

/** What stands in config files, mostly in peace with the others. */
const GOOD = [
  "127.0.0.1:6000",
  `seed.example:6001 ${ANNA}`,
  `[2001:db8::1]:6002 ${BEN}   # ours`,
  `Seed.Example:06003\t${CARL}`,
  "[::1]:6004",
  "f = 1",
  "f=00",
  `operators = ${ANNA}`,
  "network = zürich",
  "",
  "# nothing",
];
/** What nearly does. */
const BAD = [
  "network = 127.0.0.1:6000 = 1",
  `operators = 2 of ${ANNA} ${BEN.toLowerCase()} ${CARL}`,
  "operators = 99 of",
  "change = kgGSxA",
  `change = ${"A".repeat(2000)}`,
  "__proto__ = 1",
  "constructor = 2",
  `${ANNA} 127.0.0.1:1`,
  "127.0.0.1:65536",
  "\u0000\uFEFF:1",
  "=",
  " = = =",
];
const SPICE = [" ", "#", "=", ":", "\n", "\r", "\t", "0", "9", "f", "[", "]", "of", "é", "\u2028", "\u0000"];

/** The same numbers in every run: 0 to `max` − 1. */
function dice(seed: number): (max: number) => number {
  let state = seed;
  return (max) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * max);
  };
}

/** Some of these lines, and then some letters that are more, others, or none. */
function drawnText(draw: (max: number) => number): string {
  const line = (): string | undefined => (draw(12) > 0 ? GOOD[draw(GOOD.length)] : BAD[draw(BAD.length)]);
  let text = Array.from({ length: 1 + draw(5) }, line).join("\n");
  for (let times = draw(3); times > 0; times--) {
    const at = draw(text.length + 1);
    const spice = SPICE[draw(SPICE.length)] as string;
    text = text.slice(0, at) + (draw(3) > 0 ? spice : "") + text.slice(at + draw(3));
  }
  return text;
}

/** What the text says, or the error that it is refused with. */
function read(text: string): Config | Error {
  try {
    return parseConfig(text, "config.txt");
  } catch (error) {
    return error as Error;
  }
}

/** Whether it is a sentence for whoever wrote the file, and names it. */
function isRefusal(error: Error): boolean {
  const isOurs = error instanceof P2PError && error.code === "CONFIG_INVALID";
  return isOurs && /^config\.txt[: ]/.test(error.message);
}

/** As text, without where things stood. */
function sense({ seeds, faulty, network, operators, changes }: Config): string {
  const entries = seeds.map(({ address, id }) => [address, id]);
  return JSON.stringify([entries, faulty, network, operators, changes]);
}

test(`of ${INPUTS} config files that are nearly right each is read, and written as it is read, or refused`, () => {
  const folder = mkdtempSync(join(tmpdir(), "p2p-config-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = join(folder, "config.txt");
  const draw = dice(7);
  const wrong: string[] = [];
  let readable = 0;
  for (let input = 0; input < INPUTS; input++) {
    const text = drawnText(draw);
    const config = read(text);
    if (config instanceof Error) {
      if (!isRefusal(config)) wrong.push(`${JSON.stringify(text)}: ${config.stack}`);
    } else if (readable++ % WRITTEN_EVERY === 0) {
      writeConfig({ ...config, file });
      if (sense(readConfig(file)) !== sense(config))
        wrong.push(`${JSON.stringify(text)} is written otherwise`);
    }
  }
  console.info(`${readable} of ${INPUTS} were read`);
  expect(wrong).toEqual([]);
  expect(readable).toBeGreaterThan(INPUTS / 20);
});
