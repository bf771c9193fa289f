import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Configuration } from "@p2p/consensus";
import { P2PError, type PeerId } from "@p2p/identity";
import { readKeyFile, readOrCreateKeyFile } from "@p2p/identity/node";
import type { Address } from "@p2p/wire";
import { type Config, writeConfig } from "../config-file.ts";
import { chainIn } from "../operator/session.ts";
import { makeFolder, UsageError } from "../program.ts";

/** The seeds of one run. */
export interface RunSeeds {
  /** The config file that all nodes read. */
  readonly file: string;
  /** Those that this run starts. */
  readonly here: readonly Address[];
  /** Those whose keys are not here. */
  readonly elsewhere: readonly Address[];
}

/** Where the nodes of one run keep their keys and state. */
export class RunFolder {
  readonly path: string;
  /** Of seeds whose folders may be called as they like. */
  readonly #seedFolders = new Map<Address, string>();

  /**
   * @param path one that stays; without, a fresh one is made, and removed when this process ends.
   * @throws P2PError `DISK_FAILED` when it cannot be made.
   */
  constructor(path: string | undefined) {
    this.path = path === undefined ? makeTemporary() : makeFolder(path);
    if (path === undefined) process.on("exit", () => rmSync(this.path, { recursive: true, force: true }));
  }

  /** The folder of one node. */
  of(role: "seed" | "peer", address: Address): string {
    const own = role === "seed" ? this.#seedFolders.get(address) : undefined;
    return own ?? join(this.path, `${role}-${address.replaceAll(/[^\w.]/g, "-")}`);
  }

  /**
   * The same seeds with the ids of their keys, as a config file in this folder: what the nodes of the run read. If operators
   * have changed the seeds since, it is the file as it is, and the seeds are those of today whose keys are in this folder.
   * @throws UsageError when the config file wants another id than the seed's key here has, or no key of a seed is here.
   * @throws P2PError `CONFIG_INVALID` on numbers that cannot be, and what a key file can be wrong with.
   */
  nameSeeds(config: Config): RunSeeds {
    if (config.changes?.length) return this.#findSeeds(config);
    const seeds = config.seeds.map(({ address, id, line }) => {
      const keyFile = join(this.of("seed", address), "node.key");
      const own = readOrCreateKeyFile(keyFile).id;
      if (id !== undefined && id !== own) {
        throw new UsageError(
          `${config.file}:${line} wants the seed ${id}, but the key in ${keyFile} is ${own}; ` +
            "take the id out of the line, or give the directory that holds its key with --data",
        );
      }
      return { address, id: own, line };
    });
    // Says what is wrong with the numbers here, once, and not in every child.
    const { faulty, network: name, operators } = config;
    void new Configuration({ seeds, faulty, name, operators });
    const named = { ...config, file: join(this.path, "config.txt"), seeds };
    writeConfig(named);
    return { file: named.file, here: seeds.map(({ address }) => address), elsewhere: [] };
  }

  #findSeeds(config: Config): RunSeeds {
    const { newest } = chainIn(config);
    const folders = this.#keyFolders();
    for (const { address, id } of newest.seeds) {
      const folder = folders.get(id);
      if (folder !== undefined) this.#seedFolders.set(address, folder);
    }
    const [here, elsewhere] = [true, false].map((isHere) =>
      newest.seeds.flatMap(({ address }) => (this.#seedFolders.has(address) === isHere ? [address] : [])),
    ) as [Address[], Address[]];
    if (here.length > 0) return { file: config.file, here, elsewhere };
    throw new UsageError(
      `the seeds of ${config.file} are ${elsewhere.join(", ")} since its change ${newest.number}, and ${this.path} has the key of none; give the directory that holds their folders with --data`,
    );
  }

  /** The folders in this one that hold a key, by its id. */
  #keyFolders(): ReadonlyMap<PeerId, string> {
    const folders = readdirSync(this.path).map((name) => join(this.path, name));
    const keyed = folders.filter((folder) => existsSync(join(folder, "node.key")));
    return new Map(keyed.map((folder) => [readKeyFile(join(folder, "node.key")).id, folder]));
  }
}

function makeTemporary(): string {
  try {
    return mkdtempSync(join(tmpdir(), "p2p-network-"));
  } catch (error) {
    throw new P2PError("DISK_FAILED", `cannot make a folder: ${(error as Error).message}`, error);
  }
}
