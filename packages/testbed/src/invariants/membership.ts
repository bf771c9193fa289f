import { type Certificate, type Configuration, type Fact, rank } from "@p2p/consensus";
import { type PeerId, sameBytes, shortId } from "@p2p/identity";
import type { Peer } from "@p2p/peer";
import { type PeerNews, type Seed, VOTE } from "@p2p/seed";
import { SeedInvariants } from "@p2p/seed/invariants";
import type { Host } from "@p2p/sim";
import { Kind, Malformed } from "@p2p/wire";
import type { GroundTruth } from "../ground-truth.ts";
import type { Network } from "../network.ts";
import type { Observer } from "../observer.ts";

/** For how long a peer need not heed again the word of fewer seeds than cannot all lie, in milliseconds. PROTOCOL.md §9.8. */
const REST_MS = 600_000;

/** For how long something must have been so before a removal contradicts it, in milliseconds. */
export interface Grace {
  /** Whom a quorum of seeds could hear for so long must not be removed. */
  readonly heardMs: number;
  /** When no seed could hear any peer for so long, nobody must be removed. */
  readonly blindMs: number;
  /** Whom all who voted against it could hear again for so long must know of their votes, and have left that life. */
  readonly againMs: number;
}

/** What membership must never do: the rules about votes, certificates and lists, and that nobody who lives is removed. */
export class MembershipWatch implements Observer {
  #network: Network | undefined;
  #invariants: SeedInvariants | undefined;
  #truth: GroundTruth | undefined;
  #grace: Grace = { heardMs: 0, blindMs: 0, againMs: 0 };
  /** The last life that each peer knew to be at risk, and left as soon as it might; and when. */
  readonly #bumps = new Map<PeerId, { readonly incarnation: number; readonly at: number }>();

  /** Begins to watch. */
  begin(network: Network, truth: GroundTruth, grace: Grace): void {
    this.#network = network;
    this.#truth = truth;
    this.#grace = grace;
    const { verifier } = network.seedHosts[0] as Host;
    this.#invariants = new SeedInvariants(
      network.configuration,
      verifier,
      (one) => this.#certified(one),
      (id) => this.#nameOf(id),
    );
  }

  /** Looks at every list, and collects what was found since. */
  secondPassed(): void {
    for (const seed of this.#network?.liveSeeds ?? []) {
      const hasReadItsDisk = seed.lobby.bound !== undefined;
      if (hasReadItsDisk) this.#invariants?.look(seed.id, seed.ledger);
    }
    for (const detail of this.#invariants?.broken.splice(0) ?? [])
      this.#network?.findings.add("votes and lists", detail);
  }

  sent(host: Host, frame: Uint8Array): void {
    if (this.#network?.seedHosts.includes(host) !== true || this.#network.liars.has(host)) return;
    if (frame[0] === Kind.vote) this.#voted(host, frame);
    this.#invariants?.sent(host.signer.id, frame);
  }

  /** Who holds another configuration, or is no seed any more, votes for nothing under the one before. */
  #voted(host: Host, frame: Uint8Array): void {
    const { configuration, findings, seeds } = this.#network as Network;
    if (!configuration.canChange) return;
    const news = VOTE.decode(frame);
    const held = seeds.get(host)?.configuration;
    if (news instanceof Malformed || news.vote.seed !== host.signer.id || held === undefined) return;
    if (sameBytes(news.vote.cfg, held.cfg) && held.has(host.signer.id)) return;
    const detail = `${host.name} voted under a configuration other than number ${held.number}`;
    findings.add("who is superseded votes no more", detail, [host.name]);
  }

  seedBooted(host: Host, seed: Seed): void {
    const changed = this.#changes(host);
    seed.on("configurationChanged", () => this.#invariants?.follow(seed.changes));
    const looked = (kind: "add" | "remove", news: PeerNews): void => {
      changed(kind, news);
      this.#invariants?.lookAt(seed.id, seed.ledger, news.peer);
    };
    seed.on("added", (news) => looked("add", news));
    seed.on("removed", (news) => looked("remove", news));
    seed.on("evidence", (misconduct) => {
      if (misconduct.kind === "double vote" && !this.#isHonest(misconduct.seed)) return;
      const detail = `${host.name} has evidence of a ${misconduct.kind}`;
      this.#network?.findings.add("evidence names no honest seed", detail, [host.name]);
    });
  }

  peerBooted(host: Host, { seeds }: Peer): void {
    const changed = this.#changes(host);
    seeds.on("added", (news) => changed("add", news));
    seeds.on("removed", (news) => changed("remove", news));
    const now = (): number => this.#network?.world.now ?? 0;
    seeds.on("bumped", ({ incarnation }) => this.#bumps.set(host.signer.id, { incarnation, at: now() }));
  }

  /** Takes what one run of a node tells of its list: for each peer ever higher ranks, and none of them twice. */
  #changes({ name }: Host): (kind: "add" | "remove", news: Pick<PeerNews, "peer" | "incarnation">) => void {
    const last = new Map<string, number>();
    return (kind, { peer, incarnation }) => {
      const now = rank({ kind, incarnation });
      if (now <= (last.get(peer) ?? -1))
        this.#network?.findings.add(
          "one event for each change",
          `${name} told ${kind} of ${this.#nameOf(peer)} again`,
          [name],
        );
      last.set(peer, now);
    };
  }

  #certified(certificate: Certificate): void {
    const { fact, leave } = certificate;
    if (fact.kind !== "remove" || leave !== undefined || this.#isPast(fact)) return;
    this.#lookAtVoters(certificate);
    const { world } = this.#network as Network;
    const { heardMs, blindMs } = this.#grace;
    const name = this.#nameOf(fact.peer);
    const configuration = this.#configurationOf(certificate);
    const { size, quorum } = configuration;
    const hearing = this.#truth?.seedsThatHear(fact.peer, heardMs, configuration) ?? 0;
    if (hearing >= size - quorum + 1) {
      const detail = `${name} was removed although ${hearing} seeds could hear it for ${heardMs / 1000} s`;
      this.#network?.findings.add("nobody is removed whom a quorum's veto could hear", detail, [name]);
    }
    const blindSince = this.#truth?.blindSince ?? world.now;
    if (world.now - blindSince >= blindMs) {
      const detail = `${name} was removed when no seed had heard any peer for ${Math.round((world.now - blindSince) / 1000)} s`;
      this.#network?.findings.add("who sees nobody removes nobody", detail, [name]);
    }
  }

  /** A later life is certified: what a liar completes of the one before, with votes that it kept, removes nobody. */
  #isPast({ peer, incarnation }: Fact): boolean {
    const { liveSeeds } = this.#network as Network;
    return liveSeeds.some(({ ledger }) => (ledger.standing(peer)?.incarnation ?? -1) > incarnation);
  }

  /** A vote never dies, and somebody may keep it: who is heard again shall have a new life by the time it is used. */
  #lookAtVoters(certificate: Certificate): void {
    const { fact, votes } = certificate;
    const network = this.#network as Network;
    const host = network.live.find(({ signer }) => signer.id === fact.peer);
    if (host === undefined || network.peer(host).seeds.life !== fact.incarnation) return;
    const givers = new Set(votes.map(({ seed }) => seed));
    const voters = network.seedHosts.filter((seed) => givers.has(seed.signer.id) && !network.liars.has(seed));
    if (this.#mayBide(fact, this.#configurationOf(certificate), voters.length)) return;
    const { againMs } = this.#grace;
    if (!voters.every((seed) => this.#truth?.hear(seed, host, againMs) === true)) return;
    const names = voters.map(({ name }) => name).join(", ");
    const detail = `${host.name} was removed by votes of ${names}, who could hear it again for ${againMs / 1000} s`;
    this.#network?.findings.add("old votes remove nobody who was heard since", detail, [host.name]);
  }

  #configurationOf(certificate: Certificate): Configuration {
    return this.#invariants?.configurationOf(certificate) ?? (this.#network as Network).configuration;
  }

  #isHonest(seed: PeerId): boolean {
    const { seedHosts, liars } = this.#network as Network;
    return seedHosts.some((host) => host.signer.id === seed && !liars.has(host));
  }

  #nameOf(id: PeerId): string {
    return this.#network?.names.get(id) ?? shortId(id);
  }

  /** Whether the peer is about to leave this life, or has heeded so few seeds lately that they might be liars. */
  #mayBide({ peer, incarnation }: Fact, { quorum, faulty }: Configuration, voters: number): boolean {
    const bump = this.#bumps.get(peer);
    if (bump === undefined || bump.incarnation === incarnation) return bump !== undefined;
    const { now } = (this.#network as Network).world;
    return voters < quorum - faulty && now - bump.at < REST_MS;
  }
}
