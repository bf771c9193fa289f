import type { Signer, Verifier } from "@p2p/identity";
import {
  type Address,
  type Clock,
  type Disk,
  type LinkLimits,
  type Random,
  splitAddress,
  type Transport,
} from "@p2p/wire";
import { type DiskPace, SimDisk } from "./disk.ts";
import { HostFailure } from "./failure.ts";
import type { Faults, Losses } from "./faults.ts";
import { Life, type Witness } from "./life.ts";
import type { Machine, Network } from "./network.ts";
import { Platter } from "./platter.ts";
import type { SeededRandom } from "./seeded-random.ts";
import type { Signatures } from "./signatures.ts";
import type { Timeline } from "./timeline.ts";
import { SimTransport } from "./transport.ts";
import { withTripWire } from "./trip-wire.ts";
import { type ClockSetting, VirtualClock } from "./virtual-clock.ts";

/** What runs on a host: called at each boot, it builds its node from the host's ports and starts it. */
export type Program<R = unknown> = (host: Host) => R;

/** For the compiler: no program returns a promise. What stands there instead of one is read in its complaint. */
export type NoPromise<R> = [R] extends [Awaited<R>]
  ? unknown
  : "programs are written with callbacks: an await never gets its turn";

/** What a program may return, so that {@link Host.stop} can ask it to go. */
export interface Stoppable {
  /** Says goodbye; calls `exited` when nothing is left to do. */
  stop(exited: () => void): void;
}

/** One host of a world. All but `address` has a default. */
export interface HostOptions {
  /** Default: an address of its own in 10.0.0.0/8, port 7000. */
  readonly address?: Address;
  /** Error of its wall clock, in milliseconds. Default 0. */
  readonly wallOffsetMs?: number;
  /** Speed of its clocks. Default 1. */
  readonly clockRate?: number;
  /** Limits of its transports; what is missing is the world's. */
  readonly linkLimits?: Partial<LinkLimits>;
}

/** What a host needs of its world. */
export interface Surroundings {
  readonly timeline: Timeline;
  readonly network: Network;
  readonly faults: Faults;
  readonly random: SeededRandom;
  readonly signatures: Signatures;
  readonly diskPace: DiskPace;
  readonly linkLimits: Partial<LinkLimits>;
  readonly epochMs: number;
  readonly witness: Witness;
}

/** What a program has of its host, for as long as it lives. */
interface Ports {
  readonly life: Life;
  readonly clock: Clock;
  readonly chance: SeededRandom;
  readonly random: Random;
  disk: SimDisk;
}

/** Wait of {@link Host.stop} before it turns into a crash, as a supervisor would do it. */
const STOP_GRACE_MS = 10_000;

/**
 * A machine with one program. It is up from the start, so its ports may also be used without a program. What belongs
 * to a program (clock, random, disk, transports) is new after each boot, and dead after a crash.
 */
export class Host implements Machine {
  readonly name: string;
  readonly address: Address;
  readonly number: number;
  readonly ip: string;
  readonly port: number;
  /** What outlives a crash; damage the disk here. */
  readonly platter: Platter;
  readonly #around: Surroundings;
  readonly #limits: Partial<LinkLimits>;
  readonly #clockSetting: ClockSetting;
  #ports: Ports;
  #boots = 0;
  #signer: Signer | undefined;
  #program: Program | undefined;
  #running: unknown;

  /** Made by `World.host`. */
  constructor(name: string, number: number, address: Address, options: HostOptions, around: Surroundings) {
    this.name = name;
    this.number = number;
    this.address = address;
    const { host, port } = splitAddress(address);
    this.ip = host;
    this.port = port;
    this.#around = around;
    this.#limits = { ...around.linkLimits, ...options.linkLimits };
    this.#clockSetting = { wallOffsetMs: options.wallOffsetMs ?? 0, clockRate: options.clockRate ?? 1 };
    this.platter = new Platter(around.random.fork(`platter ${name}`));
    this.#ports = this.#live();
  }

  get clock(): Clock {
    return this.#ports.clock;
  }

  /** Chance of its own; another stream after each boot. */
  get random(): Random {
    return this.#ports.random;
  }

  /** Its disk; a fresh one once the last was closed. The files, and means to damage them, are at {@link platter}. */
  get disk(): Disk {
    if (this.#ports.disk.isClosed && this.isUp)
      this.#ports.disk = this.#openDisk(this.#ports.life, this.#ports.chance);
    return this.#ports.disk;
  }

  /** The host's key, which follows from the world's seed and the host's name. */
  get signer(): Signer {
    this.#signer ??= this.signerFrom(this.#around.random.fork(`key ${this.name}`).bytes(32));
    return this.#signer;
  }

  /** A signer of this world's kind: its key follows from 32 secret bytes, read during the call. */
  signerFrom(secret: Uint8Array): Signer {
    return this.#around.signatures.signer(secret);
  }

  get verifier(): Verifier {
    return this.#around.signatures.verifier;
  }

  /** Whether it is up; a frozen or vanished host is. */
  get isUp(): boolean {
    return !this.#ports.life.over;
  }

  get isFrozen(): boolean {
    return this.#ports.life.frozen;
  }

  /** A new way into the network. It may listen once, at this host's address or another port of it. */
  transport(limits: Partial<LinkLimits> = {}): Transport {
    return new SimTransport(this.#around.network, this.#ports.life, this, { ...this.#limits, ...limits });
  }

  /**
   * Starts a program, whose result it returns.
   * @throws TypeError when one is running, or when it returns a promise: an `await` never gets its turn. HostFailure
   *   when the program throws; the host is down then.
   */
  boot<R>(program: Program<R> & NoPromise<R>): R {
    if (this.#running !== undefined)
      throw new TypeError(`${this.name} runs a program already: crash or stop it first`);
    if (!this.isUp) this.#ports = this.#live();
    this.#program = program;
    this.#note("boot", String(this.#boots));
    const running = this.#start(program);
    this.#running = running ?? true;
    return running;
  }

  /**
   * Asks the program to go: its `stop(exited)` is called, if it has one. Its life ends when it calls `exited`, or
   * after `graceMs` (default 10 s) in any case; at once when it has none.
   */
  stop(graceMs: number = STOP_GRACE_MS): void {
    const { life } = this.#ports;
    const exit = (): void => this.#end(life, "exit");
    this.#note("stop", "");
    if (!isStoppable(this.#running)) return exit();
    const running = this.#running;
    life.after(graceMs, exit);
    life.call(() => withTripWire(() => running.stop(exit)));
  }

  /**
   * Ends the program at once: no callback of it ever runs again, its port refuses, the far ends of its links see
   * "broken", and of what it did not sync a part is lost, as when the power fails. Twice does nothing.
   */
  crash(): void {
    this.#end(this.#ports.life, "crash");
  }

  /**
   * Boots the last program again: same address, same key, the disk as the crash left it. Crashes it first if it is up.
   * @throws TypeError when there was never a program.
   */
  restart(): void {
    if (this.#program === undefined) throw new TypeError(`${this.name} has no program to restart: boot one`);
    this.crash();
    this.boot(this.#program);
  }

  /**
   * Stops the program in its tracks (SIGSTOP, or an event loop that one long task blocks): nothing of it runs, but its
   * system still accepts dials and frames, as far as buffers go. After {@link thaw} the timers that came due run first,
   * in their order; then comes what has arrived.
   */
  freeze(): void {
    this.#note("freeze", "");
    this.#ports.life.freeze();
  }

  thaw(): void {
    this.#note("thaw", "");
    this.#ports.life.thaw();
  }

  /** Pulls the cable: the program runs on, nothing reaches it and nothing leaves; dials to it get no answer. */
  vanish(): void {
    this.#note("vanish", "");
    this.#around.faults.vanish(this.number);
    this.#around.network.faultsChanged();
  }

  /** Plugs the cable in again. */
  reappear(): void {
    this.#note("reappear", "");
    this.#around.faults.reappear(this.number);
    this.#around.network.faultsChanged();
  }

  /**
   * Makes its own network bad: of what comes in, and of what goes out, such a share is lost, beside what the weather
   * takes. A share of 1 is a cut in that direction; `{}` makes all well again.
   * @throws RangeError on a share outside [0, 1].
   */
  lose(losses: Losses): void {
    this.#note("lose", `in ${losses.in ?? 0} out ${losses.out ?? 0}`);
    this.#around.faults.lose(this.number, losses);
    this.#around.network.faultsChanged();
  }

  /** A new, empty disk. Best while the host is down: a program that is up does not expect it. */
  wipeDisk(): void {
    this.#note("wipe", "");
    this.platter.wipe();
  }

  /** Moves its wall clock by `byMs`, either way; intervals do not notice. */
  shiftWallClock(byMs: number): void {
    this.#note("shift", String(byMs));
    this.#clockSetting.wallOffsetMs += byMs;
  }

  #start<R>(program: Program<R>): R {
    let running: R;
    try {
      running = withTripWire(() => program(this));
    } catch (error) {
      this.crash();
      throw new HostFailure(this.name, this.#around.timeline.now, error);
    }
    if (!isPromise(running)) return running;
    this.crash();
    running.then(undefined, () => undefined); // what it throws later is told by nobody
    throw new TypeError(`${this.name}: programs are written with callbacks: an await never gets its turn`);
  }

  #live(): Ports {
    const { timeline, random, witness, epochMs } = this.#around;
    this.#boots += 1;
    const life = new Life(this.name, timeline, witness);
    const chance = random.fork(`host ${this.name}`).fork(`boot ${this.#boots}`);
    const clock = new VirtualClock(life, this.#clockSetting, epochMs);
    return { life, clock, chance, random: chance.fork("program"), disk: this.#openDisk(life, chance) };
  }

  #openDisk(life: Life, chance: SeededRandom): SimDisk {
    return new SimDisk(life, this.platter, this.#around.diskPace, chance.fork("disk"));
  }

  #end(life: Life, kind: "crash" | "exit"): void {
    if (life.over) return;
    this.#note(kind, "");
    this.#running = undefined;
    life.end();
    if (kind === "crash") this.platter.crash();
  }

  #note(kind: string, detail: string): void {
    this.#around.witness.note(this.name, kind, detail);
  }
}

function isStoppable(running: unknown): running is Stoppable {
  return typeof (running as Partial<Stoppable> | null | undefined)?.stop === "function";
}

function isPromise(running: unknown): running is PromiseLike<unknown> {
  return typeof (running as Partial<PromiseLike<unknown>> | null | undefined)?.then === "function";
}
