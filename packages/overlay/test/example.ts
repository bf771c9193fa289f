import { Overlay } from "@p2p/overlay";
import { World } from "@p2p/sim";
import { Lobby } from "@p2p/wire";

/** Starts `count` nodes, tells each of them who is there, and lets twenty seconds pass. */
export function settle(count: number): Overlay[] {
  const world = new World({ seed: 1 });
  const nodes = Array.from({ length: count }, (_, index) => {
    const host = world.host(`node${index}`);
    const { clock, random, signer, verifier, address } = host;
    const lobby = new Lobby({
      transport: host.transport(),
      listen: address,
      clock,
      random,
      signer,
      verifier,
    });
    const overlay = new Overlay({ lobby, incarnation: () => 1 });
    lobby.open(() => overlay.start());
    return { overlay, member: { peer: lobby.id, address, incarnation: 1 } };
  });
  for (const { overlay } of nodes) overlay.offer(nodes.map(({ member }) => member));
  world.run(20_000);
  return nodes.map(({ overlay }) => overlay);
}
