import { execFileSync } from "node:child_process";
import { appendFileSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Configuration } from "@p2p/consensus";
import { readOrCreateKeyFile } from "@p2p/identity/node";
import { LAN, Peer } from "@p2p/peer";
import { ARCHIVE_FILE, readVotes, VOTE_LOG_FILE } from "@p2p/seed/invariants";
import { NodeDisk } from "@p2p/wire/node";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { SeedStatus } from "../src/messages.ts";
import { Network } from "./network.ts";
import { Node } from "./node.ts";
import { until } from "./program.ts";

/** Shell commands that mount a node's folder, `$0`, in another way, for one process alone: it ends with it. */
const READ_ONLY = 'mount --bind "$0" "$0" && mount -o remount,bind,ro "$0"';
const SMALL =
  'cp -a "$0" "$0.old" && mount -t tmpfs -o size=64k,mode=700 tmpfs "$0" && cp -a "$0.old/." "$0"';

/** The head of a record and a part of its payload. */
const TORN_BYTES = 20;

const FULL = /^WARNING: cannot .*\.log: ENOSPC/;

const mountsMissing = tryMounts();
const because = mountsMissing === undefined ? "" : ` (skipped: ${mountsMissing})`;
if (mountsMissing !== undefined) console.warn(`Tests with mounted disks are skipped: ${mountsMissing}`);

const network = new Network();
/** Peers in this process: they cost little. */
const crowd: Peer[] = [];

const seed = (index: number): Node => network.seeds[index] as Node;

beforeAll(() => network.start(3, 2));

afterAll(async () => {
  await Promise.all(crowd.map((peer) => peer.stop({ leave: false })));
  await network.close();
});

test("a torn last record is cut, and its seed goes on", async () => {
  const torn = seed(0);
  const file = join(torn.plan.folder, VOTE_LOG_FILE);
  await torn.kill();
  const whole = readFileSync(file);
  const votes = readVotes(whole);
  expect(votes.length).toBeGreaterThan(0);
  // Never one that was acknowledged: a seed that loses a vote which others know votes no more.
  appendFileSync(file, whole.subarray(0, TORN_BYTES));
  torn.start();
  await torn.ready();
  await network.settled();
  expect(readFileSync(file).subarray(0, whole.length + TORN_BYTES)).not.toEqual(
    Buffer.concat([whole, whole.subarray(0, TORN_BYTES)]),
  );
  expect(readVotes(readFileSync(file)).slice(0, votes.length)).toEqual(votes);
});

test.each([
  [VOTE_LOG_FILE, /Restore the file from a copy that is up to date; without one, .* give it a new key/],
  [ARCHIVE_FILE, /Delete the file while the seed is stopped: .* the other seeds send it again/],
])("a flipped bit in %s stops its seed, which says what to do", async (name, fix) => {
  const damaged = seed(1);
  await damaged.kill();
  const file = join(damaged.plan.folder, name);
  const whole = readFileSync(file);
  for (const at of [0, whole.length - 1]) {
    const bytes = Uint8Array.from(whole);
    bytes[at] = (bytes[at] as number) ^ 4;
    writeFileSync(file, bytes);
    const complaint = await complaintOf(damaged);
    expect(complaint).toContain(`in ${damaged.plan.folder}: ${name} is damaged at byte `);
    expect(complaint).toMatch(fix);
    expect(complaint).toMatch(/\(STORE_CORRUPT\)$/);
  }
  if (name === ARCHIVE_FILE) rmSync(file);
  else writeFileSync(file, whole);
  damaged.start();
  await damaged.ready();
  await network.settled();
});

test.skipIf(mountsMissing !== undefined)(
  `a disk that cannot be written to is named at once${because}`,
  async () => {
    await seed(2).kill();
    expect(await complaintOf(mounted(seed(2), READ_ONLY))).toMatch(
      /cannot write .*\/lock: EROFS.*\(DISK_FAILED\)$/,
    );
  },
);

test.skipIf(mountsMissing !== undefined)(
  `a seed whose disk is full abstains and says so, the others go on, and it follows when there is room${because}`,
  async () => {
    await seed(2).kill();
    const small = mounted(seed(2), SMALL);
    network.seeds[2] = small;
    small.start();
    await small.ready();
    const filler = join(folderOf(small), "filler");
    fill(filler);
    // The last page of each file has room left.
    let newcomer: Peer;
    do {
      newcomer = await enter();
      await sleep(200);
    } while (votersFor(newcomer).includes(small));
    expect(small.lines).toContainEqual(expect.stringMatching(FULL));
    expect(crowd.length).toBeLessThan(30);
    rmSync(filler);
    const follower = await enter();
    await until(() => votersFor(follower).includes(small), "a vote of the seed that has room again");
    let lists: (readonly string[])[] = [];
    do lists = await Promise.all(network.seeds.map(membersAt));
    while (lists.some((list) => list.join() !== lists[0]?.join()));
    expect(lists[0]).toHaveLength(network.peers.length + crowd.length);
    expect(network.removals()).toEqual(network.expected());
  },
);

/** One more peer, once it is a member. */
async function enter(): Promise<Peer> {
  const folder = join(network.place.folder, `member-${crowd.length}`);
  const seeds = network.seeds.map(({ plan: { address, id } }) => ({ address, id }));
  const peer = new Peer({
    configuration: new Configuration({ seeds }),
    signer: readOrCreateKeyFile(`${folder}.key`),
    disk: new NodeDisk(folder),
    profile: LAN,
  });
  crowd.push(peer);
  await peer.start();
  return peer;
}

async function membersAt(node: Node): Promise<readonly string[]> {
  return ((await node.status()) as SeedStatus).members;
}

/** The seeds on whose disks there is a vote for `peer`. */
function votersFor({ lobby }: Peer): Node[] {
  return network.seeds.filter((node) => {
    const votes = readVotes(readFileSync(join(folderOf(node), VOTE_LOG_FILE)));
    return votes.some(({ vote }) => vote.fact.peer === lobby.id);
  });
}

/** A running node's folder, as its process sees it. */
function folderOf({ process, plan }: Node): string {
  return join(`/proc/${process?.pid}/root`, plan.folder);
}

/** The one sentence with which a seed that may not start ends. */
async function complaintOf(node: Node): Promise<string> {
  const before = node.complaints.length;
  node.start();
  expect(await node.process?.ended).toBe(1);
  const [sentence = "", ...more] = node.complaints.slice(before);
  expect(more).toEqual([]);
  return sentence;
}

/** The same node with its folder mounted in another way. */
function mounted({ plan }: Node, mount: string): Node {
  const prefix = ["unshare", "-m", "sh", "-ec", `${mount} && exec "$@"`, plan.folder];
  return new Node(network.place, { ...plan, prefix });
}

/** Writes a file until the disk is full. */
function fill(path: string): void {
  for (let size = 4096; size >= 1; ) {
    try {
      writeFileSync(path, new Uint8Array(size), { flag: "a" });
    } catch {
      size = size >> 1;
    }
  }
}

function tryMounts(): string | undefined {
  try {
    execFileSync("unshare", ["-m", "mount", "-t", "tmpfs", "tmpfs", tmpdir()], { stdio: "pipe" });
    return undefined;
  } catch (error) {
    return `needs Linux, root and the programs unshare and mount: ${(error as Error).message.split("\n", 1)[0]}`;
  }
}
