import { CERTIFICATES, Configuration, TICK } from "@p2p/consensus";
import {
  BUMP,
  EVIDENCE,
  LAN_TIMING,
  LEAVE,
  POLL,
  RELAY,
  Seed,
  type SeedTiming,
  STATUS,
  VOTE,
  type VoteNews,
} from "@p2p/seed";
import { type Host, World } from "@p2p/sim";
import { type Connection, Kind } from "@p2p/wire";
import { Notary } from "./notary.ts";
import { Puppet } from "./puppet.ts";
import { type Ballot, type Ear, type Fact, factText, type Sight, voteText } from "./trace.ts";

const SEEDS = 4;
const FAULTY = 1;
/** Other members, for the seed to see that it sees. */
const OTHERS = 2;
/** An hour of the model. Whatever happens within one takes less. */
const HOUR_MS = 1_800_000;
/** A longest look at somebody who is silent, with its vote. */
const LOOK_MS = 9000;
/** Longer than a case that comes to nothing. */
const CASE_MS = 60_000;
/** A registration that another seed brings is looked at as seldom, and dialled for so long. */
const RELAY_MS = 31_000;
const DIAL_MS = 3000;
const MOMENT_MS = 300;
const NEVER_MS = 1e9;

/** A meeting is good for 4.5 ticks and three exchanges: here for five hours, less what happens in one. Nothing happens by itself. */
const TIMING: SeedTiming = {
  ...LAN_TIMING,
  tickMs: HOUR_MS,
  syncMs: HOUR_MS / 6,
  chartMs: NEVER_MS,
  auditEveryMs: NEVER_MS,
  pollMs: NEVER_MS,
  blindMs: NEVER_MS,
  blindFewMs: NEVER_MS,
  auditPauseMs: 1,
};

/**
 * A seed of the model as a real one, alone in its world: puppets with the keys of all others do to it what the model says.
 * So whatever it hears is of the trace, and only what comes of it is its own.
 */
export class Ward {
  readonly #world: World;
  readonly #host: Host;
  readonly #configuration: Configuration;
  /** The other seeds, by their numbers in the model; 0 is a stranger. */
  readonly #voters = new Map<number, Puppet>();
  readonly #seeds: readonly Puppet[];
  readonly #stranger: Puppet;
  readonly #others: readonly Puppet[];
  readonly #peer: Puppet;
  readonly #notary: Notary;
  readonly #voted = new Set<string>();
  #seed: Seed;
  #ear: Ear = "clear";
  #cases = 0;

  /** @param number which seed of the model it is. It knows its time, and the other members. */
  constructor(number: number) {
    const latency = { minMs: 1, maxMs: 5 };
    const frameSent = (host: string, frame: Uint8Array): void => this.#sent(host, frame);
    this.#world = new World({ seed: number, signatures: "hash", latency, frameSent });
    const hosts = Array.from({ length: SEEDS }, (_, index) => this.#world.host(`seed ${index + 1}`));
    const seeds = hosts.map(({ signer, address }) => ({ id: signer.id, address }));
    this.#configuration = new Configuration({ seeds, faulty: FAULTY });
    this.#host = hosts[number - 1] as Host;
    for (const [index, host] of hosts.entries())
      if (host !== this.#host) this.#voters.set(index + 1, this.#puppet(host, "seed"));
    this.#seeds = [...this.#voters.values()];
    this.#notary = new Notary(this.#configuration, this.#seeds);
    this.#others = Array.from({ length: OTHERS }, (_, index) =>
      this.#puppet(this.#world.host(`other ${index}`), "peer"),
    );
    this.#peer = this.#puppet(this.#world.host("peer"), "peer");
    this.#stranger = this.#puppet(this.#world.host("stranger"), "peer");
    this.#voters.set(0, this.#stranger);
    for (const puppet of this.#seeds) puppet.keep(this.#host);
    this.#seed = this.#boot();
    this.meet(0);
    for (const tick of [1, 2, 3]) this.hearTick(tick);
    const isAdded = { rank: 2, content: "a" };
    for (const other of this.#others)
      this.#say(CERTIFICATES.encode({ certificates: [this.#notary.certificate(other, isAdded, 3, false)] }));
    for (const member of [...this.#others, this.#peer]) member.incarnation = this.#notary.incarnationOf(1);
  }

  /** What it holds. */
  get sight(): Sight {
    const held = this.#seed.ledger.standing(this.#peer.id)?.certificate.fact;
    const holds = held === undefined ? "" : factText(this.#notary.read(this.#peer, held));
    return { tick: this.#seed.tick, holds, voted: [...this.#voted].toSorted() };
  }

  /** Time goes by. */
  pass(hours: number): void {
    this.#world.run(hours * HOUR_MS);
  }

  /** It is killed and starts again, and meets a quorum in this tick. */
  restart(tick: number): void {
    this.#host.crash();
    this.#seed = this.#boot();
    this.meet(tick);
  }

  /** It has exchanges with so many seeds that, itself counted, they are a quorum. They hold this tick. */
  meet(tick: number): void {
    this.hearTick(tick);
    for (const puppet of this.#seeds.slice(0, this.#configuration.quorum - 1)) puppet.meet(this.#host);
    this.#world.run(MOMENT_MS);
  }

  /** A tick reaches it. */
  hearTick(tick: number): void {
    if (tick > 0) this.#say(TICK.encode(this.#notary.tick(tick)));
  }

  /** How it can hear the peer from now on. */
  listen(ear: Ear): void {
    this.#ear = ear;
    this.#peer.isSilent = ear !== "clear";
    for (const other of this.#others) other.isSilent = ear === "blind";
  }

  /** The peer is in this life from now on. */
  live(life: number): void {
    this.#peer.incarnation = this.#notary.incarnationOf(life);
  }

  /** The peer registers the life that it is in. */
  register(life: number, content: string): void {
    this.#world.run(RELAY_MS);
    const registration = this.#notary.registration(this.#peer, life, content);
    this.#say(RELAY.encode({ registration, address: registration.address }));
    this.#world.run(DIAL_MS);
  }

  /** It looks for the life that it lists, since another seed has a case; then that ends, since the peer answers. */
  look(): void {
    const incarnation = this.#seed.ledger.standing(this.#peer.id)?.incarnation ?? 0;
    const nonce = this.#host.random.bytes(32);
    const [before, ear] = [this.#cases, this.#ear];
    this.#say(EVIDENCE.encode({ victim: this.#peer.id, incarnation, nonce, accusations: [] }));
    this.#world.run(LOOK_MS);
    this.listen("clear");
    this.#until(() => this.#cases > before, CASE_MS);
    this.listen(ear);
  }

  /** The wish to leave a life reaches it: a stranger brings it. */
  leave(life: number): void {
    const frame = LEAVE.encode({ leave: this.#notary.leave(this.#peer, life) });
    this.#link(this.#stranger, (connection) => connection.send(frame));
  }

  /** Somebody's vote reaches it. Whose registration comes with it is dialled, in vain. */
  hear({ seed, fact, tick, onLeave }: Ballot): void {
    const voter = this.#voters.get(seed) as Puppet;
    const news = this.#notary.vote(voter, this.#peer, fact, tick, onLeave);
    const ear = this.#ear;
    if (news.registration !== undefined) this.listen("deaf");
    this.#say(VOTE.encode(news));
    if (news.registration !== undefined) this.#world.run(DIAL_MS);
    this.listen(ear);
  }

  /** A certificate reaches it. */
  learn(fact: Fact, onLeave: boolean): void {
    const certificate = this.#notary.certificate(this.#peer, fact, this.#seed.tick, onLeave);
    this.#say(CERTIFICATES.encode({ certificates: [certificate] }));
  }

  /** It hears the peer. Which vote it shows it then, as words. */
  show(): string | undefined {
    const { incarnation, lobby } = this.#peer;
    let shown: string | undefined;
    lobby.seeds.route(BUMP, ({ vote }) => {
      shown = this.#text({ vote, registration: undefined, leave: undefined });
    });
    lobby.seeds.route(STATUS, ({ nonces }, from) => {
      if (shown === undefined) from.send(POLL.encode({ incarnation, proof: this.#peer.proof(nonces) }));
    });
    this.#link(this.#peer, (connection) => connection.send(POLL.encode({ incarnation, proof: undefined })));
    return shown;
  }

  #puppet(host: Host, role: "seed" | "peer"): Puppet {
    return host.boot(() => new Puppet(host, this.#configuration, role));
  }

  #boot(): Seed {
    const seed = this.#host.boot((host) => {
      const { signer, verifier, disk, clock, random } = host;
      const ports = { signer, verifier, disk, clock, random, transport: host.transport() };
      const one = new Seed({ configuration: this.#configuration, timing: TIMING, ...ports });
      one.on("caseClosed", () => {
        this.#cases += 1;
      });
      one.open(() => undefined);
      return one;
    });
    this.#until(() => this.#seeds.every((puppet) => puppet.linkWith(this.#host)?.isOpen === true), CASE_MS);
    // Both ends may have dialled.
    this.#world.run(MOMENT_MS);
    return seed;
  }

  /** A puppet of a seed says it. Where that costs it the link, as a stranger's vote does, it comes again. */
  #say(frame: Uint8Array): void {
    const [speaker] = this.#seeds as readonly [Puppet];
    speaker.linkWith(this.#host)?.send(frame);
    this.#world.run(MOMENT_MS);
    this.#until(() => speaker.linkWith(this.#host)?.isOpen === true, CASE_MS);
  }

  /** A puppet of a peer has a link for a moment. */
  #link({ lobby }: Puppet, use: (connection: Connection) => void): void {
    const { address, signer } = this.#host;
    lobby.dial(address, { expect: signer.id });
    this.#until(() => lobby.seeds.get(signer.id) !== undefined, CASE_MS);
    use(lobby.seeds.get(signer.id) as Connection);
    this.#world.run(2 * MOMENT_MS);
    lobby.seeds.get(signer.id)?.close();
    this.#world.run(MOMENT_MS);
  }

  #sent(host: string, frame: Uint8Array): void {
    if (frame[0] !== Kind.vote || host !== this.#host.name) return;
    const news = VOTE.decode(frame);
    if ("vote" in news && news.vote.fact.peer === this.#peer.id) this.#voted.add(this.#text(news));
  }

  #text({ vote, leave }: VoteNews): string {
    const fact = this.#notary.read(this.#peer, vote.fact);
    return voteText({ fact, tick: vote.tick, onLeave: leave !== undefined });
  }

  #until(condition: () => boolean, maxMs: number): void {
    if (!this.#world.runUntil(condition, maxMs)) throw new Error(`nothing came of it within ${maxMs} ms`);
  }
}
