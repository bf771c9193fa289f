import type { Address } from "@p2p/wire";
import { EventEmitter } from "eventemitter3";
import type { Notice, PeerStatus, SeedStatus } from "../messages.ts";
import { NodeProcess } from "./node-process.ts";

/** How the nodes of a cluster are run. */
export interface ClusterPlan {
  readonly seeds: readonly Address[];
  /** First port of the peers; each next one takes the next. */
  readonly peerPort: number;
  readonly seedProgram: string;
  readonly peerProgram: string;
  /** The command line of a node, from its role and address. */
  args(role: "seed" | "peer", address: Address): readonly string[];
}

export interface ClusterEvents {
  notice: [node: NodeProcess, notice: Notice];
  line: [node: NodeProcess, line: string, fault: boolean];
  /** A process ended that nobody ended. */
  crashed: [node: NodeProcess, how: string];
  exited: [node: NodeProcess];
}

const STATUS_PATIENCE_MS = 5000;
const STOP_PATIENCE_MS = 6000;

/** The processes of all nodes. */
export class Cluster extends EventEmitter<ClusterEvents> {
  readonly seeds: readonly NodeProcess[];
  readonly peers: NodeProcess[] = [];
  readonly #plan: ClusterPlan;
  #nextPort: number;
  #isStopping = false;

  constructor(plan: ClusterPlan) {
    super();
    this.#plan = plan;
    this.#nextPort = plan.peerPort;
    this.seeds = plan.seeds.map((address) => this.#make("seed", address));
  }

  get nodes(): readonly NodeProcess[] {
    return [...this.seeds, ...this.peers];
  }

  /** Peers that run, and were not frozen. */
  get livePeers(): readonly NodeProcess[] {
    return this.peers.filter((peer) => peer.isRunning && !peer.frozen);
  }

  /** Makes one more peer, at the next port. It is not started. */
  addPeer(): NodeProcess {
    const peer = this.#make("peer", `127.0.0.1:${this.#nextPort++}` as Address);
    this.peers.push(peer);
    return peer;
  }

  /**
   * Starts `nodes` and waits until `isReady` holds for each, one of them has ended, or `patienceMs` have passed.
   * @returns what went wrong, as a sentence, if anything did.
   */
  async start(
    nodes: readonly NodeProcess[],
    isReady: (node: NodeProcess) => boolean,
    patienceMs: number,
  ): Promise<string | undefined> {
    for (const node of nodes) node.start();
    const late = (): readonly NodeProcess[] => nodes.filter((node) => !isReady(node));
    const ended = (): readonly NodeProcess[] => nodes.filter(({ isRunning }) => !isRunning);
    await this.#until(() => late().length === 0 || ended().length > 0 || this.#isStopping, patienceMs);
    return this.#isStopping ? undefined : complaintOf(ended(), late(), patienceMs);
  }

  /** Starts a node of this cluster once more, unless all are being stopped. */
  restart(node: NodeProcess): void {
    if (!this.#isStopping) node.start();
  }

  /** Asks every node that can answer how it stands; see {@link NodeProcess.status}. */
  async askStatus(): Promise<void> {
    const asked = this.nodes.filter(({ isRunning, frozen }) => isRunning && !frozen);
    for (const node of asked) {
      node.status = undefined;
      node.order({ kind: "status" });
    }
    await this.#until(() => asked.every(({ status, isRunning }) => status || !isRunning), STATUS_PATIENCE_MS);
  }

  /** Nodes that should have answered {@link askStatus}, and did not. */
  get silent(): readonly NodeProcess[] {
    return this.nodes.filter(({ isRunning, frozen, status }) => isRunning && !frozen && !status);
  }

  statusOfSeeds(): readonly SeedStatus[] {
    return this.seeds.flatMap(({ status }) => (status?.role === "seed" ? [status] : []));
  }

  statusOfPeers(): readonly PeerStatus[] {
    return this.peers.flatMap(({ status }) => (status?.role === "peer" ? [status] : []));
  }

  /** Ends all processes: the peers first, so that the seeds are still there to say goodbye to. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    for (const group of [this.peers, this.seeds]) {
      for (const node of group) node.stop(false, STOP_PATIENCE_MS);
      await this.#until(() => group.every(({ isRunning }) => !isRunning), STOP_PATIENCE_MS + 2000);
    }
  }

  #make(role: "seed" | "peer", address: Address): NodeProcess {
    const program = role === "seed" ? this.#plan.seedProgram : this.#plan.peerProgram;
    const node = new NodeProcess({ role, address, program, args: this.#plan.args(role, address) });
    node.on("notice", (notice) => this.emit("notice", node, notice));
    node.on("line", (line, fault) => this.emit("line", node, line, fault));
    node.on("exited", (how) => {
      if (!node.endExpected) this.emit("crashed", node, how);
      this.emit("exited", node);
    });
    return node;
  }

  /** Waits for news until `holds`, or until `patienceMs` have passed. */
  async #until(holds: () => boolean, patienceMs: number): Promise<void> {
    if (holds()) return;
    await new Promise<void>((resolve) => {
      const look = (): void => {
        if (holds()) end();
      };
      const end = (): void => {
        clearTimeout(timer);
        this.off("notice", look);
        this.off("exited", look);
        resolve();
      };
      const timer = setTimeout(end, patienceMs);
      this.on("notice", look);
      this.on("exited", look);
    });
  }
}

function complaintOf(
  ended: readonly NodeProcess[],
  late: readonly NodeProcess[],
  patienceMs: number,
): string | undefined {
  const [dead] = ended;
  if (dead)
    return `${dead.name} did not start: ${dead.complaint?.replace(/^error: /, "") ?? "it said nothing"}`;
  if (late.length === 0) return undefined;
  const names = late.map(({ name }) => name).join(", ");
  const role = late[0]?.plan.role;
  return role === "seed"
    ? `${names} did not find enough other seeds within ${patienceMs / 1000} s`
    : `${names} found no neighbour within ${patienceMs / 1000} s`;
}
