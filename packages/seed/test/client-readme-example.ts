import { ALIVE, Configuration, PROBE, signProofOfLife } from "@p2p/consensus";
import { parsePeerId } from "@p2p/identity";
import { readOrCreateKeyFile } from "@p2p/identity/node";
import { SeedClient } from "@p2p/seed/client";
import { Lobby, parseAddress } from "@p2p/wire";
import { NodeDisk } from "@p2p/wire/node";

const [address = "", id = "", directory = ""] = process.argv.slice(2); // a line of the configuration, and where to keep state
const configuration = new Configuration({ seeds: [{ address: parseAddress(address), id: parsePeerId(id) }] });
const lobby = new Lobby({
  signer: readOrCreateKeyFile(`${directory}/key`),
  network: configuration.network,
  credential: () => client.credential(),
});
const client: SeedClient = new SeedClient({ lobby, configuration, disk: new NodeDisk(`${directory}/state`) });

// Seeds let in whom they can dial, and look for whom they do not hear of. @p2p/liveness answers them; so does this:
lobby.probes.route(PROBE, ({ peer, nonces }, from) => {
  const { networkId, signer } = lobby.local;
  const terms = { peer: lobby.id, incarnation: client.incarnation, nonces };
  if (peer === lobby.id) from.send(ALIVE.encode({ proof: signProofOfLife(terms, networkId, signer) }));
});

client.on("added", ({ address }) => console.log(`new: ${address}`));
client.on("removed", ({ address, reason }) => console.log(`${reason}: ${address}`));
await lobby.start();
await new Promise<void>((resolve, reject) => {
  client.register((error) => (error ? reject(error) : resolve()));
});
console.log(`one of ${client.ledger.size} members`);
client.leave((receipts) => {
  console.log(`${receipts} seed knows that this peer leaves`);
  client.close();
  lobby.close("node");
});
