import { ACCUSE } from "@p2p/consensus";
import { LAN } from "@p2p/peer";
import { LAN_TIMING, REPORT } from "@p2p/seed";
import type { Host } from "@p2p/sim";
import { Kind } from "@p2p/wire";
import { Hostile } from "../hostile/hostile.ts";
import { bootLiar } from "../hostile/liar.ts";
import type { Attack } from "./attack.ts";
import { REMOVED, Stage } from "./stage.ts";

/** The pause between two cases against one member. */
const PAUSE_SECONDS = LAN_TIMING.auditPauseMs / 1000;

/** Members, or strangers, say of others that they are dead. */
export const ACCUSATIONS: readonly Attack[] = [
  {
    number: 1,
    name: "forged accusations of an outsider",
    stoppedBy: "signatures of members (§6.3, §9.4)",
    measures: { removed: REMOVED, cases: { label: "cases opened", of: "sum", atMost: 0 } },
    run(seed) {
      // Without losses: an audit that is lost opens a case as well.
      const stage = new Stage(seed, { loss: 0 });
      const victim = stage.listing(stage.peer());
      const cases = stage.counting("caseOpened", victim.peer);
      const outsider = stage.stranger();
      const others = stage.network.peerHosts.map(({ signer }) => signer.id);
      const impostors = others.map((id) => ({ id, sign: outsider.signer.sign.bind(outsider.signer) }));
      for (let round = 0; round < 10; round++) {
        const accusations = [outsider.signer, ...impostors]
          .filter(({ id }) => id !== victim.peer)
          .map((signer) => outsider.accusation(victim.peer, victim.incarnation, signer));
        for (const link of outsider.dialSeeds())
          for (const accusation of accusations) {
            link.send(ACCUSE.encode({ accusation, nonce: new Uint8Array(32) }));
            link.send(REPORT.encode({ report: { ...accusation, accusations } }));
          }
        stage.pass(1000);
      }
      stage.pass(10_000);
      return stage.end({ cases: cases() });
    },
  },
  {
    number: 2,
    name: "accusations of an earlier life, replayed",
    stoppedBy: "the life in each accusation, and its time (§6.3, §9.4)",
    measures: { removed: REMOVED, cases: { label: "cases opened", of: "sum", atMost: 0 } },
    run(seed) {
      // Without losses: an audit that is lost opens a case as well.
      const stage = new Stage(seed, { loss: 0 });
      const host = stage.peer();
      const { peer: victim, incarnation } = stage.listing(host);
      const thief = stage.member();
      const stolen = stage.network.peerHosts
        .filter((other) => other !== host)
        .map(({ signer }) => thief.accusation(victim, incarnation, signer));
      stage.strike(() => host.crash());
      stage.pass(500);
      stage.strike((network) => network.bootPeer(host));
      stage.secondsUntil(() => stage.listed(victim, incarnation) === 0, 30_000);
      stage.pass(10_000);
      const cases = stage.counting("caseOpened", victim);
      for (let round = 0; round < 10; round++) {
        for (const seedLink of thief.lobby.seeds) {
          for (const accusation of stolen)
            seedLink.send(ACCUSE.encode({ accusation, nonce: new Uint8Array(32) }));
          seedLink.send(REPORT.encode({ report: { victim, incarnation, accusations: stolen } }));
        }
        stage.pass(1000);
      }
      return stage.end({ cases: cases() });
    },
  },
  {
    number: 3,
    name: "all neighbours of a member lie",
    stoppedBy: "seeds look themselves, proofs of life (§9.4)",
    measures: { removed: REMOVED, cases: { label: "cases opened", of: "worst", atLeast: 1 } },
    run(seed) {
      const stage = new Stage(seed, { peers: 1 });
      const { network } = stage;
      const victim = network.peerHosts[0] as Host;
      const count = 4 + Math.floor(5 * stage.random.next());
      const liars = Array.from({ length: count }, (_, index) => {
        const host = network.world.host(`liar ${index}`);
        return { host, peer: bootLiar(network, host, victim.signer.id, LAN) };
      });
      const isReady = (): boolean => network.liveSeeds.every(({ ledger }) => ledger.size === count + 1);
      stage.secondsUntil(isReady, 60_000);
      stage.pass(12_000);
      const cases = stage.counting("caseOpened", victim.signer.id);
      for (let round = 0; round < 10 && stage.removed === 0; round++) {
        const { peer: id, incarnation } = stage.listing(victim);
        const accusations = liars.map(({ host, peer }) => {
          const accusation = new Hostile(network, host, { listens: false }).accusation(id, incarnation);
          peer.seeds.accuse({ accusation, nonce: host.random.bytes(32) });
          return accusation;
        });
        for (const { peer } of liars) peer.seeds.report({ victim: id, incarnation, accusations });
        stage.pass(3000);
      }
      return stage.end({ cases: cases() });
    },
  },
  {
    number: 4,
    name: "Sybils make themselves a member's neighbours, and accuse it",
    stoppedBy: "seeds look themselves, age of edges (§5.5, §9.4)",
    measures: { removed: REMOVED, cases: { label: "cases opened", of: "worst", atLeast: 1 } },
    run(seed) {
      const stage = new Stage(seed);
      const host = stage.peer();
      const stuffers = Array.from({ length: 8 }, () => stage.member());
      for (const one of stuffers) one.dial(host.address, { expect: host.signer.id });
      const cases = stage.counting("caseOpened", host.signer.id);
      for (let round = 0; round < 8 && stage.removed === 0; round++) {
        stage.accuse(stuffers, stage.listing(host));
        stage.pass(3000);
      }
      return stage.end({ cases: cases() });
    },
  },
  {
    number: 5,
    name: "nobody reports a death",
    stoppedBy: "audits (§9.5), and a lone accusation (§9.4)",
    measures: {
      removed: REMOVED,
      seconds: { label: "seconds until the dead is removed", of: "worst", atMost: 90 },
    },
    run(seed) {
      const stage = new Stage(seed);
      const { network } = stage;
      const [victim, ...others] = network.peerHosts as [Host, ...Host[]];
      const honest = 1 - (seed % 2);
      for (const host of others.slice(honest)) {
        const { seeds } = network.peer(host);
        const send = seeds.send.bind(seeds);
        seeds.send = (frame) => {
          if (frame[0] !== Kind.accuse && frame[0] !== Kind.report) send(frame);
        };
      }
      stage.kill(victim);
      return stage.end({
        seconds: stage.secondsUntil(() => stage.listed(victim.signer.id) === 0, 720_000),
      });
    },
  },
  /**
   * One case a victim and pause, of three looks with eight witnesses each: 27 probes. In the pace of these worlds the pause is
   * {@link PAUSE_SECONDS}, a sixth of the default. A case against who lives ends with its first answer, so far fewer are seen.
   */
  {
    number: 39,
    name: "accusations of everybody against one, all the time",
    stoppedBy: "one case a victim and pause (§9.4)",
    measures: {
      removed: REMOVED,
      cases: { label: "cases a seed and pause", of: "worst", atMost: 1 },
      probes: { label: "probes a seed and second at the victim", of: "worst", atMost: 27 / PAUSE_SECONDS },
    },
    run(seed) {
      let probes = 0;
      let victimId = "";
      const stage = new Stage(seed, {
        observers: [
          {
            sent(host, frame, to) {
              if (frame[0] === Kind.probe && to?.signer.id === victimId && host !== to) probes++;
            },
          },
        ],
      });
      const { network } = stage;
      const host = stage.peer();
      const liars = Array.from({ length: 4 }, () => stage.member());
      victimId = host.signer.id;
      const cases = stage.counting("caseOpened", host.signer.id);
      const rounds = 40;
      for (let round = 0; round < rounds; round++) {
        for (let burst = 0; burst < 5; burst++) stage.accuse(liars, stage.listing(host));
        stage.pass(1000);
      }
      const seeds = network.liveSeeds.length;
      return stage.end({
        cases: cases() / seeds / (1 + rounds / PAUSE_SECONDS),
        probes: probes / seeds / rounds,
      });
    },
  },
];
