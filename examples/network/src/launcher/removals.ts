import type { PeerId } from "@p2p/identity";
import type { Address } from "@p2p/wire";

/** What was done to a peer. */
export type Fault = "killed" | "frozen" | "left" | "restarted";

/** A peer that something was done to, and which seeds have removed it since. */
export interface Casualty {
  readonly peer: PeerId;
  readonly address: Address;
  readonly fault: Fault;
  /** Wall time in milliseconds. */
  readonly at: number;
  /** Seconds from the fault to its removal, by the seed's name. */
  readonly removedAfter: Map<string, number>;
  /** Seconds from the fault until it was a member again; none while it is not. */
  backAfter: number | undefined;
}

/** A removal that nothing explains. */
export interface FalseRemoval {
  readonly peer: PeerId;
  readonly address: Address;
  readonly seed: string;
}

/** Holds the seeds' removals against what was done to the peers. */
export class Removals {
  readonly casualties: Casualty[] = [];
  readonly falseRemovals: FalseRemoval[] = [];

  /** Something is done to `peer`. What it suffered before has been settled then. */
  suffers(peer: PeerId, address: Address, fault: Fault, at: number): void {
    this.casualties.push({ peer, address, fault, at, removedAfter: new Map(), backAfter: undefined });
  }

  /** `peer` is a member: if it was restarted, again. */
  cameBack(peer: PeerId, at: number): void {
    const casualty = this.casualties.findLast((one) => one.peer === peer);
    if (casualty?.fault === "restarted") casualty.backAfter ??= (at - casualty.at) / 1000;
  }

  /** A seed's list lost `peer`. */
  removed(peer: PeerId, address: Address, seed: string, at: number): void {
    const casualty = this.casualties.findLast((one) => one.peer === peer);
    if (!casualty || casualty.fault === "restarted") this.falseRemovals.push({ peer, address, seed });
    else if (!casualty.removedAfter.has(seed)) casualty.removedAfter.set(seed, (at - casualty.at) / 1000);
  }

  /** Whether every removal that has to come has come, at every one of `seeds`, and who was restarted is back. */
  areComplete(seeds: readonly string[]): boolean {
    return this.casualties.every(({ fault, removedAfter, backAfter }) =>
      fault === "restarted" ? backAfter !== undefined : seeds.every((seed) => removedAfter.has(seed)),
    );
  }

  /** When the last fault was, in wall time; undefined when there was none. */
  get lastAt(): number | undefined {
    return this.casualties.at(-1)?.at;
  }
}
