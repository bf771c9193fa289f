import type { Registration, SeedEntry } from "@p2p/consensus";
import type { Host } from "@p2p/sim";
import { Lobby, type LobbyOptions, parseAddress } from "@p2p/wire";
import { RELAY } from "../src/frames.ts";
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

/** A town whose last seed lies: `bring` relays to the others what nobody has looked at. */
export function crookedTownOf(admission: AdmissionOptions): {
  town: Town;
  bring: (registration: Registration) => void;
} {
  const town = new Town({ signatures: "hash", seeds: 4, faulty: 1, booted: false, options: { admission } });
  for (const host of town.hosts.slice(0, -1)) town.bootSeed(host);
  const last = town.hosts.at(-1) as Host;
  const lobby = last.boot(() => {
    const { name, seeds, faulty } = town.configuration;
    const { signer, verifier, clock, random, address: listen } = last;
    const network = { name, seeds: seeds.map(({ id }) => id), faulty };
    const ports = { signer, verifier, clock, random, transport: last.transport() };
    return new LyingSeed({ ...ports, role: "seed", listen, network }, seeds);
  }).lobby;
  town.world.run(1000);
  const bring = (registration: Registration): void =>
    lobby.seeds.broadcast(RELAY.encode({ registration, address: last.address }));
  return { town, bring };
}

class LyingSeed {
  readonly lobby: Lobby;

  constructor(options: LobbyOptions, seeds: readonly SeedEntry[]) {
    this.lobby = new Lobby(options);
    this.lobby.open(() => {
      for (const { id, address } of seeds) if (id !== this.lobby.id) this.lobby.dial(address, { expect: id });
    });
  }
}
