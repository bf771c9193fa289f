import { Gossip } from "@p2p/gossip";
import { keepLink, Lobby } from "@p2p/wire";

const [listen = "127.0.0.1:7001", other = "127.0.0.1:7002"] = process.argv.slice(2);

const lobby = new Lobby({ listen });
const gossip = new Gossip({ links: lobby.links });
gossip.on("message", ({ text, origin }) => console.log(`${origin.slice(0, 8)} says: ${text}`));
await lobby.start();
keepLink(lobby, other);
gossip.publish(`hello from ${listen}`); // held until the first link is up
