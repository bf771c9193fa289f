import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Configuration } from "@p2p/consensus";
import { readOrCreateKeyFile } from "@p2p/identity/node";
import { Seed } from "@p2p/seed";
import { parseAddress } from "@p2p/wire";
import { NodeDisk } from "@p2p/wire/node";

const directory = mkdtempSync(join(tmpdir(), "seed-"));
const signer = readOrCreateKeyFile(join(directory, "key"));
const seed = new Seed({
  configuration: new Configuration({
    seeds: [{ id: signer.id, address: parseAddress("127.0.0.1:6000") }], // three or more, all the same everywhere
  }),
  signer,
  listen: "127.0.0.1:0", // only in this example: any free port. Default: the address in the configuration
  disk: new NodeDisk(join(directory, "state")),
});
seed.on("fresh", () => console.log("in step with a quorum"));
seed.on("added", ({ address }) => console.log(`ADD CONSENSUS ACHIEVED: ${address}`));
seed.on("removed", ({ address, reason }) => console.log(`${address} is ${reason}`));
await seed.start();
console.log(`${seed.ledger.size} members`);
await seed.stop();
