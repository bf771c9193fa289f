import {
  beats,
  CERTIFICATES,
  type Certificate,
  type Council,
  certificateTick,
  type Ledger,
  type Registration,
  type Vote,
  verifyVote,
} from "@p2p/consensus";
import type { P2PError, PeerId } from "@p2p/identity";
import { type Cancel, type Connection, every, type Lobby } from "@p2p/wire";
import { BUMP, REGISTER_ANSWER, type Status } from "../frames.ts";
import { Enrolment, type EnrolmentPorts } from "./enrolment.ts";
import type { SeedClientEvents } from "./events.ts";
import { inUse, mismatched, stopped } from "./faults.ts";
import type { LastWord } from "./incarnation-file.ts";
import type { ListKeeper } from "./list-keeper.ts";
import { readOwnFact } from "./own-fact.ts";
import { Parting } from "./parting.ts";
import type { Poller } from "./poller.ts";
import { Rebirth } from "./rebirth.ts";
import { Renewal } from "./renewal.ts";
import type { SeedLinks } from "./seed-links.ts";
import { Shortage } from "./shortage.ts";
import { ShownVotes } from "./shown-votes.ts";

/** What a {@link Tenure} stands on. */
export interface TenurePorts extends EnrolmentPorts {
  readonly ledger: Ledger;
  readonly lists: ListKeeper;
  /** Reads what this peer remembers. */
  read(done: (error: P2PError | undefined, word: LastWord | undefined) => void): void;
}

/** Hands an event to whoever listens. */
export type Tell = <E extends keyof SeedClientEvents>(event: E, ...news: SeedClientEvents[E]) => void;

/** How often a registration that is under way looks whether something is due. */
const PURSUE_MS = 250;
/** How long registering again waits after this machine's own trouble. */
const STALLED_MS = 10_000;

/** Where a peer stands with its network. */
export type Phase = "idle" | "registering" | "member" | "rejoining" | "leaving" | "left" | "stopped";

/**
 * A peer's own membership, from registering to leaving: what it said of itself, what the seeds certified of that, and
 * what follows when the two do not fit.
 */
export class Tenure {
  readonly #ports: TenurePorts;
  readonly #lobby: Lobby;
  readonly #configuration: Council;
  readonly #links: SeedLinks;
  readonly #poller: Poller;
  readonly #lists: ListKeeper;
  readonly #ledger: Ledger;
  readonly #tell: Tell;
  readonly #rebirth: Rebirth;
  readonly #renewal: Renewal;
  readonly #shortage: Shortage;
  readonly #parting: Parting;
  #shown: ShownVotes;
  #phase: Phase = "idle";
  /** The newest registration that this process sent. */
  #mine: Registration | undefined;
  /** The life in which it is listed, or was last. */
  #life: number | undefined;
  #enrolment: Enrolment | undefined;
  #registered: ((error?: P2PError) => void) | undefined;
  #cancelPursuit: Cancel | undefined;

  /** @throws TypeError when REGISTER_ANSWER, LEAVE_RECEIPT or BUMP has a route on `lobby.seeds` already. */
  constructor(ports: TenurePorts, tell: Tell) {
    this.#ports = ports;
    this.#lobby = ports.lobby;
    this.#configuration = ports.configuration;
    this.#links = ports.links;
    this.#poller = ports.poller;
    this.#lists = ports.lists;
    this.#ledger = ports.ledger;
    this.#tell = tell;
    this.#rebirth = new Rebirth(ports.lobby.local.clock, ports.timing.rebirthMinMs, () =>
      this.#enrol(this.incarnation, false),
    );
    this.#renewal = new Renewal(ports.timing.leaseTicks, ports.lobby.local.random);
    this.#shortage = new Shortage(ports.timing.waitingEveryMs);
    this.#parting = new Parting(ports);
    this.#shown = new ShownVotes(ports.configuration);
    const { seeds } = ports.lobby;
    seeds.route(REGISTER_ANSWER, (answer, { id }) => this.#enrolment?.heardAnswer(answer, id));
    seeds.route(BUMP, ({ vote }) => this.#accused(vote));
  }

  get phase(): Phase {
    return this.#phase;
  }

  /** The incarnation that this process announced last. */
  get incarnation(): number | undefined {
    return this.#mine?.incarnation;
  }

  /** See `SeedClient.incarnation`: at once after a restart, since this process is what answers for its key now. */
  get spoken(): number | undefined {
    return this.incarnation ?? (this.#isIn ? this.#enrolment?.incarnation : undefined);
  }

  /** See `SeedClient.life`. */
  get life(): number | undefined {
    return this.isMember ? this.#life : this.incarnation;
  }

  /** See `SeedClient.isMember`. */
  get isMember(): boolean {
    return this.#isIn && this.#isListed(this.#life);
  }

  /** This peer's own ADD, while it is a member. */
  get certificate(): Certificate | undefined {
    return this.isMember ? this.#ledger.standing(this.#lobby.id)?.certificate : undefined;
  }

  /** See `SeedClient.register`. */
  register(done: (error?: P2PError) => void): void {
    if (this.#phase !== "idle") throw new TypeError(`cannot register: this client is ${this.#phase}`);
    if (this.#lobby.bound === undefined) throw new TypeError("the lobby has to listen first");
    this.#phase = "registering";
    this.#registered = done;
    // What an earlier attempt said is history.
    this.#mine = undefined;
    this.#life = undefined;
    this.#shortage.forget();
    this.#ports.read((error, word) => {
      if (this.#phase !== "registering") return;
      if (error !== undefined) return this.#fail(error);
      this.#enrol(this.#lastOf(word), true);
      this.#keepPursuing();
    });
  }

  /** See `SeedClient.leave`. */
  leave(done: (receipts: number) => void): void {
    const isIn = this.#isIn;
    // A renewal that is under way may be certified after this: both lives leave.
    const [life, ...more] = new Set([this.life, this.incarnation].filter((each) => each !== undefined));
    this.#settle();
    this.#conclude(stopped("this peer leaves"));
    if (!isIn || life === undefined) {
      if (isIn) this.#phase = "left";
      return void this.#lobby.local.clock.after(0, () => done(0));
    }
    this.#phase = "leaving";
    this.#parting.leave([life, ...more], (receipts) => {
      if (this.#phase === "leaving") this.#phase = "left";
      done(receipts);
    });
  }

  /** See `SeedClient.backSoon`. */
  backSoon(withinMs: number): Uint8Array | undefined {
    return this.#parting.backSoon(this.isMember ? this.life : undefined, withinMs);
  }

  /** Ends it all, without leaving. */
  close(): void {
    if (this.#phase === "stopped") return;
    this.#halt();
    this.#conclude(stopped("the client was closed"));
    this.#parting.conclude();
  }

  /** Seeds came or went, or some time has passed: does what is due. */
  pursue(): void {
    if (this.#phase === "registering" || this.#phase === "rejoining") {
      this.#lists.pursue();
      this.#complain();
    }
    if (this.#isIn) this.#enrolment?.pursue();
  }

  /** It is later now: the lease may be due for renewal, or over. */
  ticked(): void {
    const isIdle = this.#enrolment === undefined && !this.#rebirth.isOrdered;
    if (!this.#isIn || this.#life === undefined) return;
    if (!this.isMember) return isIdle ? this.#ejected() : this.#lost();
    if (this.#phase !== "member" || !isIdle || !this.#renewal.isDue(this.#ledger.tick)) return;
    this.#enrol(this.incarnation, false);
    this.#keepPursuing();
  }

  /** Others are the seeds now. */
  reconfigured(): void {
    this.#shown = new ShownVotes(this.#configuration);
    if (!this.#isIn) return;
    this.#renewal.hasten(this.#ledger.tick);
    this.#links.want(this.#configuration.quorum);
    this.pursue();
  }

  /** A seed said how this peer stands, and its certificate has been looked at. */
  heardStatus(status: Status, from: Connection): void {
    const own = this.certificate;
    // Any holder of a certificate can finish the decision.
    if (own !== undefined && (status.certificate === undefined || beats(own, status.certificate)))
      from.send(CERTIFICATES.encode({ certificates: [own] }));
    this.#enrolment?.heardStatus(status, from.id);
  }

  /** Somebody brought a genuine certificate about this peer's own key. Before the first REG that is history. */
  heardOfSelf(certificate: Certificate): void {
    if (this.#mine === undefined || this.#phase === "idle" || this.#phase === "stopped") return;
    const isGoing = this.#phase === "leaving" || this.#phase === "left";
    switch (readOwnFact(certificate, this.#mine, this.#configuration.networkId)) {
      case "history":
        return this.isMember ? undefined : this.#lost();
      case "certified":
        return this.#ledger.isVoid(certificate) ? this.#ejected() : this.#certified();
      case "removed":
        return this.#ejected();
      case "left":
        // Nobody but the holder of the key signs a leave.
        return isGoing ? this.#parting.conclude() : this.#usurped(certificate);
      case "foreign":
        // Who goes does not mind who comes after him.
        return isGoing ? undefined : this.#usurped(certificate);
    }
  }

  get #isIn(): boolean {
    return this.#phase === "registering" || this.#phase === "member" || this.#phase === "rejoining";
  }

  #isListed(life: number | undefined): boolean {
    return life !== undefined && this.#ledger.isMember(this.#lobby.id, life);
  }

  #lastOf(word: LastWord | undefined): number | undefined {
    // A file of another key says nothing about this one.
    return word?.registration.peer === this.#lobby.id ? word.incarnation : undefined;
  }

  #enrol(last: number | undefined, asksFirst: boolean): void {
    const owner = {
      announced: (registration: Registration) => this.#announced(registration),
      rejected: (rejection: SeedClientEvents["rejected"][0]) => this.#tell("rejected", rejection),
      delayed: (delay: SeedClientEvents["delayed"][0]) => this.#tell("delayed", delay),
      failed: (error: P2PError, why: "hopeless" | "surroundings") => this.#enrolFailed(error, why),
    };
    this.#enrolment = new Enrolment(this.#ports, owner, last, asksFirst);
    this.#links.want(this.#configuration.quorum);
    this.pursue();
  }

  #announced(registration: Registration): void {
    this.#mine = registration;
    this.#rebirth.born();
  }

  #keepPursuing(): void {
    this.#cancelPursuit ??= every(
      this.#lobby.local.clock,
      () => PURSUE_MS,
      () => this.pursue(),
    );
  }

  /** Says what is wrong when too few seeds can be reached. */
  #complain(): void {
    const { size, registrars } = this.#configuration;
    const strangers = this.#links.strangers;
    if (this.#phase === "registering" && size - strangers.length < registrars)
      return this.#fail(mismatched(strangers));
    const { missing } = this.#links;
    const now = this.#lobby.local.clock.now();
    if (this.#shortage.isToBeTold(missing.length, size - registrars, now)) this.#tell("waiting", { missing });
  }

  #certified(): void {
    if (!this.#isIn || !this.#isListed(this.incarnation) || this.#enrolment === undefined) return;
    this.#life = this.incarnation;
    this.#shown.clear();
    const { certificate } = this;
    if (certificate !== undefined)
      this.#renewal.draw(certificateTick(certificate, this.#configuration.faulty));
    this.#dropEnrolment();
    this.#poller.start();
    this.#lists.keep();
    this.#links.want(this.#configuration.quorum);
    if (this.#phase === "registering") this.#lists.gather((grey) => this.#complete(grey));
    else {
      const event = this.#phase === "member" ? "renewed" : "rejoined";
      this.#enter(() => this.#tell(event, { incarnation: this.incarnation ?? 0 }));
    }
  }

  #complete(grey: ReadonlySet<PeerId>): void {
    // Voted out while it read: the union is gathered again once it is back.
    if (!this.isMember) return;
    const peers = [...this.#ledger.members()].filter(({ peer }) => peer !== this.#lobby.id);
    this.#enter(() => {
      this.#tell("registered", { incarnation: this.incarnation ?? 0, peers, grey });
      this.#conclude();
    });
  }

  #enter(tell: () => void): void {
    this.#phase = "member";
    this.#cancelPursuit?.();
    this.#cancelPursuit = undefined;
    tell();
  }

  /** Voted out alive: back with a higher incarnation. */
  #ejected(): void {
    if (!this.#isIn) return;
    if (this.#rebirth.isOrdered) return this.#lost();
    if (this.#phase === "member") this.#phase = "rejoining";
    this.#dropEnrolment();
    this.#rebirth.order();
    this.#keepPursuing();
    this.#tell("selfRemoved", { incarnation: this.incarnation ?? 0 });
  }

  /** Listed no longer, while a new registration is on its way already: that is what brings it back. */
  #lost(): void {
    if (this.#phase !== "member") return;
    this.#phase = "rejoining";
    this.#tell("selfRemoved", { incarnation: this.#life ?? 0 });
  }

  /** A seed shows a vote against this life. Enough of them are as good as a removal that waits to be completed. */
  #accused(vote: Vote): void {
    const { fact, seed } = vote;
    const { id, clock, verifier } = this.#lobby.local;
    const isAgainstMe = fact.kind === "remove" && fact.peer === id && fact.incarnation === this.#life;
    const isIdle = this.#enrolment === undefined && !this.#rebirth.isOrdered;
    if (this.#phase !== "member" || !isAgainstMe || !isIdle) return;
    if (!this.#shown.has(seed) && !verifyVote(vote, this.#configuration, verifier)) return;
    this.#shown.show(seed);
    if (this.#shown.take(clock.now())) this.#bump();
  }

  /** Leaves a life behind that others could end. */
  #bump(): void {
    this.#rebirth.order();
    this.#keepPursuing();
    this.#tell("bumped", { incarnation: this.incarnation ?? 0, votes: this.#shown.size });
  }

  #enrolFailed(error: P2PError, why: "hopeless" | "surroundings"): void {
    if (this.#phase === "registering") return this.#fail(error);
    // Who was a member goes on asking: the seeds may come to reach it again.
    if (why === "hopeless") return;
    this.#dropEnrolment();
    this.#rebirth.order(STALLED_MS);
    this.#tell("stalled", { error });
  }

  #usurped(certificate: Certificate): void {
    const error = inUse(certificate);
    this.#halt();
    this.#conclude(error);
    this.#parting.conclude();
    this.#tell("identityInUse", { error, certificate });
  }

  /** Registering came to nothing; it may be tried anew. */
  #fail(error: P2PError): void {
    this.#settle();
    this.#phase = "idle";
    this.#links.want(0);
    this.#conclude(error);
  }

  #halt(): void {
    this.#settle();
    this.#phase = "stopped";
    this.#links.close();
  }

  /** Ends whatever goes on by itself. */
  #settle(): void {
    this.#dropEnrolment();
    this.#cancelPursuit?.();
    this.#cancelPursuit = undefined;
    this.#rebirth.cancel();
    this.#poller.stop();
    this.#lists.close();
  }

  #dropEnrolment(): void {
    this.#enrolment?.finish();
    this.#enrolment = undefined;
  }

  /** Answers a pending {@link register}, after what is going on now. */
  #conclude(error?: P2PError): void {
    const done = this.#registered;
    this.#registered = undefined;
    if (done !== undefined) this.#lobby.local.clock.after(0, () => done(error));
  }
}
