import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createNodeSigner } from "@p2p/identity/node";
import { type LinkOwner, parseAddress, REFUSED } from "@p2p/wire";
import { TlsTransport } from "@p2p/wire/tls";
import { afterEach, beforeEach, expect, test } from "vitest";
import { freePorts, Place, type Program } from "./program.ts";

const PACE = ["--profile", "lan"];

let place: Place;
let port: number;

beforeEach(async () => {
  place = new Place();
  port = await freePorts(5);
});

afterEach(() => place.close());

const address = (index: number): string => `127.0.0.1:${port + index}`;

function seed(index: number): Program {
  return place.run("seed", "--listen", address(index), ...PACE);
}

function peer(index: number, ...args: string[]): Program {
  return place.run("peer", "--listen", address(index), ...PACE, ...args);
}

/** Three seeds whose ids nobody has written down, and a peer. */
async function town(): Promise<{ seeds: Program[]; first: Program }> {
  place.write("config.txt", [0, 1, 2].map(address).join("\n"));
  const first = peer(3);
  const seeds = [0, 1, 2].map(seed);
  await first.printed(/^Registered; 0 other members$/);
  return { seeds, first };
}

/** The one sentence with which it ends by itself. */
async function complaintOf(program: Program): Promise<string> {
  const exitCode = await program.ended;
  const [sentence = "", ...more] = program.stderr;
  if (exitCode !== 1 || more.length > 0) throw new Error(`${exitCode}: ${program.stderr.join("\n")}`);
  return sentence;
}

test("programs started by hand wait for each other, meet, and part, in the original's words", async () => {
  place.write("config.txt", [0, 1, 2].map(address).join("\n"));
  const first = peer(3);
  await first.printed(new RegExp(`^Waiting for seeds: no answer from ${[0, 1, 2].map(address).join(", ")}$`));
  const seeds = [0, 1, 2].map(seed);
  for (const [index, one] of seeds.entries()) {
    await one.printed(new RegExp(`^Seed running on port ${port + index}$`));
    await one.printed(new RegExp(`^ADD CONSENSUS ACHIEVED: ${address(3)}`));
  }
  await first.printed(/^Registered; 0 other members$/);
  expect(first.stdout.filter((line) => line.startsWith("Taking "))).toHaveLength(3);

  const second = peer(4);
  await second.printed(/^Registered; 1 other member$/);
  await second.printed(new RegExp(`^Neighbour: ${address(3)}`));
  await second.printed(/^Generated Gossip: \d+:127\.0\.0\.1:1$/);
  await first.printed(new RegExp(`^First time received: \\d+:127\\.0\\.0\\.1:1 from ${address(4)}$`));

  first.kill("SIGKILL");
  await second.printed(new RegExp(`^Suspecting ${address(3)}$`));
  await second.printed(/^Neighbor consensus achieved$/);
  await second.printed(/^Reporting to seeds\.\.\.$/);
  await second.printed(new RegExp(`^Dead Node:${address(3)}:\\d+:127\\.0\\.0\\.1$`));
  for (const one of seeds) await one.printed(new RegExp(`^REMOVE CONSENSUS ACHIEVED: ${address(3)}`));
  // Two are a quorum: the third may hear of it before it has looked long enough to vote.
  const proposed = `PROPOSE_REMOVE: ${address(3)}`;
  const voters = seeds.filter(({ stdout }) => stdout.some((line) => line.startsWith(proposed)));
  expect(voters.length).toBeGreaterThanOrEqual(2);

  second.kill("SIGINT");
  expect(await second.ended).toBe(0);
  for (const one of seeds) {
    await one.printed(new RegExp(`^Peer removed from PL: ${address(4)}`));
    one.kill("SIGTERM");
    expect(await one.ended).toBe(0);
    expect(one.stderr).toEqual([]);
  }
});

test("a seed refuses a damaged vote log, and what another process uses", async () => {
  const { seeds } = await town();
  const logOf = (index: number): string => `${place.folder}/p2p-data/seed-${port + index}/votes.log`;
  // Two votes make a member: the third seed may learn of it before it has voted for anything.
  const voter = [0, 1, 2].find((index) => existsSync(logOf(index))) as number;
  const folder = `p2p-data/seed-${port + voter}`;
  expect(await complaintOf(seed(voter))).toMatch(
    new RegExp(`${folder} is in use by the process ${seeds[voter]?.pid}; .*\\(IDENTITY_IN_USE\\)$`),
  );
  seeds[voter]?.kill("SIGKILL");
  await seeds[voter]?.ended;
  const whole = readFileSync(logOf(voter));
  const damaged = Buffer.from(whole);
  damaged[20] = (damaged[20] as number) ^ 1;
  writeFileSync(logOf(voter), damaged);
  expect(await complaintOf(seed(voter))).toMatch(
    new RegExp(`in .*/${folder}: votes\\.log is damaged at byte 0: .*\\(STORE_CORRUPT\\)$`),
  );
  writeFileSync(logOf(voter), whole);
  const again = seed(voter);
  await again.printed(/^Seed running on port/);
  expect(again.stdout.filter((line) => line.startsWith("Taking "))).toEqual([]);
});

test("who remembers a seed does not take another key for it", async () => {
  const { seeds, first } = await town();
  for (const one of [seeds[0], first]) {
    one?.kill("SIGKILL");
    await one?.ended;
  }
  rmSync(`${place.folder}/p2p-data/seed-${port}`, { recursive: true });
  const config = place.write("alone.txt", address(0));
  const stranger = place.run("seed", "--listen", address(0), "--config", config);
  await stranger.printed(/^Seed running on port/);
  expect(await complaintOf(peer(3))).toMatch(
    new RegExp(`the seed at ${address(0)} has another key .*\\(SEED_KEY_CHANGED\\)$`),
  );
  stranger.kill("SIGTERM");
  await stranger.ended;
});

test("a peer of another network is told so", async () => {
  await town();
  const config = place.write("other.txt", `${[0, 1, 2].map(address).join("\n")}\nnetwork = other\n`);
  expect(await complaintOf(peer(4, "--config", config))).toMatch(
    /is of another network: the other network is called "p2p", this one "other".*\(NETWORK_MISMATCH\)$/,
  );
});

test("a peer of another version is told so", async () => {
  const detail = "this node speaks version 2.0, the other 1.0";
  const refused = REFUSED.encode({ code: "version", detail, network: undefined });
  const signer = createNodeSigner();
  const transport = new TlsTransport({ signer });
  const newer: LinkOwner = {
    linkOpened: () => undefined,
    linkFrame(link) {
      link.send(refused);
      link.close();
    },
    linkDrained: () => undefined,
    linkClosed: () => undefined,
  };
  await new Promise((resolve) => {
    transport.listen(parseAddress(address(0)), newer, resolve);
  });
  const config = place.write("config.txt", `${address(0)} ${signer.id}\n`);
  expect(await complaintOf(peer(4, "--config", config))).toMatch(
    /speaks another version of the protocol: it says "this node speaks version 2\.0, .*\(NETWORK_MISMATCH\)$/,
  );
  await new Promise<void>((resolve) => {
    transport.close(resolve);
  });
});

test("a seed prints its line for the config file, also while it runs", async () => {
  const once = place.run(
    "seed",
    "--listen",
    "0.0.0.0:6000",
    "--advertise",
    "seed.example:6000",
    "--print-id",
  );
  expect(await once.ended).toBe(0);
  expect(once.stdout).toEqual([expect.stringMatching(/^seed\.example:6000 [0-9a-f]{64}$/)]);
  await town();
  const running = place.run("seed", "--listen", address(0), "--print-id");
  expect(await running.ended).toBe(0);
  expect(running.stdout).toHaveLength(1);
});
