import type { PeerId } from "@p2p/identity";
import type { Address, Cancel, Connection } from "@p2p/wire";
import { Pulse, type PulseLimits } from "./pulse.ts";

/** A node that there is, or just was, a member link with. */
export class Neighbour {
  readonly id: PeerId;
  readonly pulse: Pulse;
  /** Where it says that it can be dialled. */
  readonly listen: Address | undefined;
  /** Wall time of its last sign of life, in milliseconds. */
  lastSeen: number;
  /** `undefined` once the link broke. */
  connection: Connection | undefined;
  /** Takes back the redial that is under way. */
  cancelRedial: Cancel | undefined;
  /** Whether that one began before the link broke. */
  isRedialledForMiss = false;
  /** Others reach it: if its redial fails, the link is given up. */
  isReachedByOthers = false;
  #cancels: Cancel[] = [];

  constructor(connection: Connection, limits: PulseLimits, wallTime: number) {
    this.id = connection.id;
    this.connection = connection;
    this.listen = connection.remote.listen;
    this.pulse = new Pulse(limits);
    this.lastSeen = wallTime;
  }

  /** Remembers what was ordered for the next ping, in place of what was remembered before. */
  schedule(...cancels: Cancel[]): void {
    this.rest();
    this.#cancels = cancels;
  }

  /** No more pings. */
  rest(): void {
    for (const cancel of this.#cancels) cancel();
  }
}
