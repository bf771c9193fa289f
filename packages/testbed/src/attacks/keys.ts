import {
  CERTIFICATES,
  type Configuration,
  type ConfigurationVote,
  NO_DIGEST,
  signConfigurationVote,
  signVote,
} from "@p2p/consensus";
import { type Signer, toHex } from "@p2p/identity";
import { LAN } from "@p2p/peer";
import { CONFIG_VOTE, REGISTER } from "@p2p/seed";
import type { Host } from "@p2p/sim";
import { Kind, Malformed } from "@p2p/wire";
import type { Hostile } from "../hostile/hostile.ts";
import { Messenger, OPERATORS, signed, voteKeysOn } from "../messenger.ts";
import type { ScenarioOptions } from "../scenario.ts";
import type { Attack } from "./attack.ts";
import { REMOVED, Stage } from "./stage.ts";

const TICK_MS = 2000;
const LEASE_TICKS = 20;
const LEASE_MS = TICK_MS * LEASE_TICKS;

/** Leases that end while one looks on. */
const SHORT_LEASES: ScenarioOptions = {
  seedTiming: { tickMs: TICK_MS, leaseTicks: LEASE_TICKS },
  profile: { ...LAN, seeds: { ...LAN.seeds, leaseTicks: LEASE_TICKS } },
};

/** Keys are in other hands: those of seeds that were, of operators that contradict themselves, of the dead. */
export const KEYS: readonly Attack[] = [
  {
    number: 36,
    name: "former seeds sign on with q − 1 stolen keys, and with all that are left on their disks",
    stoppedBy: "vote keys are erased, and what they signed is over half a lease later (§10.8)",
    measures: {
      removed: REMOVED,
      kept: { label: "keys of the past left on disks", of: "sum", atMost: 0 },
      taken: { label: "nodes that believed it", of: "sum", atMost: 0 },
    },
    run(seed) {
      const stage = new Stage(seed, { ...SHORT_LEASES, operators: OPERATORS, signatures: "ed25519" });
      const { network } = stage;
      const first = network.configuration;
      const second = changeKeys(stage, first);
      const stolen = network.seedHosts.slice(0, second.quorum - 1).flatMap(voteKeysOn);
      changeKeys(stage, second);
      stage.pass(2000);
      const found = network.seedHosts.flatMap(voteKeysOn).filter(({ id }) => isVoteKeyOf(second, id));
      const victim = stage.peer();
      let taken = believers(stage, victim, () => forge(stage, second, victim, [...stolen, ...found]));
      // The first configuration's keys are the seeds' identities, which cannot be erased.
      stage.pass(LEASE_MS / 2 + 4 * TICK_MS);
      const all = network.seedHosts.map(({ signer }) => signer);
      taken += believers(stage, victim, () => forge(stage, first, victim, all));
      return stage.end({ kept: found.length, taken });
    },
  },
  {
    number: 37,
    name: "operators sign two configurations of one number, and a seed votes for both",
    stoppedBy: "one vote a number and seed, 2q − n > f (§10.8)",
    measures: {
      removed: REMOVED,
      chosen: { label: "configurations of one number that a quorum chose", of: "worst", atMost: 1 },
      held: { label: "that hold somewhere", of: "worst", atMost: 1 },
      late: { label: "seconds for an honest newcomer meanwhile", of: "worst", atMost: 30 },
    },
    run(seed) {
      const stage = new Stage(seed, { seeds: 4, faulty: 1, operators: OPERATORS, signatures: "ed25519" });
      const { network } = stage;
      const messenger = new Messenger(network);
      const joined = network.addSeed();
      stage.pass(2000);
      const rogue = stage.rogue();
      const honest = network.seedHosts.filter((host) => host !== joined);
      const larger = messenger.propose(network.configuration, [...honest, joined]);
      const smaller = messenger.propose(network.configuration, honest, 0);
      messenger.handOut([
        [honest[0] as Host, signed(larger)],
        [honest[1] as Host, signed(smaller)],
      ]);
      const newcomer = network.addPeer();
      const isIn = (): boolean => network.peer(newcomer).seeds.isMember;
      const begun = network.world.now;
      let late = Number.POSITIVE_INFINITY;
      for (let round = 0; round < 20; round++) {
        for (const { cfg } of [larger, smaller]) rogue.lobby.seeds.broadcast(voteOf(rogue, stage, cfg));
        stage.pass(1000);
        if (isIn()) late = Math.min(late, (network.world.now - begun) / 1000);
      }
      const chosen = [larger, smaller].filter(
        ({ cfg }) => votersFor(rogue, cfg) >= network.configuration.quorum,
      );
      return stage.end({ chosen: chosen.length, held: heldBeside(stage, network.configuration), late });
    },
  },
  {
    number: 38,
    name: "an undead: a member's address is dead, and somebody with its key answers in its place",
    stoppedBy: "a lease ends, and its renewal is dialled back (§8.1, §10.7)",
    measures: {
      removed: REMOVED,
      leases: { label: "leases until nobody lists it", of: "worst", atMost: 1.2 },
    },
    run(seed) {
      const stage = new Stage(seed, { ...SHORT_LEASES, loss: 0 });
      const { network } = stage;
      const dead = stage.peer();
      const { peer: id, incarnation } = stage.listing(dead);
      const others = network.live.filter((host) => host !== dead);
      const double = stage.stranger({ signer: dead.signer, incarnation }, "double");
      stage.kill(dead);
      let life = incarnation;
      const begun = network.world.now;
      const isGone = (): boolean =>
        stage.listed(id) === 0 && others.every((host) => !network.peer(host).seeds.ledger.isMember(id));
      while (!isGone() && network.world.now < begun + 2 * LEASE_MS) {
        double.linkSeeds();
        stage.pass(TICK_MS);
        // It answers in every life that it asks for.
        double.incarnation = ++life;
        const registration = double.registration(life, dead.address);
        double.lobby.seeds.broadcast(REGISTER.encode({ registration }));
      }
      const leases = isGone() ? (network.world.now - begun) / LEASE_MS : Number.POSITIVE_INFINITY;
      return stage.end({ leases });
    },
  },
];

/** The operators give all seeds new keys, and nothing else. @returns what holds then. */
function changeKeys(stage: Stage, current: Configuration): Configuration {
  const { network } = stage;
  const messenger = new Messenger(network, `operator ${current.number}`);
  const next = messenger.propose(current, network.seedHosts);
  messenger.handIn(network.seedHosts[0] as Host, signed(next));
  const holds = (): boolean =>
    network.liveSeeds.every(({ configuration, isFresh }) => isFresh && configuration.number === next.number);
  stage.secondsUntil(holds, 60_000);
  return next;
}

function isVoteKeyOf(configuration: Configuration, key: Signer["id"]): boolean {
  return configuration.seeds.some(({ id }) => configuration.voteKey(id) === key);
}

/** A removal of `victim` with q votes: in the names of seeds whose vote keys are among `keys`, then of others. */
function forge(
  stage: Stage,
  configuration: Configuration,
  victim: Host,
  keys: readonly Signer[],
): Uint8Array {
  const { cfg, networkId, quorum, seeds } = configuration;
  const incarnation = stage.network.peer(victim).seeds.life;
  const fact = { kind: "remove", peer: victim.signer.id, incarnation, digest: NO_DIGEST } as const;
  const tick = Math.max(...stage.network.liveSeeds.map((node) => node.tick));
  const votes = seeds
    .map(({ id }) => ({ id, key: keys.find((one) => one.id === configuration.voteKey(id)) }))
    .toSorted((one, other) => Number(other.key !== undefined) - Number(one.key !== undefined))
    .slice(0, quorum)
    .map(({ id, key = keys[0] as Signer }) =>
      signVote({ cfg, fact, tick, counter: 1_000_000, seed: id }, networkId, key),
    );
  return CERTIFICATES.encode({ certificates: [{ fact, votes }] });
}

/** Tells everybody, and counts who believes that `victim` is gone. */
function believers(stage: Stage, victim: Host, forged: () => Uint8Array): number {
  const { network } = stage;
  const id = victim.signer.id;
  const liar = stage.stranger();
  const links = [...network.seedHosts, ...network.live].flatMap(({ address, signer }) =>
    (["member", "probe"] as const).flatMap(
      (purpose) => liar.dial(address, { expect: signer.id, purpose }) ?? [],
    ),
  );
  const frame = forged();
  for (const link of links) link.send(frame);
  stage.pass(200);
  const seeds = network.liveSeeds.length - stage.listed(id);
  return seeds + network.live.filter((host) => !network.peer(host).seeds.ledger.isMember(id)).length;
}

/** The rogue's vote for a configuration: it is a seed of the first one, whose vote key is its id. */
function voteOf(rogue: Hostile, stage: Stage, cfg: Uint8Array): Uint8Array {
  const tick = Math.max(...stage.network.liveSeeds.map((node) => node.tick));
  const terms = { cfg, side: "old", tick, seed: rogue.id } as const;
  return CONFIG_VOTE.encode(
    signConfigurationVote(terms, stage.network.configuration.networkId, rogue.signer),
  );
}

/** How many seeds have told the rogue that they vote for this, and the rogue itself. */
function votersFor(rogue: Hostile, cfg: Uint8Array): number {
  const votes = rogue
    .of(Kind.configVote)
    .map((frame) => CONFIG_VOTE.decode(frame))
    .filter((vote) => !(vote instanceof Malformed) && vote.side === "old" && toHex(vote.cfg) === toHex(cfg));
  return new Set([rogue.id, ...votes.map((vote) => (vote as ConfigurationVote).seed)]).size;
}

/** How many configurations hold at honest seeds and at peers, the first one not counted. */
function heldBeside(stage: Stage, first: Configuration): number {
  const { live, liveSeeds } = stage.network;
  const all = [
    ...liveSeeds.map(({ configuration }) => configuration.cfg),
    ...live.map((host) => stage.network.peer(host).seeds.council.cfg),
  ];
  return new Set(all.map(toHex).filter((cfg) => cfg !== toHex(first.cfg))).size;
}
