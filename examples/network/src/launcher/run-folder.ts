import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Configuration } from "@p2p/consensus";
import { P2PError } from "@p2p/identity";
import { readOrCreateKeyFile } from "@p2p/identity/node";
import type { Address } from "@p2p/wire";
import { type Config, writeConfig } from "../config-file.ts";
import { makeFolder, UsageError } from "../program.ts";

/** Where the nodes of one run keep their keys and state. */
export class RunFolder {
  readonly path: string;

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
    return join(this.path, `${role}-${address.replaceAll(/[^\w.]/g, "-")}`);
  }

  /**
   * The same seeds with the ids of their keys, as a config file in this folder: what the nodes of the run read.
   * @throws UsageError when the config file wants another id than the seed's key here has.
   * @throws P2PError `CONFIG_INVALID` on numbers that cannot be, and what a key file can be wrong with.
   */
  nameSeeds(config: Config): Config {
    if (config.changes?.length)
      throw new UsageError(
        `the seeds of ${config.file} have changed since; start its nodes one by one, or give another file with --config`,
      );
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
    return named;
  }
}

function makeTemporary(): string {
  try {
    return mkdtempSync(join(tmpdir(), "p2p-network-"));
  } catch (error) {
    throw new P2PError("DISK_FAILED", `cannot make a folder: ${(error as Error).message}`, error);
  }
}
