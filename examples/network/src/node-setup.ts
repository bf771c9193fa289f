import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Configuration, type SeedEntry } from "@p2p/consensus";
import { P2PError, type PeerId, verifier } from "@p2p/identity";
import { type NodeSigner, readOrCreateKeyFile } from "@p2p/identity/node";
import { type ResolvedSeeds, resolveSeeds } from "@p2p/seed/client";
import { type Address, isLoopback, systemClock, systemRandom, type Transport } from "@p2p/wire";
import { type Config, parseConfig, readConfig, writeConfig } from "./config-file.ts";
import { lockFolder } from "./lock-file.ts";
import { findSilent, sayMissingSeeds } from "./missing-seeds.ts";
import { type Given, type OptionTable, textOf } from "./options.ts";
import { callersPath, makeFolder } from "./program.ts";
import { askingTransport, SECURITY_OPTIONS, warnIfInsecure } from "./security.ts";

/** The options that a seed and a peer started by hand have in common. */
export const NODE_OPTIONS: OptionTable = {
  listen: { value: "HOST:PORT", help: "where to listen" },
  advertise: { value: "HOST:PORT", help: "where others shall dial, if that differs" },
  config: { value: "FILE", help: "who the seeds are (default config.txt)" },
  ...SECURITY_OPTIONS,
  data: { value: "DIR", help: "this node's key and state (default p2p-data/PROGRAM-PORT)" },
  "trust-on-first-use": {
    help: "believe who answers for a seed without an id in the config file, and remember it",
  },
};

/** A node's own folder. */
export interface Home {
  readonly folder: string;
  readonly signer: NodeSigner;
}

/**
 * Opens a node's folder, and makes it and its key if they are missing. It is this process' alone until it ends.
 * @throws P2PError `IDENTITY_IN_USE` while another process has it, `KEY_FILE_OPEN`, `KEY_FILE_INVALID`, `DISK_FAILED`.
 */
export function openHome(given: Given, fallback: string): Home {
  warnIfInsecure(given, console.log);
  const folder = folderOf(given, fallback);
  lockFolder(folder);
  return { folder, signer: signerIn(folder) };
}

/** The key in a node's folder, made if it is missing, whoever uses the folder. */
export function readHomeKey(given: Given, fallback: string): NodeSigner {
  return signerIn(folderOf(given, fallback));
}

/** The config file that the caller means. */
export function readNodeConfig(given: Given): Config {
  return readConfig(callersPath(textOf(given, "config", "config.txt")));
}

/**
 * Who the seeds were when the network began. Those that the config file names without an id are asked until all have answered; what they say is
 * remembered in the node's folder and printed.
 * @throws P2PError (as rejection) `CONFIG_INVALID`, or `SEED_KEY_CHANGED` when a seed is not who it was.
 */
export async function configurationOf(config: Config, home: Home, given: Given): Promise<Configuration> {
  const { faulty, network: name, operators } = config;
  if (config.seeds.every(({ id }) => id !== undefined)) {
    return new Configuration({ seeds: config.seeds as readonly SeedEntry[], faulty, name, operators });
  }
  mustBeLocal(config, given);
  const file = join(home.folder, "known-seeds.txt");
  const transport = (): Transport => askingTransport(home.signer, given);
  const resolved = await resolve(config, readKnown(file), transport);
  const known = resolved.seeds.map(({ address, id }, index) => ({ address, id, line: index + 1 }));
  writeConfig({ file, seeds: known, faulty: 0, network: "p2p" });
  for (const address of resolved.trusted) {
    console.log(`Taking ${resolved.learned.get(address)} for the seed at ${address}, and remembering it`);
  }
  return new Configuration({ seeds: resolved.seeds, faulty, name, operators });
}

/** Starts a node whose store is `folder`, which the complaint about a damaged file names. */
export async function startIn(folder: string, start: () => Promise<void>): Promise<void> {
  try {
    await start();
  } catch (error) {
    if (!(error instanceof P2PError) || error.code !== "STORE_CORRUPT") throw error;
    throw new P2PError(error.code, `in ${folder}: ${error.message}`, error);
  }
}

function folderOf(given: Given, fallback: string): string {
  return makeFolder(callersPath(textOf(given, "data", join("p2p-data", fallback))));
}

function signerIn(folder: string): NodeSigner {
  return readOrCreateKeyFile(join(folder, "node.key"));
}

async function resolve(
  config: Config,
  remembered: ReadonlyMap<Address, PeerId>,
  makeTransport: () => Transport,
): Promise<ResolvedSeeds> {
  const nameless = config.seeds.filter(({ id }) => id === undefined).map(({ address }) => address);
  const hush = sayMissingSeeds(() => findSilent(nameless, makeTransport(), console.log), console.log);
  const transport = makeTransport();
  const ports = { transport, verifier, clock: systemClock, random: systemRandom };
  const options = { remembered, faulty: config.faulty };
  const outcome = await new Promise<ResolvedSeeds | P2PError>((done) => {
    resolveSeeds(config.seeds, ports, done, options);
  });
  hush();
  transport.close();
  if (outcome instanceof P2PError) throw outcome;
  return outcome;
}

/** Somebody in between could answer for a seed elsewhere: that is for the caller to allow. */
function mustBeLocal({ file, seeds }: Config, given: Given): void {
  const far = seeds.find(({ address, id }) => id === undefined && !isLoopback(address));
  if (far === undefined || given["trust-on-first-use"] === true) return;
  throw new P2PError(
    "CONFIG_INVALID",
    `${file}:${far.line}: "${far.address}" is named without its id; write the line that the seed prints with ` +
      "--print-id, or give --trust-on-first-use",
  );
}

function readKnown(file: string): ReadonlyMap<Address, PeerId> {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return new Map();
    // To forget whom it has met would be to trust a stranger.
    throw new P2PError("STORE_CORRUPT", `cannot read ${file}: ${(error as Error).message}`, error);
  }
  const { seeds } = parseConfig(text, file);
  return new Map(seeds.flatMap(({ address, id }) => (id === undefined ? [] : [[address, id] as const])));
}
