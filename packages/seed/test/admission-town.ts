import { parseAddress } from "@p2p/wire";
import type { AdmissionOptions } from "../src/index.ts";
import type { Behaviour, TestPeer } from "./test-peer.ts";
import { Town, type TownOptions } from "./town.ts";

/** A town with four seeds, one of them faulty, unless `options` say otherwise, that let in as they are told. */
export function townOf(admission: AdmissionOptions, options: TownOptions = {}): Town {
  const town = new Town({
    signatures: "hash",
    seeds: 4,
    faulty: 1,
    ...options,
    options: { ...options.options, admission },
  });
  town.world.run(1000);
  return town;
}

/** A peer with that address, which registers and never polls. */
export function peerAt(town: Town, name: string, address: string, behaviour: Behaviour = {}): TestPeer {
  return town.peer(
    name,
    { pollMs: 0, ...behaviour },
    town.world.host(name, { address: parseAddress(address) }),
  );
}

/** How many are listed where most are. */
export function listed(town: Town): number {
  return Math.max(...town.seeds.map(({ ledger }) => ledger.size));
}
