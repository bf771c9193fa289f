import { Gossip } from "@p2p/gossip";
import { Lobby } from "@p2p/wire";

const lobby = new Lobby({ listen: "127.0.0.1:7001" }); // the door: TLS, HELLO, keys, versions
const gossip = new Gossip({ links: lobby.links });
gossip.on("message", ({ text, origin }) => console.log(origin, text));
await lobby.start();
lobby.dial("127.0.0.1:7000");
gossip.publish("hello"); // held until the first link is up
