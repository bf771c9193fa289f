import { type Host, World } from "@p2p/sim";
import { keepLink, Lobby } from "@p2p/wire";
import { expect, test } from "vitest";
import { Gossip } from "../src/index.ts";

/** The README's program: keeps a link, and says hello before there is one. */
function hello(host: Host, other: Host): { readonly lobby: Lobby; readonly heard: string[] } {
  return host.boot(() => {
    const { clock, random, signer, verifier } = host;
    const lobby = new Lobby({
      transport: host.transport(),
      listen: host.address,
      clock,
      random,
      signer,
      verifier,
    });
    const gossip = new Gossip({ links: lobby.links });
    const heard: string[] = [];
    gossip.on("message", ({ text }) => heard.push(text));
    lobby.open(() => {
      keepLink(lobby, other.address);
      gossip.publish(`hello from ${host.name}`);
    });
    return { lobby, heard };
  });
}

test("two that start at about the same moment hear each other, once, and leave their link alone", () => {
  for (const lagMs of [0, 1, 3, 20, 100, 1000]) {
    for (let seed = 1; seed <= 50; seed++) {
      const world = new World({ seed, latency: { minMs: 0.1, maxMs: 5 } });
      const [one, other] = [world.host("one"), world.host("other")];
      const first = hello(one, other);
      world.run(lagMs);
      const second = hello(other, one);
      world.run(5000);
      expect([lagMs, seed, first.heard, second.heard]).toEqual([
        lagMs,
        seed,
        ["hello from other"],
        ["hello from one"],
      ]);
      const left: string[] = [];
      for (const { lobby } of [first, second]) lobby.links.on("left", (_, { kind }) => left.push(kind));
      for (const { lobby } of [first, second]) lobby.on("missed", ({ reason }) => left.push(reason.kind));
      world.run(60_000);
      expect(left).toEqual([]);
    }
  }
});
