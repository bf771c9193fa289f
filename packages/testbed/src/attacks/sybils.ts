import { REGISTER } from "@p2p/seed";
import type { Host } from "@p2p/sim";
import { type Address, parseAddress } from "@p2p/wire";
import { Hostile } from "../hostile/hostile.ts";
import type { Network } from "../network.ts";
import type { Attack } from "./attack.ts";
import { REMOVED, Stage } from "./stage.ts";

/** Places in a /24, by default. */
const PLACES = 4;
const AN_HOUR = 12;
const LIFE = 1000;

/** One machine has many keys, or many machines have one owner. */
export const SYBILS: readonly Attack[] = [
  {
    number: 21,
    name: "200 keys in one /24 register, beside a member that lives there",
    stoppedBy: "places of a prefix, in an order that all seeds share (§8.6)",
    worldsMax: 100,
    measures: {
      removed: REMOVED,
      inside: { label: "members there, of floor(4 · (n − f) / (q − f))", of: "worst", atMost: 1 },
      back: { label: "seconds until the member is back after a restart", of: "worst", atMost: 15 },
      late: { label: "seconds for an honest newcomer elsewhere", of: "worst", atMost: 10 },
    },
    run(seed) {
      const stage = new Stage(seed);
      const { network } = stage;
      const native = network.addPeer({ address: parseAddress("203.0.113.250:7000") });
      stage.secondsUntil(() => stage.listed(native.signer.id) === network.liveSeeds.length, 20_000);
      const crowd = Array.from({ length: 200 }, (_, index) =>
        sybil(network, parseAddress(`203.0.113.${1 + (index >> 3)}:${7000 + (index & 7)}`)),
      );
      for (let round = 0; round < 8; round++) {
        for (const one of crowd) register(one);
        stage.pass(5000);
      }
      const newcomer = network.addPeer({ address: parseAddress("198.51.100.9:7000") });
      const late = stage.secondsUntil(() => network.peer(newcomer).seeds.isMember, 30_000);
      const back = restarted(stage, native);
      const inside = Math.max(
        ...network.liveSeeds.map(
          ({ ledger }) =>
            [...ledger.members()].filter(({ address }) => address.startsWith("203.0.113.")).length,
        ),
      );
      return stage.end({ inside: inside / most(network, PLACES), back, late });
    },
  },
  {
    number: 22,
    name: "40 machines of one owner, each in a network of its own, register",
    stoppedBy: "newcomers of an hour (§8.6)",
    measures: {
      removed: REMOVED,
      admitted: { label: "admitted, of floor(k · (n − f) / (q − f)) an hour", of: "worst", atMost: 1 },
    },
    run(seed) {
      const stage = new Stage(seed, { admission: { newcomersAnHour: AN_HOUR } });
      const { network } = stage;
      const crowd = Array.from({ length: 40 }, (_, index) =>
        sybil(network, parseAddress(`${20 + index}.${index}.0.9:7000`)),
      );
      for (let round = 0; round < 6; round++) {
        for (const one of crowd) register(one);
        stage.pass(5000);
      }
      const admitted = Math.max(...network.liveSeeds.map(({ ledger }) => ledger.size));
      return stage.end({ admitted: admitted / most(network, AN_HOUR) });
    },
  },
];

/** How many get in where each seed lets in `count`, whatever f of them do. */
function most({ configuration: { size, faulty, quorum } }: Network, count: number): number {
  return Math.floor((count * (size - faulty)) / (quorum - faulty));
}

/** Somebody who can be reached where it says; no member yet. */
function sybil(network: Network, address: Address): Hostile {
  const host = network.world.host(`sybil ${address}`, { address });
  return host.boot(() => new Hostile(network, host, { incarnation: LIFE }));
}

/** Asks every seed that it is linked with, and links itself with the others. */
function register(one: Hostile): void {
  one.linkSeeds();
  one.lobby.seeds.broadcast(REGISTER.encode({ registration: one.registration(LIFE) }));
}

function restarted(stage: Stage, host: Host): number {
  const { network } = stage;
  const { id } = host.signer;
  const before = stage.listing(host).incarnation;
  stage.strike(() => host.crash());
  stage.pass(500);
  stage.strike(() => network.bootPeer(host));
  const isBack = (): boolean =>
    network.liveSeeds.every(({ ledger }) => ledger.isMember(id) && !ledger.isMember(id, before));
  return stage.secondsUntil(isBack, 60_000);
}
