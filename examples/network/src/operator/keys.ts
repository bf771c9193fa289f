import { existsSync } from "node:fs";
import { join } from "node:path";
import { Configuration } from "@p2p/consensus";
import { DEFAULT_NETWORK_NAME, P2PError } from "@p2p/identity";
import { createKeyFile, createNodeSigner } from "@p2p/identity/node";
import { type Address, parseAddress } from "@p2p/wire";
import { writeConfig } from "../config-file.ts";
import { counted } from "../counted.ts";
import { countOf, type Given, textOf } from "../options.ts";
import { callersPath, makeFolder, UsageError } from "../program.ts";
import type { Command } from "./command.ts";
import { strengthText } from "./strength.ts";

/** Makes the keys of a network's seeds and operators, and its config file. */
export const keys: Command = {
  usage: `Makes keys for n seeds and their operators, and the config file that names them. Overwrites nothing.

  npm run operator -- keys --seeds 4 --faulty 1 --hosts 192.0.2.1:6000,192.0.2.2:6000,192.0.2.3:6000,192.0.2.4:6000`,
  options: {
    seeds: { value: "N", help: "how many seeds, 1 to 64 (default: as many as there are hosts, else 4)" },
    faulty: { value: "F", help: "how many of them may lie; needs n ≥ 3f + 1 (default 0)" },
    hosts: { value: "HOST:PORT,…", help: "where they can be dialled (default 127.0.0.1:6000 and so on)" },
    network: { value: "NAME", help: "the network's name (default p2p)" },
    operators: { value: "M", help: "how many operators, each with a key of their own, 1 to 16 (default 1)" },
    needed: { value: "K", help: "how many of them have to sign a change of the seeds (default 1)" },
    out: { value: "DIR", help: "where to put it all (default p2p-network)" },
  },
  async run(given) {
    const hosts = hostsOf(given);
    const faulty = countOf(given, "faulty", 0, 0, 21);
    const name = networkOf(given);
    const folder = callersPath(textOf(given, "out", "p2p-network"));
    const operatorFiles = operatorFilesIn(folder, countOf(given, "operators", 1, 1, 16));
    const needed = countOf(given, "needed", 1, 1, operatorFiles.length);
    const places = hosts.map((address) => ({ address, folder: join(folder, folderNameOf(address)) }));
    const file = join(folder, "config.txt");

    // What cannot be is said before anything is made.
    const fakes = { needed, keys: operatorFiles.map(() => createNodeSigner().id) };
    const seedsLike = hosts.map((address) => ({ address, id: createNodeSigner().id }));
    const configuration = new Configuration({ seeds: seedsLike, faulty, name, operators: fakes });
    mustBeNew([file, ...operatorFiles, ...places.map((place) => keyFileIn(place.folder))]);

    makeFolder(folder);
    const operators = { needed, keys: operatorFiles.map((each) => createKeyFile(each).id) };
    const seeds = places.map((place, index) => ({
      address: place.address,
      id: createKeyFile(keyFileIn(place.folder)).id,
      line: index + 2,
    }));
    writeConfig({ file, seeds, faulty, network: name, operators });

    const whose = `${counted(seeds.length, "seed")} and ${counted(operatorFiles.length, "operator")}`;
    console.log(`Made keys for ${whose} in ${folder}, and ${file}`);
    for (const line of strengthText(configuration)) console.log(line);
    console.log(
      "Bring each seed its folder and the config file, and start it there; peers need the config file alone:",
    );
    for (const place of places)
      console.log(`  npm run seed -- --listen ${place.address} --config ${file} --data ${place.folder}`);
    console.log(`  npm run peer -- --listen HOST:PORT --config ${file}`);
    console.log(
      `Keep ${operatorFiles.join(", ")} where no node runs: who has ${needed === 1 ? "it" : `${needed} of them`} names the seeds`,
    );
  },
};

/** The folder of the seed at `address`, among those of other seeds. */
function folderNameOf(address: Address): string {
  return `seed-${address.replaceAll(/[^\w.]/g, "-")}`;
}

function keyFileIn(folder: string): string {
  return join(folder, "node.key");
}

function operatorFilesIn(folder: string, count: number): string[] {
  if (count === 1) return [join(folder, "operator.key")];
  return Array.from({ length: count }, (_, index) => join(folder, `operator-${index + 1}.key`));
}

/** A name that the config file can say: what stands behind a # there is a comment. */
function networkOf(given: Given): string {
  const name = textOf(given, "network", DEFAULT_NETWORK_NAME);
  if (!/#|[\r\n]/.test(name) && name === name.trim()) return name;
  throw new UsageError(
    `--network is a name without #, line ends and outer spaces, not ${JSON.stringify(name)}`,
  );
}

function hostsOf(given: Given): Address[] {
  const list = textOf(given, "hosts");
  const seeds = textOf(given, "seeds") === undefined ? undefined : countOf(given, "seeds", 0, 1, 64);
  if (list === undefined)
    return Array.from({ length: seeds ?? 4 }, (_, index) => `127.0.0.1:${6000 + index}` as Address);
  const hosts = list.split(",").map(hostOf);
  if (seeds === undefined || seeds === hosts.length) return hosts;
  throw new UsageError(`--seeds ${seeds}, but --hosts names ${hosts.length}; leave one of them out`);
}

function hostOf(text: string): Address {
  try {
    const address = parseAddress(text.trim());
    if (!address.endsWith(":0")) return address;
  } catch {
    // Said below.
  }
  throw new UsageError(`--hosts: not host:port: "${text}"`);
}

function mustBeNew(files: readonly string[]): void {
  const there = files.find((file) => existsSync(file));
  if (there === undefined) return;
  throw new P2PError("KEY_FILE_EXISTS", `${there} is there already; give another folder with --out`);
}
