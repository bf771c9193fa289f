import { ASSIGNMENT_TIMING, LAN_TIMING, Seed } from "@p2p/seed";
import { type Address, splitAddress } from "@p2p/wire";
import { NodeDisk } from "@p2p/wire/node";
import { ADMISSION_OPTIONS, readAdmission } from "./admission.ts";
import { ForeignCallers } from "./foreign-callers.ts";
import { ForeignSeeds } from "./foreign-seeds.ts";
import { notify, onOrder, type SeedStatus } from "./messages.ts";
import { sayMissingSeeds } from "./missing-seeds.ts";
import {
  configurationOf,
  NODE_OPTIONS,
  openHome,
  readHomeKey,
  readNodeConfig,
  startIn,
} from "./node-setup.ts";
import { addressOf, readOptions, wordOf } from "./options.ts";
import { expectEnd, fail, onEnd, run, UsageError, UsageMeter } from "./program.ts";
import { askingTransport, plainTransport } from "./security.ts";
import { introduced, joinedLater, withOwnId } from "./seed-setup.ts";
import { standingText, transcribeSeed } from "./transcript.ts";

const USAGE = `Runs one seed: it keeps the list of members, and votes on who is on it.

  npm run seed -- --listen 127.0.0.1:6000`;

const OPTIONS = {
  ...NODE_OPTIONS,
  profile: {
    value: "assignment|lan",
    help: "how fast everything goes; the same at all nodes (default assignment)",
  },
  join: {
    help: "none of the config file's seeds: wait until operators make it one (npm run operator -- change)",
  },
  ...ADMISSION_OPTIONS,
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
  const name = `seed-${splitAddress(listen).port}`;
  if (given["print-id"] === true) return console.log(`${address} ${readHomeKey(given, name).id}`);

  const { folder, signer } = openHome(given, name);
  const read = readNodeConfig(given);
  const joins = given["join"] === true || joinedLater(read, signer.id);
  const admission = readAdmission(given, read);
  const config = joins ? read : withOwnId(read, address, signer);
  const configuration = await introduced(config, listen, signer, askingTransport(signer, given), () =>
    configurationOf(config, { folder, signer }, given),
  );
  if (configuration.warning !== undefined) console.log(`WARNING: ${configuration.warning}`);
  const seed = new Seed({
    configuration,
    changes: config.changes,
    joins,
    signer,
    transport: plainTransport(given),
    disk: new NodeDisk(folder),
    listen,
    admission,
    timing: profile === "lan" ? LAN_TIMING : ASSIGNMENT_TIMING,
    advertise,
  });
  const hush = sayMissingSeeds(() => missingFrom(seed), console.log);
  void new ForeignSeeds(
    seed.lobby,
    () => seed.configuration,
    console.log,
    (error) => {
      if (!seed.isFresh) fail(error);
    },
  );
  void new ForeignCallers(seed.lobby, console.log);
  const meter = new UsageMeter();
  transcribeSeed(seed, console.log);
  seed.on("removed", ({ peer, address }) => notify({ kind: "removed", peer, address, at: Date.now() }));
  seed.on("fresh", () => {
    meter.ready();
    if (hush()) console.log("Enough seeds answer now");
    console.log("In step with a quorum of the seeds");
    notify({ kind: "ready", id: signer.id, address });
  });
  const stop = (): void => {
    expectEnd();
    hush();
    void seed.stop().then(() => process.exit(0));
  };
  onOrder((order) => {
    if (order.kind === "status") notify({ kind: "status", status: statusOf(seed, address, meter) });
    if (order.kind === "stop") stop();
  });
  onEnd(stop);
  await startIn(folder, () => seed.start());
  console.log(`Seed running on port ${splitAddress(seed.lobby.bound ?? listen).port}`);
  if (!seed.configuration.has(seed.id))
    console.log(standingText(seed.configuration, configuration.has(seed.id)));
});

/** The other seeds that are not linked. Who is no seed, or none yet, waits for none. */
function missingFrom({ configuration, lobby, id }: Seed): readonly Address[] {
  if (!configuration.has(id)) return [];
  const missing = configuration.seeds.filter((one) => one.id !== id && lobby.seeds.get(one.id) === undefined);
  return missing.map(({ address }) => address);
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
