import type { PeerId } from "@p2p/identity";
import type { Address } from "@p2p/wire";
import { FrozenGuard } from "../src/launcher/frozen-guard.ts";
import type { Notice, PeerStatus, SeedStatus } from "../src/messages.ts";
import { commandOf, type Place, type Program, until } from "./program.ts";

/** What makes a node. */
export interface NodePlan {
  readonly role: "seed" | "peer";
  readonly address: Address;
  readonly id: PeerId;
  /** Its key and state. */
  readonly folder: string;
  /** What follows the program's name on the command line. */
  readonly args: readonly string[];
  /** What stands before `node` on the command line, to run it elsewhere. */
  readonly prefix: readonly string[];
}

/** One node of a network, in one process after the other. */
export class Node {
  readonly plan: NodePlan;
  /** By `origin:incarnation:sequence`, when, in wall time. */
  readonly published: Map<string, number> = new Map();
  readonly delivered: Map<string, number> = new Map();
  readonly runs: Program[] = [];
  readonly #place: Place;
  #isReady = false;
  #isFrozen = false;
  #guard: FrozenGuard | undefined;
  #status: PeerStatus | SeedStatus | undefined;

  constructor(place: Place, plan: NodePlan) {
    this.#place = place;
    this.plan = plan;
  }

  get address(): Address {
    return this.plan.address;
  }

  /** It runs, and somebody there listens to it. */
  get isUp(): boolean {
    return this.isRunning && !this.#isFrozen;
  }

  get isRunning(): boolean {
    return this.process?.isOver === false;
  }

  get isReady(): boolean {
    return this.isRunning && this.#isReady;
  }

  /** The last one. */
  get process(): Program | undefined {
    return this.runs.at(-1);
  }

  /** What all its processes have printed. */
  get lines(): string[] {
    return this.runs.flatMap(({ stdout }) => stdout);
  }

  get complaints(): string[] {
    return this.runs.flatMap(({ stderr }) => stderr);
  }

  /** Starts a process. @param nodeOptions for `node` itself. */
  start(...nodeOptions: string[]): void {
    const { prefix, role, args } = this.plan;
    const program = commandOf(role, args);
    const [command = "", ...rest] = [...prefix, process.execPath, ...nodeOptions, ...program];
    this.#isReady = false;
    this.#isFrozen = false;
    const run = this.#place.spawn(command, rest, { stdio: ["pipe", "pipe", "pipe", "ipc"] });
    run.onNotice((notice) => this.#heard(notice));
    this.runs.push(run);
  }

  async ready(): Promise<void> {
    await until(() => this.#isReady || !this.isRunning, `${this.#name} to be ready`);
    if (!this.isRunning) throw new Error(`${this.#name} ended:\n${this.complaints.join("\n")}`);
  }

  /** SIGKILL, and waits for its end. */
  async kill(): Promise<void> {
    this.process?.kill("SIGKILL");
    await this.process?.ended;
  }

  /** It stops without leaving, for a restart. */
  async pause(): Promise<void> {
    this.process?.order({ kind: "stop", leave: false });
    await this.process?.ended;
  }

  /** SIGSTOP. */
  freeze(): void {
    if (this.process === undefined) return;
    this.#isFrozen = true;
    const guard = new FrozenGuard(this.process.pid);
    void this.process.ended.then(() => guard.dismiss());
    this.#guard = guard;
    this.process.kill("SIGSTOP");
  }

  /** SIGCONT. */
  thaw(): void {
    this.#isFrozen = false;
    this.#guard?.dismiss();
    this.process?.kill("SIGCONT");
  }

  /** How it stands now. */
  async status(): Promise<PeerStatus | SeedStatus> {
    this.#status = undefined;
    this.process?.order({ kind: "status" });
    await until(() => this.#status !== undefined || !this.isRunning, `an answer of ${this.#name}`);
    if (this.#status === undefined) throw new Error(`${this.#name} ended:\n${this.complaints.join("\n")}`);
    return this.#status;
  }

  get #name(): string {
    return `${this.plan.role} ${this.address}`;
  }

  #heard(notice: Notice): void {
    if (notice.kind === "ready") this.#isReady = true;
    if (notice.kind === "published") this.published.set(notice.message, notice.at);
    if (notice.kind === "delivered") this.delivered.set(notice.message, notice.at);
    if (notice.kind === "status") this.#status = notice.status;
  }
}
