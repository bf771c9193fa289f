import { CERTIFICATES, registrationDigest, signLeave, signRegistration } from "@p2p/consensus";
import type { Edge, PeerId } from "@p2p/identity";
import { EDGES, LEAVE, LIST, REGISTER, REGISTER_ANSWER, RELAY, STATUS, VOTE } from "@p2p/seed";
import type { Host } from "@p2p/sim";
import { Kind } from "@p2p/wire";
import type { Network } from "../network.ts";
import type { Attack } from "./attack.ts";
import { REMOVED, Stage } from "./stage.ts";

/** Somebody registers what is not so, or brings back what is over. */
export const REGISTRATIONS: readonly Attack[] = [
  {
    number: 6,
    name: "a seed leaves a member out of its list",
    stoppedBy: "newcomers join the lists of ⌊n/2⌋+1 seeds (§8.2)",
    measures: {
      removed: REMOVED,
      lacking: { label: "newcomers whose first list lacks it", of: "sum", atMost: 0 },
    },
    run(seed) {
      const stage = new Stage(seed);
      const { network } = stage;
      const hidden = stage.listing(stage.peer());
      const rogue = stage.rogue();
      rogue.on(Kind.poll, (_, from) =>
        from.send(STATUS.encode({ certificate: undefined, nonces: [new Uint8Array(32)], fresh: true })),
      );
      rogue.on(Kind.listAsk, (_, from) => {
        const members = network.peerHosts
          .filter(({ signer }) => signer.id !== hidden.peer && stage.listed(signer.id) > 0)
          .map((host) => stage.listing(host))
          .toSorted((one, other) => (one.peer < other.peer ? -1 : 1));
        const certificates = members.map(({ certificate }) => certificate);
        from.send(LIST.encode({ members, certificates, next: undefined, fresh: true, grey: [] }));
      });
      const newcomers = [network.addPeer(), network.addPeer()];
      const whole = new Set<Host>();
      for (const host of newcomers)
        network.peer(host).seeds.on("registered", ({ peers }) => {
          if (peers.some(({ peer }) => peer === hidden.peer)) whole.add(host);
        });
      stage.secondsUntil(() => whole.size === newcomers.length, 40_000);
      return stage.end({ lacking: newcomers.length - whole.size });
    },
  },
  {
    number: 10,
    name: "a stranger registers one life at two addresses",
    stoppedBy: "one vote a life and seed (§8.1)",
    measures: {
      removed: REMOVED,
      places: { label: "addresses listed for it", of: "worst", atMost: 1 },
      late: { label: "seconds for an honest newcomer meanwhile", of: "worst", atMost: 10 },
    },
    run(seed) {
      const stage = new Stage(seed);
      const { network } = stage;
      const one = stage.stranger({ incarnation: 5 });
      const both = [one.registration(5), one.registration(5, stage.twinOf(one))] as const;
      for (const link of one.dialSeeds()) {
        const first = stage.random.next() < 0.5 ? 0 : 1;
        link.send(REGISTER.encode({ registration: both[first] }));
        link.send(REGISTER.encode({ registration: both[1 - first] as (typeof both)[0] }));
      }
      const newcomer = network.addPeer();
      const late = stage.secondsUntil(() => network.peer(newcomer).seeds.isMember, 30_000);
      stage.pass(10_000);
      const places = new Set(network.liveSeeds.map(({ ledger }) => ledger.addressOf(one.id)).filter(Boolean));
      return stage.end({ places: places.size, late });
    },
  },
  {
    number: 15,
    name: "a seed and a stranger show the old certificate of a dead member",
    stoppedBy: "the highest rank holds, tombstones (§10.2, §10.7)",
    measures: {
      removed: REMOVED,
      believers: { label: "nodes that knew of the death and list it", of: "sum", atMost: 0 },
      newcomers: { label: "newcomers that list it in the end", of: "sum", atMost: 0 },
    },
    run(seed) {
      const stage = new Stage(seed);
      const { network } = stage;
      const dead = stage.peer();
      const { certificate, peer: id } = stage.listing(dead);
      stage.kill(dead);
      stage.secondsUntil(() => stage.listed(id) === 0, 90_000);
      stage.pass(3000);
      const witnesses = network.live.filter((host) => host !== dead);
      const rogue = stage.rogue();
      const frame = CERTIFICATES.encode({ certificates: [certificate] });
      const liar = stage.member();
      const newcomer = network.addPeer();
      stage.secondsUntil(() => network.peer(newcomer).seeds.isMember, 20_000);
      liar.dial(newcomer.address, { expect: newcomer.signer.id })?.send(frame);
      let believers = 0;
      for (let round = 0; round < 10; round++) {
        rogue.lobby.seeds.broadcast(frame);
        rogue.lobby.links.broadcast(frame);
        liar.lobby.seeds.broadcast(frame);
        for (const host of witnesses)
          if (liar.lobby.links.get(host.signer.id) === undefined)
            liar.lobby.dial(host.address, { expect: host.signer.id });
        liar.lobby.links.broadcast(frame);
        stage.pass(2000);
        believers += stage.listed(id);
        believers += witnesses.filter((host) => network.peer(host).seeds.ledger.isMember(id)).length;
      }
      const isFooled = (): boolean => network.peer(newcomer).seeds.ledger.isMember(id);
      stage.secondsUntil(() => !isFooled(), 300_000);
      return stage.end({ believers, newcomers: Number(isFooled()) });
    },
  },
  {
    number: 16,
    name: "the registration of a removed life, again",
    stoppedBy: "ranks, and the dial-back (§8.1)",
    measures: { removed: REMOVED, listed: { label: "seeds that list it", of: "sum", atMost: 0 } },
    run(seed) {
      const stage = new Stage(seed);
      const dead = stage.peer();
      const { certificate, peer: id, incarnation } = stage.listing(dead);
      const { registration } = certificate;
      stage.kill(dead);
      stage.secondsUntil(() => stage.listed(id) === 0, 90_000);
      // Who has its key answers at its address, too.
      const thief = stage.stranger({ signer: dead.signer, incarnation }, "thief");
      const outsider = stage.stranger();
      for (let round = 0; round < 5; round++) {
        for (const link of [...thief.dialSeeds(), ...outsider.dialSeeds()]) {
          if (registration !== undefined) link.send(REGISTER.encode({ registration }));
          link.send(CERTIFICATES.encode({ certificates: [certificate] }));
        }
        stage.pass(2000);
      }
      return stage.end({ listed: stage.listed(id) });
    },
  },
  {
    number: 17,
    name: "an incarnation out of reach, to burn the numbers of a key",
    stoppedBy: "plausible incarnations (§8.1)",
    measures: {
      removed: REMOVED,
      taken: { label: "such lives listed", of: "sum", atMost: 0 },
      members: { label: "seeds that list the true one", of: "worst", atLeast: 1 },
    },
    run(seed) {
      const stage = new Stage(seed);
      const hostile = stage.stranger();
      const links = hostile.dialSeeds();
      let taken = 0;
      for (let round = 0; round < 5; round++) {
        const incarnation = Math.floor(2 ** (40 + 11.9 * stage.random.next()));
        hostile.incarnation = incarnation;
        const frame = REGISTER.encode({ registration: hostile.registration(incarnation) });
        for (const link of links) link.send(frame);
        stage.pass(1000);
        taken += stage.listed(hostile.id);
      }
      const answers = hostile.of(Kind.registerAnswer).map((frame) => REGISTER_ANSWER.decode(frame));
      taken += answers.filter((answer) => !("code" in answer && answer.code === "implausible")).length;
      hostile.join();
      return stage.end({ taken, members: stage.listed(hostile.id) });
    },
  },
  {
    number: 20,
    name: "registrations at another's address",
    stoppedBy: "only where it comes from is dialled (§8.6), and has to prove the key (§8.1)",
    measures: {
      removed: REMOVED,
      votes: { label: "votes to add", of: "sum", atMost: 0 },
      dials: { label: "dials to it a registration and seed", of: "worst", atMost: 1 },
    },
    run(seed) {
      let dials = 0;
      let victim: Host | undefined;
      const stage = new Stage(seed, {
        loss: 0,
        observers: [
          {
            sent(host, frame, to) {
              if (frame[0] === Kind.hello && to === victim && host.name.startsWith("seed")) dials++;
            },
          },
        ],
      });
      // A machine that has nothing to do with it, and on which a node of somebody else listens.
      stage.stranger({}, "bystander");
      const bystander = stage.network.world.hosts.get("bystander") as Host;
      victim = bystander;
      const strangers = Array.from({ length: 5 }, () => stage.stranger({ incarnation: 7 }));
      const votes = stage.counting("proposedAdd");
      for (const one of strangers) {
        const registration = one.registration(7, bystander.address);
        for (const link of one.dialSeeds()) link.send(REGISTER.encode({ registration }));
      }
      stage.pass(10_000);
      const asked = strangers.length * stage.network.liveSeeds.length;
      return stage.end({ votes: votes(), dials: dials / asked });
    },
  },
  {
    number: 35,
    name: "signatures of another network, of another kind, and of another life",
    stoppedBy: "the head of all signed bytes (§2)",
    measures: { removed: REMOVED, taken: { label: "frames that changed anything", of: "sum", atMost: 0 } },
    run(seed) {
      const stage = new Stage(seed);
      const { network } = stage;
      const victim = stage.peer();
      const { peer, incarnation, certificate } = stage.listing(victim);
      const { networkId } = network.configuration;
      const elsewhere = networkId.map((byte) => byte ^ 1);
      const rogue = stage.rogue();
      const address = stage.stranger().address;
      // Truly signed by the victim, all of it: for another network, as another kind, for another life.
      const moved = signRegistration(
        { peer, address, incarnation: incarnation + 1 },
        elsewhere,
        victim.signer,
      );
      const foreign = signLeave({ peer, incarnation }, elsewhere, victim.signer);
      const past = signLeave({ peer, incarnation: incarnation - 1 }, networkId, victim.signer);
      const signature = certificate.registration?.signature ?? foreign.signature;
      const kind = { peer, incarnation, signature };
      const frames = [
        ...[foreign, past, kind, { ...past, incarnation }].map((leave) => LEAVE.encode({ leave })),
        CERTIFICATES.encode({
          certificates: [{ ...certificate, fact: { ...certificate.fact, incarnation: incarnation + 1 } }],
        }),
      ];
      // Each by somebody else: whoever has brought one is barred, and nothing more of it would be looked at.
      for (const frame of frames) {
        for (const link of stage.stranger().dialSeeds()) link.send(frame);
        stage.pass(700);
      }
      const digest = registrationDigest(moved, networkId);
      const vote = rogue.vote({ kind: "add", peer, incarnation: incarnation + 1, digest });
      const edges = edgesOf(network, peer);
      // What only a seed may say of others. One that is cut off for it comes again.
      for (const frame of [
        RELAY.encode({ registration: moved, address }),
        VOTE.encode({ vote, registration: moved, leave: undefined }),
        EDGES.encode({ made: [], ended: edges }),
      ]) {
        rogue.linkSeeds();
        stage.pass(300);
        rogue.lobby.seeds.broadcast(frame);
        stage.pass(700);
      }
      const ended = network.liveSeeds.flatMap((seed) =>
        edges.filter((edge) => seed.edges.stored(edge) === undefined),
      );
      stage.pass(3000);
      const unlisted = network.liveSeeds.length - stage.listed(peer, incarnation);
      return stage.end({ taken: unlisted + ended.length });
    },
  },
];

/** The edges of a peer, as a seed holds them. */
function edgesOf({ liveSeeds }: Network, peer: PeerId): readonly Edge[] {
  const [seed] = liveSeeds;
  const edges = [...(seed?.edges.held() ?? [])].map(({ edge }) => edge);
  return edges.filter(({ a, b }) => a === peer || b === peer);
}
