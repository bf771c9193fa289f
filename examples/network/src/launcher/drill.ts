import { EventEmitter } from "eventemitter3";
import type { Notice } from "../messages.ts";
import type { Cluster } from "./cluster.ts";
import { Deliveries } from "./deliveries.ts";
import type { NodeProcess } from "./node-process.ts";
import { Removals } from "./removals.ts";

export interface DrillEvents {
  /** Something was done to a peer; the words are for people. */
  done: [what: string];
}

/** How soon a restarted peer is started again: well inside the 5 s that it may be away. */
const RESTART_AFTER_MS = 500;

/**
 * Does things to the peers of a cluster, and keeps the books: what was published, what arrived, who was removed and
 * why.
 */
export class Drill extends EventEmitter<DrillEvents> {
  readonly deliveries: Deliveries = new Deliveries();
  readonly removals: Removals = new Removals();
  /** Processes that ended by themselves, as sentences. */
  readonly crashes: string[] = [];
  readonly #cluster: Cluster;
  readonly #runs = new Map<NodeProcess, number>();
  #publishing = false;

  constructor(cluster: Cluster) {
    super();
    this.#cluster = cluster;
    cluster.on("notice", (node, notice) => this.#heard(node, notice));
    cluster.on("exited", (node) => this.#ended(node));
    cluster.on("crashed", (node, how) => this.crashes.push(`${node.name} ended by itself: ${how}`));
  }

  /** From now on every peer publishes, later ones as soon as they are linked. */
  publish(): void {
    this.#publishing = true;
    for (const peer of this.#cluster.livePeers) peer.order({ kind: "publish" });
  }

  /** Nobody publishes any more. */
  hush(): void {
    this.#publishing = false;
    for (const peer of this.#cluster.livePeers) peer.order({ kind: "hush" });
  }

  /** Starts one more peer. */
  add(): void {
    const peer = this.#cluster.addPeer();
    this.#cluster.restart(peer);
    this.emit("done", `${peer.name} added`);
  }

  kill(peer: NodeProcess): void {
    this.#suffers(peer, "killed");
    peer.kill();
  }

  freeze(peer: NodeProcess): void {
    this.#suffers(peer, "frozen");
    peer.freeze();
    this.#ended(peer);
  }

  leave(peer: NodeProcess): void {
    this.#suffers(peer, "left");
    peer.stop(true, 5000);
  }

  /** SIGKILL, and a start at the same address with the same data soon after. */
  restart(peer: NodeProcess): void {
    this.#suffers(peer, "restarted");
    peer.once("exited", () => setTimeout(() => this.#cluster.restart(peer), RESTART_AFTER_MS));
    peer.kill();
  }

  /** Whether all that was done to the peers has had its consequences. */
  isSettled(): boolean {
    return this.removals.areComplete(this.#cluster.seeds.map(({ name }) => name));
  }

  /** A random peer that is alive, if there is one. */
  pickVictim(): NodeProcess | undefined {
    const candidates = this.#cluster.livePeers.filter(({ linked, endExpected }) => linked && !endExpected);
    return candidates[Math.floor(Math.random() * candidates.length)];
  }

  #suffers(peer: NodeProcess, fault: "killed" | "frozen" | "left" | "restarted"): void {
    if (peer.id === undefined) return;
    this.removals.suffers(peer.id, peer.plan.address, fault, Date.now());
    this.emit("done", `${peer.name} ${fault}`);
  }

  #heard(node: NodeProcess, notice: Notice): void {
    switch (notice.kind) {
      case "published":
        return this.deliveries.published(notice.message, this.#runOf(node), this.#linkedRuns(), notice.at);
      case "delivered":
        return this.deliveries.delivered(notice.message, this.#runOf(node));
      case "removed":
        return this.removals.removed(notice.peer, notice.address, node.name, notice.at);
      case "linked":
        if (this.#publishing) node.order({ kind: "publish" });
        return;
      case "ready":
        return this.removals.cameBack(notice.id, Date.now());
      case "status":
    }
  }

  #linkedRuns(): string[] {
    return this.#cluster.livePeers.filter(({ linked }) => linked).map((peer) => this.#runOf(peer));
  }

  #runOf(node: NodeProcess): string {
    return `${node.name}#${this.#runs.get(node) ?? 0}`;
  }

  #ended(node: NodeProcess): void {
    this.deliveries.ended(this.#runOf(node), Date.now());
    this.#runs.set(node, (this.#runs.get(node) ?? 0) + 1);
  }
}
