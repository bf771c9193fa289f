import { CERTIFICATES, type Fact, LEASE_TICKS, type Member, NO_DIGEST, signTick } from "@p2p/consensus";
import { BUMP, EVIDENCE, REGISTER, TICK_VOTE, VOTE } from "@p2p/seed";
import type { Host } from "@p2p/sim";
import { Kind } from "@p2p/wire";
import type { Hostile } from "../hostile/hostile.ts";
import { certificateBy } from "../hostile/inside.ts";
import { Pocket } from "../hostile/pocket.ts";
import type { Attack } from "./attack.ts";
import { REMOVED, Stage } from "./stage.ts";

function removalOf({ peer, incarnation }: Pick<Member, "peer" | "incarnation">): Fact {
  return { kind: "remove", peer, incarnation, digest: NO_DIGEST };
}

/** Cuts a member off from all peers and these seeds, and them from the others: they take it for dead. */
function hiccup(stage: Stage, victim: Host, blind: readonly Host[], spared: readonly Host[] = []): void {
  const { peerHosts, seedHosts } = stage.network;
  stage.strike(({ world }) => {
    for (const peer of peerHosts) if (peer !== victim) world.cut(victim, peer);
    for (const seed of blind) {
      world.cut(victim, seed);
      for (const other of seedHosts)
        if (!blind.includes(other) && !spared.includes(other)) world.cut(seed, other);
    }
  });
}

/** Seeds lie, one or as many as are assumed. */
export const SEEDS: readonly Attack[] = [
  {
    number: 7,
    name: "a seed forges votes, leaves, evidence and certificates against all",
    stoppedBy: "q > f, and no seed votes because others did (§9.3, §10.4)",
    measures: { removed: REMOVED, votes: { label: "honest votes to remove", of: "sum", atMost: 0 } },
    run(seed) {
      const stage = new Stage(seed);
      const victims = stage.network.peerHosts.map((host) => stage.listing(host));
      const rogue = stage.rogue();
      const votes = stage.counting("proposedRemove");
      for (let round = 0; round < 10; round++) {
        rogue.linkSeeds();
        for (const victim of victims) attackAll(stage, rogue, victim);
        stage.pass(2000);
      }
      return stage.end({ votes: votes() });
    },
  },
  {
    number: 8,
    name: "a certificate with one vote q times",
    stoppedBy: "distinct seats (§10.4)",
    measures: { removed: REMOVED, taken: { label: "certificates taken", of: "sum", atMost: 0 } },
    run(seed) {
      const stage = new Stage(seed);
      const { network } = stage;
      const rogue = stage.rogue();
      let taken = 0;
      for (const host of network.peerHosts) {
        const fact = removalOf(stage.listing(host));
        const { quorum } = network.configuration;
        const vote = rogue.vote(fact);
        const frames = [quorum, network.configuration.size].map((count) =>
          CERTIFICATES.encode({
            certificates: [{ fact, votes: Array.from({ length: count }, () => vote) }],
          }),
        );
        for (const frame of frames) {
          rogue.lobby.seeds.broadcast(frame);
          rogue.lobby.links.broadcast(frame);
          for (const peer of network.live)
            rogue.dial(peer.address, { purpose: "probe", expect: peer.signer.id })?.send(frame);
        }
        stage.pass(300);
        taken += network.liveSeeds.length - stage.listed(fact.peer, fact.incarnation);
        taken += network.live.filter(
          (peer) => !network.peer(peer).seeds.ledger.isMember(fact.peer, fact.incarnation),
        ).length;
      }
      return stage.end({ taken });
    },
  },
  {
    number: 9,
    name: "a seed votes for two contents of one life",
    stoppedBy: "2q − n > f, and evidence (§9.3)",
    measures: {
      removed: REMOVED,
      contents: { label: "contents of one life listed", of: "worst", atMost: 1 },
      unaware: { label: "honest seeds without evidence", of: "worst", atMost: 0 },
    },
    run(seed) {
      const stage = new Stage(seed, { seeds: 4, faulty: 1 });
      const { network } = stage;
      const rogue = stage.rogue();
      const aware = new Set<object>();
      for (const node of network.liveSeeds)
        node.on("evidence", (one) => {
          if (one.kind === "double vote" && one.seed === rogue.id) aware.add(node);
        });
      const contents = new Set<string>();
      for (const node of network.liveSeeds)
        node.on("added", ({ peer, address }) => {
          if (peer === accomplice.id) contents.add(address);
        });
      const accomplice = stage.stranger({ incarnation: 5 });
      const [here, there] = [
        accomplice.registration(5),
        accomplice.registration(5, stage.twinOf(accomplice)),
      ];
      const links = accomplice.dialSeeds();
      for (const registration of [here, there]) {
        rogue.lobby.seeds.broadcast(VOTE.encode(rogue.voteAdd(registration)));
        for (const [index, link] of links.entries())
          if ((index % 2 === 0) === (registration === here)) link.send(REGISTER.encode({ registration }));
      }
      stage.pass(10_000);
      return stage.end({ contents: contents.size, unaware: network.liveSeeds.length - aware.size });
    },
  },
  {
    number: 11,
    name: "a seed is killed between vote and word, and asked for another",
    stoppedBy: "a vote is on disk before it is sent (§10.6)",
    measures: { removed: REMOVED, kills: { label: "kills", of: "worst", atLeast: 3 } },
    run(seed) {
      const stage = new Stage(seed);
      const { network } = stage;
      let kills = 0;
      for (let round = 0; round < 4; round++) {
        const life = 5 + round;
        const one = stage.stranger({ incarnation: life });
        const elsewhere = stage.twinOf(one, `twin ${round}`);
        const first = REGISTER.encode({ registration: one.registration(life) });
        const second = REGISTER.encode({ registration: one.registration(life, elsewhere) });
        const victim = network.seedHosts[round % network.seedHosts.length] as Host;
        // The others reach nobody, so that nothing is certified meanwhile.
        one.answers = ({ id }) => id === victim.signer.id;
        for (const link of one.dialSeeds()) if (link.id === victim.signer.id) link.send(first);
        stage.pass(500 * stage.random.next());
        stage.strike(() => victim.crash());
        kills++;
        stage.pass(200);
        stage.strike(() => network.bootSeed(victim));
        stage.pass(3000);
        one.answers = () => true;
        for (const link of one.dialSeeds()) link.send(second);
        stage.pass(3000);
      }
      return stage.end({ kills });
    },
  },
  {
    number: 12,
    name: "each seed loses a member for a moment, one after the other, and another one keeps their votes",
    stoppedBy: "votes count within two ticks, and bumps (§9.8, §10.3)",
    measures: { removed: REMOVED, votes: { label: "votes to remove", of: "sum", atLeast: 1 } },
    run(seed) {
      const stage = new Stage(seed, { seeds: 4, faulty: 1 });
      const { network } = stage;
      const victim = stage.peer();
      const votes = stage.counting("proposedRemove", victim.signer.id);
      const rogue = stage.rogue();
      const rogueHost = network.world.hosts.get(network.names.get(rogue.id) as string) as Host;
      // It hands on what others forget to tell: a seed that heard nobody when it voted.
      const kept: Uint8Array[] = [];
      rogue.on(Kind.vote, (frame) => void kept.push(frame));
      for (const blind of network.seedHosts) {
        hiccup(stage, victim, [blind], [rogueHost]);
        // No longer than it takes: a seed that hears no other for long forgets such votes by itself.
        const before = votes();
        stage.secondsUntil(() => votes() > before, 9000);
        stage.pass(300);
        stage.strike(({ world }) => world.heal());
        stage.pass(20_000);
        rogue.linkSeeds();
        stage.pass(1000);
        for (const frame of kept) rogue.lobby.seeds.broadcast(frame);
        stage.pass(9000);
      }
      return stage.end({ votes: votes() });
    },
  },
  {
    number: 13,
    name: "a seed keeps votes of a hiccup, and completes them later",
    stoppedBy: "bumps (§9.8)",
    measures: { removed: REMOVED, votes: { label: "votes to remove", of: "sum", atLeast: 1 } },
    run(seed) {
      const stage = new Stage(seed);
      const { network } = stage;
      const [pocketHost, ...others] = network.seedHosts as [Host, ...Host[]];
      stage.strike(() => {
        network.liars.add(pocketHost);
        pocketHost.crash();
        pocketHost.boot(() => new Pocket(network, pocketHost));
      });
      stage.pass(5000);
      const victim = stage.peer();
      const votes = stage.counting("proposedRemove", victim.signer.id);
      const blind = others.slice(0, network.configuration.quorum - 1);
      hiccup(stage, victim, blind, [pocketHost]);
      stage.pass(7000);
      stage.strike(({ world }) => world.heal());
      stage.pass(80_000);
      return stage.end({ votes: votes() });
    },
  },
  {
    number: 14,
    name: "a certificate is shown to one seed only",
    stoppedBy: "certificates are passed on, and exchanged (§9.2, §10.5)",
    measures: {
      removed: REMOVED,
      seconds: { label: "seconds until all seeds hold it", of: "worst", atMost: 3.9 },
    },
    run(seed) {
      const stage = new Stage(seed);
      const { network } = stage;
      const ghost = stage.member();
      const { quorum } = network.configuration;
      const { peer, incarnation } = { peer: ghost.id, incarnation: ghost.incarnation as number };
      const signers = network.seedHosts.slice(0, quorum).map(({ signer }) => signer);
      const tick = Math.max(...network.liveSeeds.map((node) => node.tick));
      const certificate = certificateBy(network, removalOf({ peer, incarnation }), signers, tick);
      const first = stage.random.next();
      const links = [...ghost.lobby.seeds];
      links[Math.floor(first * links.length)]?.send(CERTIFICATES.encode({ certificates: [certificate] }));
      const seconds = stage.secondsUntil(() => stage.listed(peer) === 0, 60_000);
      // That a quorum voted was this test's own lie.
      return { ...stage.end({ seconds }), wrong: [] };
    },
  },
  {
    number: 18,
    name: "a seed dates its votes as it likes, and hurries time",
    stoppedBy: "honest votes have to lie in the window (§10.3), q − f wait for a tick (§9.6)",
    measures: {
      removed: REMOVED,
      ticks: { label: "ticks in the time of three", of: "worst", atMost: 4 },
    },
    run(seed) {
      const stage = new Stage(seed);
      const { network } = stage;
      const victims = network.peerHosts.map((host) => stage.listing(host));
      const rogue = stage.rogue();
      const begun = Math.max(...network.liveSeeds.map((node) => node.tick));
      for (let round = 0; round < 20; round++) {
        rogue.linkSeeds();
        for (const victim of victims) {
          const tick = Math.max(0, begun + Math.floor(20 * stage.random.next()) - 10);
          const vote = rogue.vote(removalOf(victim), stage.random.next() < 0.1 ? LEASE_TICKS * 3 : tick);
          rogue.lobby.seeds.broadcast(VOTE.encode({ vote, registration: undefined, leave: undefined }));
        }
        for (let ahead = 1; ahead < 6; ahead++) {
          const vote = signTick(begun + ahead, network.configuration, rogue.signer);
          rogue.lobby.seeds.broadcast(TICK_VOTE.encode(vote));
        }
        stage.pass(3000);
      }
      const ticks = Math.max(...network.liveSeeds.map((node) => node.tick)) - begun;
      return stage.end({ ticks });
    },
  },
  {
    number: 19,
    name: "f seeds show votes against every new life",
    stoppedBy: "q − f different seeds have to (§9.8)",
    measures: { removed: REMOVED, bumps: { label: "new lives", of: "sum", atMost: 0 } },
    run(seed) {
      const stage = new Stage(seed, { seeds: 7, faulty: 2, peers: 5 });
      const { network } = stage;
      let bumps = 0;
      for (const host of network.peerHosts) network.peer(host).seeds.on("bumped", () => bumps++);
      const rogues = [stage.rogue(), stage.rogue()];
      for (let round = 0; round < 20; round++) {
        for (const host of network.live) {
          const { peer, incarnation, address } = stage.listing(host);
          for (const rogue of rogues) {
            const frame = BUMP.encode({ vote: rogue.vote(removalOf({ peer, incarnation })) });
            rogue.lobby.links.broadcast(frame);
            if (rogue.lobby.links.get(peer) === undefined)
              rogue.dial(address, { expect: peer, purpose: "member" })?.send(frame);
          }
        }
        stage.pass(1000);
      }
      return stage.end({ bumps });
    },
  },
];

function attackAll(stage: Stage, rogue: Hostile, { peer, incarnation }: Member): void {
  const { network } = stage;
  const fact = removalOf({ peer, incarnation });
  const leave = { peer, incarnation, signature: rogue.signer.sign(network.world.random.bytes(8)) };
  const vote = rogue.vote(fact);
  const certificate = { fact, votes: Array.from({ length: network.configuration.quorum }, () => vote) };
  const nonce = network.world.random.bytes(32);
  const frames = [
    ...[incarnation - 1, incarnation, incarnation + 1].map((life) =>
      VOTE.encode(rogue.voteRemove(peer, life)),
    ),
    VOTE.encode(rogue.voteRemove(peer, incarnation, leave)),
    EVIDENCE.encode({ victim: peer, incarnation, nonce, accusations: [] }),
    CERTIFICATES.encode({ certificates: [certificate] }),
  ];
  for (const frame of frames) rogue.lobby.seeds.broadcast(frame);
}
