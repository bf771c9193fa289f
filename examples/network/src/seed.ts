import { P2PError, type Signer } from "@p2p/identity";
import { ASSIGNMENT_TIMING, LAN_TIMING, Seed } from "@p2p/seed";
import { type Address, introduce, splitAddress } from "@p2p/wire";
import { NodeDisk } from "@p2p/wire/node";
import { TcpTransport } from "@p2p/wire/tcp";
import type { Config } from "./config-file.ts";
import { notify, onOrder, type SeedStatus } from "./messages.ts";
import { configurationOf, NODE_OPTIONS, openHome, readNodeConfig } from "./node-setup.ts";
import { addressOf, readOptions, wordOf } from "./options.ts";
import { onEnd, run, UsageError, UsageMeter } from "./program.ts";
import { transcribeSeed } from "./transcript.ts";

const USAGE = `Runs one seed: it keeps the list of members, and votes on who is on it.

  npm run seed -- --listen 127.0.0.1:6000`;

const OPTIONS = {
  ...NODE_OPTIONS,
  profile: {
    value: "assignment|lan",
    help: "how fast everything goes; the same at all nodes (default assignment)",
  },
  "print-id": { help: "print this seed's line for the config file, and end" },
};

await run(async () => {
  const given = readOptions(USAGE, OPTIONS);
  const listen = addressOf(given, "listen");
  if (listen === undefined)
    throw new UsageError("a seed needs --listen HOST:PORT, its line in the config file");
  const advertise = addressOf(given, "advertise");
  const address = advertise ?? listen;
  const profile = wordOf(given, "profile", ["assignment", "lan"]);
  const { folder, signer } = openHome(given, `seed-${splitAddress(listen).port}`);
  if (given["print-id"] === true) return console.log(`${address} ${signer.id}`);

  const config = withOwnId(readNodeConfig(given), address, signer);
  const configuration = await introduced(config, listen, signer, () =>
    configurationOf(config, folder, given),
  );
  if (configuration.warning !== undefined) console.log(`WARNING: ${configuration.warning}`);
  const seed = new Seed({
    configuration,
    signer,
    transport: new TcpTransport(),
    disk: new NodeDisk(folder),
    listen,
    timing: profile === "lan" ? LAN_TIMING : ASSIGNMENT_TIMING,
    ...(advertise === undefined ? {} : { advertise }),
  });
  transcribeSeed(seed, (line) => console.log(line));
  const meter = new UsageMeter();
  seed.on("removed", ({ peer }) => notify({ kind: "removed", peer, at: Date.now() }));
  seed.on("fresh", () => {
    meter.ready();
    notify({ kind: "ready", id: signer.id, address });
  });
  const stop = (): void => void seed.stop().then(() => process.exit(0));
  onOrder((order) => {
    if (order.kind === "status") notify({ kind: "status", status: statusOf(seed, address, meter) });
    if (order.kind === "stop") stop();
  });
  onEnd(stop);
  await seed.start();
  console.log(`Seed running on port ${splitAddress(seed.lobby.bound ?? listen).port}`);
});

/** This seed's own line, which need not name its id. */
function withOwnId(config: Config, address: Address, { id }: Signer): Config {
  const own = config.seeds.find((seed) => seed.address === address);
  if (own === undefined) {
    throw new P2PError(
      "SEED_UNKNOWN",
      `${config.file} has no line for this seed; add: ${address} ${id}, or give its address with --listen or --advertise`,
    );
  }
  if (own.id !== undefined && own.id !== id) {
    throw new P2PError(
      "SEED_UNKNOWN",
      `${config.file}:${own.line}: ${address} is the seed ${own.id}, but the key here is ${id}; give its data directory with --data`,
    );
  }
  return { ...config, seeds: config.seeds.map((seed) => (seed === own ? { ...seed, id } : seed)) };
}

/** Answers who this is while `task` finds out who the others are: they may be waiting for the same. */
async function introduced<T>(
  config: Config,
  listen: Address,
  signer: Signer,
  task: () => Promise<T>,
): Promise<T> {
  if (config.seeds.every(({ id }) => id !== undefined)) return task();
  const transport = new TcpTransport();
  await new Promise<void>((resolve, reject) => {
    introduce(transport, signer, listen, (bound) => (bound instanceof P2PError ? reject(bound) : resolve()));
  });
  console.log("Waiting for the other seeds, whose ids the config file does not name");
  try {
    return await task();
  } finally {
    await new Promise<void>((resolve) => {
      transport.close(resolve);
    });
  }
}

function statusOf(seed: Seed, address: Address, meter: UsageMeter): SeedStatus {
  const members = [...seed.ledger.members()].map((one) => `${one.address} ${one.peer} ${one.incarnation}`);
  return {
    role: "seed",
    id: seed.id,
    address,
    usage: meter.read(),
    fresh: seed.isFresh,
    members: members.toSorted(),
  };
}
