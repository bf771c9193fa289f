import { existsSync } from "node:fs";
import { parseAddress } from "@p2p/wire";
import { type Config, readConfig, seedsNow, writeConfig } from "../config-file.ts";
import { countOf, durationOf, type Given, type OptionTable, textOf } from "../options.ts";
import { PACE_OPTIONS, type Pace, readPace } from "../pace.ts";
import { callersPath, UsageError } from "../program.ts";
import { SECURITY_OPTIONS } from "../security.ts";

export const USAGE = `Runs seeds and peers, each a process of its own, on this machine.

  npm start                                                 until you press q; other keys kill, add, restart ...
  npm start -- --seeds 3 --peers 5 --duration 90 --kill 1   ends by itself, exit code 0 if all is well

A TIME is 500ms, 5s, 2m or 1h; a bare number counts seconds.`;

export const OPTIONS: OptionTable = {
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
  json: { help: "with --duration: print nothing but the summary, as JSON" },
  ...PACE_OPTIONS,
  ...SECURITY_OPTIONS,
};

/** How many peers suffer what. */
export interface Faults {
  readonly kill: number;
  readonly freeze: number;
  readonly restart: number;
  readonly leave: number;
}

/** What a command line asks for. */
export interface RunPlan {
  readonly peers: number;
  readonly peerPort: number;
  readonly pace: Pace;
  readonly faults: Faults;
  /** Undefined: until somebody ends it. */
  readonly durationMs: number | undefined;
  readonly json: boolean;
  readonly config: Config;
  readonly output: string;
  /** Undefined: a fresh folder. */
  readonly data: string | undefined;
}

/**
 * Reads what {@link OPTIONS} were given. Writes the config file if it is missing.
 * @throws UsageError on what cannot be, P2PError on a config file that cannot be read or written.
 */
export function readPlan(given: Given): RunPlan {
  const peers = countOf(given, "peers", 5, 1, 500);
  const durationMs = given["duration"] === undefined ? undefined : durationOf(given, "duration", 0);
  const json = given["json"] === true;
  if (json && durationMs === undefined)
    throw new UsageError("--json needs --duration: a run that ends has a summary");
  const data = textOf(given, "data");
  const pace = readPace(given);
  const faults = readFaults(given, peers, durationMs !== undefined);
  const peerPort = countOf(given, "peer-port", 7001, 1, 65_536 - peers);
  // Last: it may write a file.
  const config = findConfig(given);
  checkPorts(config, peerPort, peers);
  return {
    peers,
    peerPort,
    pace,
    faults,
    durationMs,
    json,
    config,
    output: callersPath(textOf(given, "output", "outputfile.txt")),
    data: data === undefined ? undefined : callersPath(data),
  };
}

function checkPorts(config: Config, peerPort: number, peers: number): void {
  const last = peerPort + peers - 1;
  const taken = seedsNow(config).find(({ address }) => {
    const port = Number(address.slice(address.lastIndexOf(":") + 1));
    return port >= peerPort && port <= last;
  });
  if (taken === undefined) return;
  const there = `there is a seed at ${taken.address}`;
  throw new UsageError(`the peers' ports are ${peerPort} to ${last}, and ${there}; change --peer-port`);
}

function readFaults(given: Given, peers: number, ends: boolean): Faults {
  const count = (name: string): number => countOf(given, name, 0, 0, 500);
  const faults = {
    kill: count("kill"),
    freeze: count("freeze"),
    restart: count("restart"),
    leave: count("leave"),
  };
  const victims = faults.kill + faults.freeze + faults.restart + faults.leave;
  if (victims > 0 && !ends) {
    throw new UsageError("--kill, --freeze, --restart and --leave need --duration; without it, use the keys");
  }
  if (victims > peers) {
    throw new UsageError(`--kill, --freeze, --restart and --leave want ${victims} peers, there are ${peers}`);
  }
  return faults;
}

/** The config file the caller means, written if it is missing. */
function findConfig(given: Given): Config {
  const file = callersPath(textOf(given, "config", "config.txt"));
  if (!existsSync(file)) {
    const port = countOf(given, "seed-port", 6000, 1, 65_000);
    const seeds = Array.from({ length: countOf(given, "seeds", 3, 1, 64) }, (_, index) => ({
      address: parseAddress(`127.0.0.1:${port + index}`),
      id: undefined,
      line: index + 2,
    }));
    writeConfig({ file, seeds, faulty: 0, network: "p2p" });
  }
  const config = readConfig(file);
  const first = seedsNow(config)[0]?.address ?? "";
  const port = textOf(given, "seed-port");
  if (port !== undefined && !first.endsWith(`:${port}`))
    throw new UsageError(
      `--seed-port ${port}, but the first seed in ${file} is ${first}; change one of them`,
    );
  const { length: named } = seedsNow(config);
  const wanted = countOf(given, "seeds", named, 1, 64);
  if (wanted !== named)
    throw new UsageError(`--seeds ${wanted}, but ${file} names ${named}; change one of them`);
  return config;
}
