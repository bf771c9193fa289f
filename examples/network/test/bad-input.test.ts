import { chmodSync, mkdirSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { dirname } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { freePorts, Place, type ProgramName } from "./program.ts";

const ID = "ab".repeat(32);

let place: Place;
/** Taken by somebody else. */
let busyPort: number;
let server: Server;
/** Three seeds' ports, and after them as many peers', that nobody listens at. */
let port: number;

beforeAll(async () => {
  place = new Place();
  port = await freePorts(8);
  busyPort = await freePorts(1);
  server = createServer((socket) => socket.destroy());
  await new Promise<void>((resolve) => {
    server.listen(busyPort, "127.0.0.1", resolve);
  });
});

afterAll(async () => {
  await place.close();
  await new Promise((resolve) => {
    server.close(resolve);
  });
});

/** Each makes what its row needs, in a folder of its own, and says the options. */
type Prepare = (write: (file: string, text: string, mode?: number) => string) => string[];

const seedLines = (): string => `127.0.0.1:${port}\n127.0.0.1:${port + 1}\n127.0.0.1:${port + 2}\n`;
const namedLines = (): string => `127.0.0.1:${port} ${ID}\n127.0.0.1:${port + 1} ${"cd".repeat(32)}\n`;
const small = (): string[] => ["--seed-port", String(port), "--peer-port", String(port + 3)];

const rows: [what: string, program: ProgramName, prepare: Prepare, exitCode: number, sentence: RegExp][] = [
  ["an unknown option", "start", () => ["--bogus"], 2, /Unknown option '--bogus'; --help lists the options/],
  [
    "an option without its --",
    "start",
    () => ["5"],
    2,
    /Unexpected argument '5'; options come after --, as in/,
  ],
  ["a fault without an end", "start", () => ["--kill", "1"], 2, /need --duration/],
  ["JSON without an end", "start", () => ["--json"], 2, /--json needs --duration/],
  ["no peers", "start", () => ["--peers", "0"], 2, /--peers is a whole number from 1 to 500, not "0"/],
  [
    "fewer than no victims",
    "start",
    () => ["--kill", "-1"],
    2,
    /--kill is a whole number from 0 to 500, not "-1"/,
  ],
  [
    "ports that peers and seeds would share",
    "start",
    (write) => ["--config", write("ports.txt", seedLines()), "--peer-port", String(port)],
    2,
    /the peers' ports are \d+ to \d+, and there is a seed at 127.0.0.1:\d+; change --peer-port/,
  ],
  [
    "another port than the config file has",
    "start",
    (write) => ["--config", write("c.txt", seedLines()), "--seed-port", String(port + 1)],
    2,
    /--seed-port \d+, but the first seed in .*c.txt is 127.0.0.1:\d+/,
  ],
  [
    "a config file in a folder that is not there",
    "start",
    () => ["--config", "nowhere/c.txt"],
    1,
    /cannot write .*nowhere\/c.txt: its folder does not exist/,
  ],
  [
    "more victims than peers",
    "start",
    () => ["--duration", "9", "--kill", "6"],
    2,
    /want 6 peers, there are 5/,
  ],
  [
    "a word for a time",
    "start",
    () => ["--gossip-every", "soon"],
    2,
    /--gossip-every: not a duration.*"soon"/,
  ],
  ["a time without end", "start", () => ["--ping-every", "1000h"], 2, /--ping-every: longer than 24 days/],
  ["too many links", "start", () => ["--m", "17"], 2, /--m is a whole number from 1 to 16/],
  ["an unknown profile", "start", () => ["--profile", "wan"], 2, /--profile is assignment or lan, not "wan"/],
  [
    "another number of seeds",
    "start",
    (write) => ["--seeds", "5", "--config", write("config.txt", seedLines())],
    2,
    /--seeds 5, but .*config\.txt names 3/,
  ],
  [
    "an empty config",
    "start",
    (write) => ["--config", write("config.txt", "")],
    1,
    /config\.txt names no seed/,
  ],
  [
    "a line that is no address",
    "start",
    (write) => ["--config", write("config.txt", "127.0.0.1:6000\n127.0.0.1\n")],
    1,
    /config\.txt:2: not host:port: "127\.0\.0\.1" \(CONFIG_INVALID\)/,
  ],
  ["a config that is a folder", "start", () => ["--config", place.folder], 1, /cannot read .*EISDIR/],
  [
    "more faults than the seeds can bear",
    "start",
    (write) => ["--config", write("config.txt", `${seedLines()}f = 1\n`)],
    1,
    /f = 1 needs n ≥ 3f \+ 1 = 4 seeds, there are 3/,
  ],
  [
    "somebody else's ids",
    "start",
    (write) => ["--config", write("config.txt", namedLines())],
    2,
    /config\.txt:1 wants the seed abab/,
  ],
  [
    "an output that is a folder",
    "start",
    () => [...small(), "--output", place.folder],
    1,
    /cannot write .*EISDIR/,
  ],
  [
    "data below a file",
    "start",
    (write) => ["--data", `${write("file", "")}/data`, "--config", write("config.txt", seedLines())],
    1,
    /cannot make the folder .*ENOTDIR/,
  ],
  [
    "a seed's port in use",
    "start",
    (write) => ["--config", write("config.txt", `${seedLines()}127.0.0.1:${busyPort}\n`)],
    1,
    /seed \d+ did not start: 127\.0\.0\.1:\d+ is in use: .*\(ADDRESS_IN_USE\)/,
  ],
  [
    "a key that others may read",
    "start",
    (write) => {
      const key = write(`data/seed-127.0.0.1-${port}/node.key`, `${ID}\n`);
      chmodSync(key, 0o644);
      return ["--data", dirname(dirname(key)), "--config", write("config.txt", seedLines())];
    },
    1,
    /others may read the key file .*chmod 600/,
  ],
  ["a seed without an address", "seed", () => [], 2, /a seed needs --listen/],
  ["an address that is none", "seed", () => ["--listen", "6000"], 2, /--listen: not host:port: "6000"/],
  [
    "no config",
    "seed",
    () => ["--listen", `127.0.0.1:${port}`, "--config", "nowhere/config.txt"],
    1,
    /cannot read .*config\.txt.*write one seed a line/,
  ],
  [
    "a seed that the config does not name",
    "seed",
    (write) => ["--listen", "127.0.0.1:1", "--config", write("config.txt", seedLines())],
    1,
    /config\.txt has no line for this seed; add "127\.0\.0\.1:1 [0-9a-f]{64}"/,
  ],
  [
    "a seed with another key",
    "seed",
    (write) => ["--listen", `127.0.0.1:${port}`, "--config", write("config.txt", namedLines())],
    1,
    /config\.txt:1: .* is the seed abab.*, but the key here is/,
  ],
  [
    "a key that is none",
    "seed",
    (write) => ["--data", dirname(write("node.key", "secret\n", 0o600)), "--listen", "127.0.0.1:1"],
    1,
    /does not hold 64 hexadecimal digits/,
  ],
  [
    "a far seed without its id",
    "peer",
    (write) => ["--listen", "127.0.0.1:0", "--config", write("config.txt", "seed.example:6000\n")],
    1,
    /config\.txt:1: "seed\.example:6000" is named without its id/,
  ],
  [
    "a peer's port in use",
    "peer",
    (write) => ["--listen", `127.0.0.1:${busyPort}`, "--config", write("config.txt", namedLines())],
    1,
    /is in use: stop the process that listens there.*\(ADDRESS_IN_USE\)/,
  ],
  [
    "a damaged store",
    "peer",
    (write) => {
      const folder = dirname(write("store/incarnation", "not what was written", 0o600));
      const config = write("config.txt", namedLines());
      return ["--listen", "127.0.0.1:0", "--config", config, "--data", folder];
    },
    1,
    /in .*store: .*"incarnation" .*is damaged.*delete it.*\(STORE_CORRUPT\)/,
  ],
];

describe.concurrent("one sentence and an exit code for", () => {
  test.each(rows)("%s (%s)", async (what, program, prepare, exitCode, sentence) => {
    const folder = what.replaceAll(/\W/g, "-");
    const write = (file: string, text: string, mode?: number): string =>
      place.write(`${folder}/${file}`, text, mode);
    mkdirSync(`${place.folder}/${folder}`, { recursive: true });
    const options = prepare(write);
    // The first of two counts for nothing: a row may bring its own.
    const run = place.run(program, "--data", `${place.folder}/${folder}/data`, ...options);
    expect(await run.ended).toBe(exitCode);
    expect(run.stderr).toEqual([expect.stringMatching(sentence)]);
    expect(run.stderr[0]).toMatch(/^error: /);
  });
});
