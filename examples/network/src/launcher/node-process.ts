import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import type { PeerId } from "@p2p/identity";
import type { Address } from "@p2p/wire";
import { EventEmitter } from "eventemitter3";
import type { Notice, Order, PeerStatus, SeedStatus } from "../messages.ts";
import { FrozenGuard } from "./frozen-guard.ts";

/** Which program a process runs, and how. */
export interface NodePlan {
  readonly role: "seed" | "peer";
  readonly address: Address;
  /** The bundled program. */
  readonly program: string;
  readonly args: readonly string[];
}

export interface NodeProcessEvents {
  notice: [notice: Notice];
  /** A line that the node printed; `fault` when it was on its standard error. */
  line: [line: string, fault: boolean];
  /** The process is gone. */
  exited: [how: string];
}

/** One node in a process of its own. After its end it may be started again, as the same node. */
export class NodeProcess extends EventEmitter<NodeProcessEvents> {
  readonly plan: NodePlan;
  /** Known once it is ready; the same after a restart. */
  id: PeerId | undefined;
  /** Its own last word on how it stands, while it runs and can be asked again. */
  status: PeerStatus | SeedStatus | undefined;
  linked = false;
  frozen = false;
  /** Whether its end, if it ends, is what somebody ordered. */
  endExpected = false;
  /** What it printed last on its standard error; after a failure, why. */
  complaint: string | undefined;
  #child: ChildProcess | undefined;
  #guard: FrozenGuard | undefined;

  constructor(plan: NodePlan) {
    super();
    this.plan = plan;
  }

  /** `seed 6000`, `peer 7001`. */
  get name(): string {
    return `${this.plan.role} ${this.plan.address.slice(this.plan.address.lastIndexOf(":") + 1)}`;
  }

  get isRunning(): boolean {
    return this.#child !== undefined;
  }

  start(): void {
    const { program, args } = this.plan;
    const child = spawn(process.execPath, ["--enable-source-maps", program, ...args], {
      stdio: ["ignore", "pipe", "pipe", "ipc"],
    });
    [this.linked, this.frozen, this.endExpected] = [false, false, false];
    [this.status, this.complaint] = [undefined, undefined];
    this.#child = child;
    child.on("message", (notice) => this.#heard(notice as Notice));
    child.on("error", () => undefined); // an order that crossed the process' end; "close" tells the rest
    child.on("close", (code, signal) => this.#ended(signal ?? `exit code ${code}`));
    this.#read(child.stdout as Readable, false);
    this.#read(child.stderr as Readable, true);
  }

  order(order: Order): void {
    if (this.#child?.connected) this.#child.send(order);
  }

  /** SIGKILL: it gets no chance to say goodbye. */
  kill(): void {
    this.endExpected = true;
    this.#child?.kill("SIGKILL");
  }

  /** SIGSTOP: its ports stay open, and nobody answers. */
  freeze(): void {
    if (this.#child?.pid === undefined) return;
    [this.frozen, this.status] = [true, undefined];
    this.#guard = new FrozenGuard(this.#child.pid);
    this.#child.kill("SIGSTOP");
  }

  /** Asks it to end politely, and ends it for good after `patienceMs`. */
  stop(leave: boolean, patienceMs: number): void {
    const child = this.#child;
    if (!child) return;
    this.endExpected = true;
    if (this.frozen) return void child.kill("SIGKILL");
    this.order({ kind: "stop", leave });
    const timer = setTimeout(() => child.kill("SIGKILL"), patienceMs);
    child.once("close", () => clearTimeout(timer));
  }

  #read(stream: Readable, fault: boolean): void {
    createInterface({ input: stream }).on("line", (line) => {
      if (fault) this.complaint = line;
      this.emit("line", line, fault);
    });
  }

  #heard(notice: Notice): void {
    if (notice.kind === "ready") this.id = notice.id;
    if (notice.kind === "linked") this.linked = true;
    if (notice.kind === "status") this.status = notice.status;
    this.emit("notice", notice);
  }

  #ended(how: string): void {
    this.#guard?.dismiss();
    this.#guard = undefined;
    this.#child = undefined;
    [this.linked, this.status] = [false, undefined];
    this.emit("exited", how);
  }
}
