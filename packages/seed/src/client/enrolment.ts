import { type Council, type Registration, signRegistration } from "@p2p/consensus";
import type { PeerId } from "@p2p/identity";
import { type Address, type Lobby, P2PError } from "@p2p/wire";
import { REGISTER, type RegisterAnswer, type Status } from "../frames.ts";
import { Application, type Rejection } from "./application.ts";
import { refused } from "./faults.ts";
import { nextIncarnation } from "./incarnation.ts";
import type { IncarnationFile } from "./incarnation-file.ts";
import { ownAddress } from "./own-address.ts";
import type { Poller } from "./poller.ts";
import type { SeedLinks } from "./seed-links.ts";
import type { ClientTiming } from "./timing.ts";
import type { WorkBench } from "./work-bench.ts";

/** How often an incarnation that seeds know with other words is given up for a higher one. */
const CONTESTS_MAX = 3;
/** How long it asks as few seeds as it needs; then all, since a machine that stands still takes a dial and says nothing. */
const HASTE_MS = 1000;

/** What an {@link Enrolment} stands on. */
export interface EnrolmentPorts {
  readonly lobby: Lobby;
  readonly configuration: Council;
  readonly timing: ClientTiming;
  readonly links: SeedLinks;
  readonly poller: Poller;
  readonly file: IncarnationFile;
  readonly token: Uint8Array | undefined;
  readonly bench: WorkBench;
  /** The highest certified incarnation of this peer's key that is known. */
  certified(): number | undefined;
}

/** What an {@link Enrolment} reports. */
export interface EnrolmentOwner {
  /** The registration is on disk; from now on it is this peer's word, and on its way. */
  announced(registration: Registration): void;
  rejected(rejection: Rejection): void;
  /** A seed will look at it later; told once for each seed. */
  delayed(delay: Rejection): void;
  /** It came to nothing; `hopeless`: enough seeds said no, though they are still asked now and then. */
  failed(error: P2PError, why: "hopeless" | "surroundings"): void;
}

/**
 * One go at becoming a member: ask the seeds what they know of this key, choose an incarnation above all of it, write
 * it to disk, and only then bring the registration to the seeds, again and again. {@link pursue} carries it on.
 */
export class Enrolment {
  readonly #ports: EnrolmentPorts;
  readonly #owner: EnrolmentOwner;
  /** The last incarnation announced, as far as this machine remembers. */
  #last: number | undefined;
  #stage: Asking | "writing" | Application | "over";
  #contests = 0;
  readonly #delays = new Set<PeerId>();

  /**
   * @param last the last incarnation that this machine announced; without one only the answers of fresh seeds count.
   * @param asksFirst false: everything that there is to know is known already.
   */
  constructor(ports: EnrolmentPorts, owner: EnrolmentOwner, last: number | undefined, asksFirst: boolean) {
    this.#ports = ports;
    this.#owner = owner;
    this.#last = last;
    this.#stage = {
      answered: new Set(),
      askedAt: new Map(),
      needed: asksFirst ? ports.configuration.registrars : 0,
      since: undefined,
    };
  }

  /** The incarnation that it would announce, as far as is known now. */
  get incarnation(): number {
    const wallTime = this.#ports.lobby.local.clock.wallTime();
    return nextIncarnation({ last: this.#last, certified: this.#ports.certified(), wallTime });
  }

  /** Does what is due. To be called when seeds come or go, and every so often. */
  pursue(): void {
    if (this.#stage === "writing" || this.#stage === "over") return;
    if (this.#stage instanceof Application) this.#apply(this.#stage);
    else this.#ask(this.#stage);
  }

  /** A seed said what it knows of this key, and that has been looked at. */
  heardStatus({ fresh }: Status, seed: PeerId): void {
    const stage = this.#stage;
    if (typeof stage === "string" || stage instanceof Application) return;
    if (fresh || this.#last !== undefined) stage.answered.add(seed);
    this.pursue();
  }

  heardAnswer(answer: RegisterAnswer, seed: PeerId): void {
    const application = this.#stage;
    if (!(application instanceof Application)) return;
    const before = application.rejections.length;
    if (!application.answered(seed, answer)) return;
    const isNews = application.rejections.length > before;
    if (application.isHopeless) this.#giveUp(application);
    else this.pursue();
    const { code, detail } = answer;
    if (isNews) this.#owner.rejected({ seed, code, detail });
    if (answer.outcome !== "pending" || code === "" || this.#delays.has(seed)) return;
    this.#delays.add(seed);
    this.#owner.delayed({ seed, code, detail });
  }

  /** The registration is certified, or given up: nothing more is sent. */
  finish(): void {
    this.#stage = "over";
  }

  #ask(asking: Asking): void {
    const { lobby, configuration, timing, links, poller } = this.#ports;
    const address = ownAddress(lobby, configuration);
    if (address instanceof P2PError) return this.#fail(address);
    const now = lobby.local.clock.now();
    asking.since ??= now;
    // Without an address it may take all of them to agree on one.
    const takesAll = address === undefined || now - asking.since >= HASTE_MS;
    links.want(takesAll ? configuration.size : configuration.quorum);
    for (const seed of asking.needed === 0 ? [] : links.linked) {
      const isEarly = now - (asking.askedAt.get(seed) ?? Number.NEGATIVE_INFINITY) < timing.askAgainMs;
      if (isEarly || asking.answered.has(seed)) continue;
      asking.askedAt.set(seed, now);
      poller.poll(seed);
    }
    if (address !== undefined && asking.answered.size >= asking.needed) this.#write(address);
  }

  #write(address: Address): void {
    this.#stage = "writing";
    this.#ports.bench.work(address, (pow) => {
      if (this.#stage === "writing") this.#writeWith(address, pow);
    });
  }

  #writeWith(address: Address, pow: Uint8Array | undefined): void {
    const { file } = this.#ports;
    const { incarnation } = this;
    const registration = this.#sign(address, incarnation, pow);
    file.write({ incarnation, registration }, (error) => {
      if (this.#stage !== "writing") return;
      if (error !== undefined) return this.#fail(error);
      this.#last = incarnation;
      // What came to be known while the disk was busy is history as well.
      if ((this.#ports.certified() ?? -1) >= incarnation) this.#write(address);
      else this.#announce(registration);
    });
  }

  #sign(address: Address, incarnation: number, pow: Uint8Array | undefined): Registration {
    const { lobby, token } = this.#ports;
    const { id, networkId, signer } = lobby.local;
    return signRegistration({ peer: id, address, incarnation, token, pow }, networkId, signer);
  }

  #announce(registration: Registration): void {
    const { configuration, timing } = this.#ports;
    this.#stage = new Application(registration, configuration, timing);
    this.#owner.announced(registration);
    this.pursue();
  }

  #apply(application: Application): void {
    const { lobby, configuration, links } = this.#ports;
    const due = application.due(links.linked, lobby.local.clock.now());
    const { registration } = application;
    if (due.length > 0) {
      const frame = REGISTER.encode({ registration });
      for (const seed of due) links.send(seed, frame);
    }
    links.want(Math.max(configuration.quorum, application.wanted));
  }

  /** Enough seeds said no. */
  #giveUp(application: Application): void {
    const { incarnation, address } = application.registration;
    if (!application.isContested || this.#contests >= CONTESTS_MAX)
      return this.#owner.failed(refused(application), "hopeless");
    // An earlier run, of which nothing is left on disk, said something else in the same incarnation.
    this.#contests += 1;
    this.#last = incarnation;
    this.#write(address);
  }

  #fail(error: P2PError): void {
    this.finish();
    this.#owner.failed(error, "surroundings");
  }
}

/** Who has answered what he knows of this peer's key, and when the others were asked. */
interface Asking {
  readonly answered: Set<PeerId>;
  readonly askedAt: Map<PeerId, number>;
  /** How many have to answer. */
  readonly needed: number;
  /** Since when it looks for them. */
  since: number | undefined;
}
