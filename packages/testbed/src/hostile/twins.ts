import { REGISTER } from "@p2p/seed";
import type { Host } from "@p2p/sim";
import { every, joinAddress } from "@p2p/wire";
import type { Network } from "../network.ts";
import { Hostile } from "./hostile.ts";

const AGAIN_MS = 1000;

/**
 * Boots a peer that equivocates: one life with two addresses, at both of which it answers. It registers the one with
 * every other seed, the other with the rest. At most one of the two may ever be certified, perhaps none.
 */
export function bootTwins(network: Network, host: Host): void {
  const { clock, ip, port } = host;
  const incarnation = Math.floor(clock.wallTime() / 1000);
  const elsewhere = joinAddress(ip, port + 1);
  const addresses = [host.address, elsewhere];
  const [twin] = addresses.map((listen) => new Hostile(network, host, { incarnation, listen })) as [Hostile];
  const frames = addresses.map((address) =>
    REGISTER.encode({ registration: twin.registration(incarnation, address) }),
  );
  const register = (): void => {
    twin.linkSeeds();
    for (const [index, { id }] of network.configuration.seeds.entries())
      twin.lobby.seeds.get(id)?.send(frames[index % 2] as Uint8Array);
  };
  every(clock, () => AGAIN_MS, register);
}
