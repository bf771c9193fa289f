import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Configuration } from "@p2p/consensus";
import { readOrCreateKeyFile } from "@p2p/identity/node";
import { type Address, parseAddress } from "@p2p/wire";
import { bundle } from "../../../scripts/run.mjs";
import { type Config, readConfig, writeConfig } from "./config-file.ts";
import { Cluster } from "./launcher/cluster.ts";
import { Console } from "./launcher/console.ts";
import { Drill } from "./launcher/drill.ts";
import { listenToKeys } from "./launcher/keys.ts";
import { type Faults, runTimed } from "./launcher/timed-run.ts";
import { countOf, durationOf, type Given, readOptions, textOf } from "./options.ts";
import { PACE_OPTIONS, paceArguments, readPace } from "./pace.ts";
import { callersPath, fail, makeFolder, run, UsageError } from "./program.ts";

const USAGE = `Runs seeds and peers, each a process of its own, on this machine.

  npm start                                             until you press q
  npm start -- --seeds 3 --peers 5 --duration 90 --kill 1   ends by itself, exit code 0 if all is well`;

const OPTIONS = {
  seeds: { value: "N", help: "seeds (default 3, or as many as the config file names)" },
  peers: { value: "N", help: "peers (default 5)" },
  config: { value: "FILE", help: "the seeds' addresses; written if missing (default config.txt)" },
  output: { value: "FILE", help: "everything printed goes there, too (default outputfile.txt)" },
  data: { value: "DIR", help: "keys and state (default: a fresh directory, removed at the end)" },
  "seed-port": { value: "PORT", help: "first seed's port in a config file that is written (default 6000)" },
  "peer-port": { value: "PORT", help: "first peer's port (default 7001)" },
  duration: { value: "TIME", help: "end after so long, with a summary (default: run until told otherwise)" },
  kill: { value: "N", help: "with --duration: SIGKILL so many peers" },
  freeze: { value: "N", help: "with --duration: SIGSTOP so many peers" },
  restart: { value: "N", help: "with --duration: SIGKILL so many peers and start them again within 5 s" },
  leave: { value: "N", help: "with --duration: so many peers leave politely" },
  json: { help: "print nothing but the summary, as JSON" },
  ...PACE_OPTIONS,
};

const START_PATIENCE_MS = 30_000;
const LINK_PATIENCE_MS = 60_000;

await run(async () => {
  const given = readOptions(USAGE, OPTIONS);
  const pace = readPace(given);
  const peers = countOf(given, "peers", 5, 1, 500);
  const faults = readFaults(given, peers);
  const durationMs = given["duration"] === undefined ? undefined : durationOf(given, "duration", 0);
  const config = findConfig(given);
  const json = given["json"] === true;
  if (json && durationMs === undefined)
    throw new UsageError("--json needs --duration: a run that ends has a summary");

  const ownData = given["data"] === undefined;
  const data = ownData
    ? mkdtempSync(join(tmpdir(), "p2p-network-"))
    : makeFolder(callersPath(given["data"] as string));
  const removeData = (): void => {
    if (ownData) rmSync(data, { recursive: true, force: true });
  };
  process.on("exit", removeData);

  const runConfig = nameSeeds(config, data);
  const [seedProgram = "", peerProgram = ""] = await bundle(
    ["./seed.ts", "./peer.ts"].map((file) => fileURLToPath(new URL(file, import.meta.url))),
  );
  const cluster = new Cluster({
    seeds: runConfig.seeds.map(({ address }) => address),
    peerPort: countOf(given, "peer-port", 7001, 1, 65_535),
    seedProgram,
    peerProgram,
    args: (role, address) => [
      ...["--listen", address, "--config", runConfig.file, "--data", folderOf(data, role, address)],
      ...(role === "peer" ? ["--await-order", ...paceArguments(given)] : ["--profile", pace.profile]),
    ],
  });
  const output = new Console(callersPath(textOf(given, "output", "outputfile.txt")), json, fail);
  const drill = new Drill(cluster);
  cluster.on("line", (node, line) => output.line(node.name, line));
  drill.on("done", (what) => output.say(`*** ${what}`));

  let ending: Promise<void> | undefined;
  const end = (exitCode: number): Promise<void> => {
    ending ??= cluster.stop().then(() => {
      output.close(() => process.exit(exitCode));
    });
    return ending;
  };
  process.on("SIGINT", () => void end(130));
  process.on("SIGTERM", () => void end(143));

  output.say(`Starting ${config.seeds.length} seeds and ${peers} peers; data in ${data}`);
  const complaint = await startAll(cluster, peers);
  if (complaint !== undefined) {
    console.error(`error: ${complaint}`);
    return end(1);
  }
  if (ending) return;
  drill.publish();
  if (durationMs === undefined) {
    cluster.on("crashed", (node, how) => output.say(`*** ${node.name} ended by itself: ${how}`));
    listenToKeys({ cluster, drill, output, quit: () => void end(0) });
    return;
  }
  const summary = await runTimed({ cluster, drill, output, durationMs, faults, profile: pace.profile });
  if (json) console.log(JSON.stringify(summary, undefined, 2));
  await end(summary.ok ? 0 : 1);
});

function readFaults(given: Given, peers: number): Faults {
  const count = (name: string): number => countOf(given, name, 0, 0, peers);
  const faults = {
    kill: count("kill"),
    freeze: count("freeze"),
    restart: count("restart"),
    leave: count("leave"),
  };
  const victims = faults.kill + faults.freeze + faults.restart + faults.leave;
  if (victims > 0 && given["duration"] === undefined) {
    throw new UsageError("--kill, --freeze, --restart and --leave need --duration; without it, use the keys");
  }
  if (victims > peers) throw new UsageError(`${victims} victims are more than ${peers} peers`);
  return faults;
}

/** The config file the caller means, written if it is missing. */
function findConfig(given: Given): Config {
  const file = callersPath(textOf(given, "config", "config.txt"));
  if (!existsSync(file)) {
    const port = countOf(given, "seed-port", 6000, 1, 65_000);
    const seeds = Array.from({ length: countOf(given, "seeds", 3, 1, 56) }, (_, index) => ({
      address: parseAddress(`127.0.0.1:${port + index}`),
      id: undefined,
      line: index + 2,
    }));
    writeConfig({ file, seeds, faulty: 0, network: "p2p" });
  }
  const config = readConfig(file);
  const wanted = countOf(given, "seeds", config.seeds.length, 1, 56);
  if (wanted !== config.seeds.length) {
    throw new UsageError(`--seeds ${wanted}, but ${file} names ${config.seeds.length}; change one of them`);
  }
  return config;
}

/** The same seeds with the ids of their keys in `data`, as a config file beside them: what this run's nodes read. */
function nameSeeds(config: Config, data: string): Config {
  const seeds = config.seeds.map(({ address, id, line }) => {
    const keyFile = join(folderOf(data, "seed", address), "node.key");
    const own = readOrCreateKeyFile(keyFile).id;
    if (id !== undefined && id !== own) {
      throw new UsageError(
        `${config.file}:${line} wants the seed ${id}, but the key in ${keyFile} is ${own}; ` +
          "take the id out of the line, or give the directory that holds its key with --data",
      );
    }
    return { address, id: own, line };
  });
  const { faulty, network } = config;
  // Says what is wrong with the numbers here, once, and not in every child.
  void new Configuration({ seeds: seeds.map(({ address, id }) => ({ address, id })), faulty, name: network });
  const named = { ...config, file: join(data, "config.txt"), seeds };
  writeConfig(named);
  return named;
}

function folderOf(data: string, role: "seed" | "peer", address: Address): string {
  return join(data, `${role}-${address.replaceAll(/[^\w.]/g, "-")}`);
}

/** Starts seeds, then peers. What went wrong, as a sentence, if anything did. */
async function startAll(cluster: Cluster, peers: number): Promise<string | undefined> {
  const newcomers = Array.from({ length: peers }, () => cluster.addPeer());
  const lateSeeds = await cluster.start(cluster.seeds, ({ id }) => id !== undefined, START_PATIENCE_MS);
  if (lateSeeds.length > 0) return `${names(lateSeeds)} did not start; see what it printed`;
  const latePeers = await cluster.start(newcomers, ({ linked }) => linked || peers === 1, LINK_PATIENCE_MS);
  if (latePeers.length > 0) return `${names(latePeers)} found no neighbour; see what it printed`;
  return undefined;
}

function names(nodes: readonly { readonly name: string }[]): string {
  return nodes.map(({ name }) => name).join(", ");
}
