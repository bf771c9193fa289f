import type { SeedTiming } from "@p2p/seed";
import { ASSIGNMENT_TIMING, LAN_TIMING } from "@p2p/seed";
import type { HostFailure } from "@p2p/sim";
import { sample } from "@p2p/wire";
import { type Duty, dutiesOwed } from "./duties.ts";
import { GroundTruth } from "./ground-truth.ts";
import type { Published } from "./invariants/gossip.ts";
import { Misfortunes } from "./misfortunes.ts";
import { Network } from "./network.ts";
import type { TrialObserver } from "./observer.ts";
import type { Plan } from "./plan.ts";
import { Rules } from "./rules.ts";
import type { Violation } from "./violation.ts";

/** How a trial ended. */
export interface Verdict {
  readonly plan: Plan;
  /** Empty: nothing that must not happen has happened, and everything owed was done. */
  readonly violations: readonly Violation[];
  readonly figures: Figures;
}

/** What a trial counted. */
export interface Figures {
  /** Virtual seconds in all, and until the network had come together. */
  readonly seconds: number;
  readonly bootstrapSeconds: number;
  /** Virtual seconds from the last fault's end until nothing was owed any more. */
  readonly recoverySeconds: number;
  /** Lives that seeds voted out, of which the owner could be heard neither by a quorum nor at all, and the like. */
  readonly removals: number;
  readonly messages: number;
  readonly deliveries: number;
}

/** How far a trial is. */
export interface Progress {
  /**
   * `arrival`: peers come one after the other. `together`: all that came find each other, and each other's seeds.
   * `trouble`: strikes fall. `duties`: all is healed, and the network does what it owes. `afterwards`: nothing may
   * happen any more.
   */
  readonly phase: "arrival" | "together" | "trouble" | "duties" | "afterwards";
  /** Virtual milliseconds of this phase that are over, and all that it may take. */
  readonly atMs: number;
  readonly ofMs: number;
}

/** How the trial is watched beside its own checks. */
export interface TrialOptions {
  /** Who else watches: what they find wrong is in the verdict, too. */
  readonly observers?: readonly TrialObserver[] | undefined;
  /** Gets a line for everything that happens in the world; see `WorldOptions.trace`. */
  readonly trace?: ((line: string) => void) | undefined;
  /** Told about once a virtual second, more often while the network comes together, between two steps of the world, where real time may be read. */
  readonly progress?: ((progress: Progress) => void) | undefined;
  /** Ends the world as soon as this rule is broken. */
  readonly stopAt?: string | undefined;
  /** Real signatures cost most of the time; a keyed hash does where nobody forges any. Default `"hash"`. */
  readonly signatures?: "ed25519" | "hash";
}

const BOOTSTRAP_MS = 180_000;
/** How long a network has for its duties once nothing is wrong any more, in the slower pace. */
const DUTIES_MS = 600_000;
const LOOK_MS = 1000;
const PUBLISH_MS = 2000;
/** Only what was published so shortly before the end of all trouble is owed to everybody: nothing is stored for ever. */
const OWED_MS = 240_000;
/** Links that each peer looks for. */
export const OVERLAY_M = 3;
/** The overlay's default. */
const CAP = 64;

/**
 * Runs one world by its plan: lets a network come together, strikes it, watches that nothing happens that must not,
 * then heals everything and demands what is owed. The same plan gives the same verdict.
 */
export class Trial {
  readonly plan: Plan;
  readonly network: Network;
  readonly #rules: Rules = new Rules({ m: OVERLAY_M, cap: CAP });
  readonly #truth: GroundTruth;
  readonly #misfortunes: Misfortunes;
  readonly #timing: SeedTiming;
  readonly #progress: ((progress: Progress) => void) | undefined;
  readonly #stopAt: string | undefined;

  constructor(plan: Plan, options: TrialOptions = {}) {
    const { observers = [], trace, signatures = "hash" } = options;
    this.plan = plan;
    this.#progress = options.progress;
    this.#stopAt = options.stopAt;
    this.#timing = plan.pace === "lan" ? LAN_TIMING : ASSIGNMENT_TIMING;
    this.network = new Network({
      seed: plan.seed,
      seeds: plan.seeds,
      faulty: plan.faulty,
      hasOperator: plan.strikes.some(({ fault }) => fault === "change"),
      peers: plan.arrivalMs === 0 ? plan.peers : 0,
      pace: plan.pace,
      loss: plan.loss,
      m: OVERLAY_M,
      supervised: true,
      signatures,
      observers: [...this.#rules.observers, ...observers],
      onFailure: (failure) => this.#threw(failure),
      ...(trace === undefined ? {} : { trace }),
    });
    this.#truth = new GroundTruth(this.network);
    this.#misfortunes = new Misfortunes(this.network, this.#truth, observers);
    this.#rules.membership.begin(this.network, this.#truth, {
      heardMs: graceMs(this.#timing),
      blindMs: this.#timing.caseAgeMs + this.#timing.witnessMs,
      againMs: 2 * plan.seeds * this.#timing.pollMs,
    });
  }

  /** Runs it all. Once. */
  run(): Verdict {
    const bootstrapSeconds = this.#comeTogether();
    this.#publishNowAndThen();
    this.#misfortunes.order(this.plan.strikes);
    this.#pass(this.plan.minutes * 60_000, "trouble");
    const recoverySeconds = this.#recover();
    return {
      plan: this.plan,
      violations: this.network.findings.all,
      figures: this.#figures(bootstrapSeconds, recoverySeconds),
    };
  }

  #comeTogether(): number {
    const { network } = this;
    this.#arrive();
    const begun = network.world.now;
    const ofMs = BOOTSTRAP_MS * (this.plan.pace === "lan" ? 0.5 : 1);
    const looked = (): void => this.#progress?.({ phase: "together", atMs: network.world.now - begun, ofMs });
    if (!network.settle(ofMs, looked))
      for (const { rule, detail, hosts } of dutiesOwed(network, [], OVERLAY_M))
        network.findings.add(`bootstrap: ${rule}`, detail, hosts);
    this.#truth.changed();
    network.look();
    return network.world.now / 1000;
  }

  /** Unless all were there from the beginning. */
  #arrive(): void {
    const { arrivalMs, peers } = this.plan;
    const { world } = this.network;
    const missing = peers - this.network.peerHosts.length;
    for (let index = 0; index < missing; index++)
      world.after(index * arrivalMs, () => void this.network.addPeer());
    this.#pass(missing * arrivalMs, "arrival");
  }

  #publishNowAndThen(): void {
    const { world } = this.network;
    let number = 0;
    const publish = (): void => {
      for (const host of sample(this.network.live, 2, world.random))
        this.network.publish(host, `${number++}`);
      world.after(PUBLISH_MS, publish);
    };
    publish();
  }

  /** Lets time pass: at most `ms`, until `isOver`, asked now and each second. */
  #pass(ms: number, phase: Progress["phase"], isOver: () => boolean = () => false): void {
    const { world } = this.network;
    const begun = world.now;
    for (const end = begun + ms; world.now < end && !this.#isDecided && !isOver(); ) {
      world.run(Math.min(LOOK_MS, end - world.now));
      this.network.look();
      this.#progress?.({ phase, atMs: world.now - begun, ofMs: ms });
    }
  }

  /** Whether all that was to be known is known. */
  get #isDecided(): boolean {
    return this.#stopAt !== undefined && this.network.findings.has(this.#stopAt);
  }

  /** Heals everything, and lets time pass until nothing is owed, and for as long again as a wrong removal may need to come out. */
  #recover(): number {
    if (this.#isDecided) return 0;
    const { world } = this.network;
    this.#misfortunes.heal();
    const begun = world.now;
    const messages = this.#messagesOwed(begun);
    const owed = (): readonly Duty[] => dutiesOwed(this.network, messages, OVERLAY_M);
    const scale = this.plan.pace === "lan" ? 0.25 : 1;
    this.#pass(scale * DUTIES_MS, "duties", () => owed().length === 0);
    const seconds = (world.now - begun) / 1000;
    for (const { rule, detail, hosts } of owed()) this.network.findings.add(rule, detail, hosts);
    this.#pass(graceMs(this.#timing), "afterwards");
    return seconds;
  }

  #messagesOwed(now: number): readonly Published[] {
    return [...this.#rules.gossip.messages.values()].filter(({ atMs }) => now - atMs <= OWED_MS);
  }

  #figures(bootstrapSeconds: number, recoverySeconds: number): Figures {
    const { books, world } = this.network;
    const removed = new Set(
      books.removals
        .filter(({ reason }) => reason === "dead")
        .map(({ peer, incarnation }) => `${peer}:${incarnation}`),
    );
    const messages = [...this.#rules.gossip.messages.values()];
    return {
      seconds: world.now / 1000,
      bootstrapSeconds,
      recoverySeconds,
      removals: removed.size,
      messages: messages.length,
      deliveries: messages.reduce((sum, { heardBy }) => sum + heardBy.size, 0),
    };
  }

  #threw(failure: HostFailure): void {
    this.network.findings.add("nothing throws", failure.message, [failure.host]);
  }
}

/** Whom a quorum's veto could hear for so long cannot be voted out: a whole case, and the two ticks whose votes count together. */
function graceMs({ tickMs, caseAgeMs, probeMs, witnessMs }: SeedTiming): number {
  return 2 * tickMs + caseAgeMs + probeMs + witnessMs;
}
