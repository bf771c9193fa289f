import { BACK_SOON, type Council, signBackSoon, signLeave } from "@p2p/consensus";
import type { Lobby } from "@p2p/wire";
import { LEAVE, LEAVE_RECEIPT } from "../frames.ts";
import { Farewell } from "./farewell.ts";
import type { SeedLinks } from "./seed-links.ts";
import type { ClientTiming } from "./timing.ts";

/** What a {@link Parting} stands on. */
export interface PartingPorts {
  readonly lobby: Lobby;
  readonly configuration: Council;
  readonly timing: ClientTiming;
  readonly links: SeedLinks;
}

/** How a peer says that it goes: for good, and waits for receipts; or for a while, which each life may say once. */
export class Parting {
  readonly #ports: PartingPorts;
  #farewell: Farewell | undefined;
  /** The life that has said that it will be back soon. */
  #absent: number | undefined;

  /** @throws TypeError when LEAVE_RECEIPT has a route on `lobby.seeds` already. */
  constructor(ports: PartingPorts) {
    this.#ports = ports;
    const { seeds } = ports.lobby;
    seeds.route(LEAVE_RECEIPT, ({ incarnation }, { id }) => this.#farewell?.receive(id, incarnation));
  }

  /**
   * Tells all seeds that these lives are over.
   * @param lives one or two: a renewal may be certified after this. Receipts for the first count.
   * @param done told once how many receipts came: a quorum of them, or fewer when time is up or {@link conclude} was called.
   */
  leave([life, ...more]: readonly [life: number, ...more: number[]], done: (receipts: number) => void): void {
    const { configuration, lobby, timing, links } = this.#ports;
    const { clock, id, networkId, signer } = lobby.local;
    const leaveOf = (incarnation: number) => signLeave({ peer: id, incarnation }, networkId, signer);
    const leave = leaveOf(life);
    this.#farewell = new Farewell(leave, configuration.quorum, timing.leaveTimeoutMs, clock, done);
    for (const each of [leave, ...more.map(leaveOf)]) links.sendToAll(LEAVE.encode({ leave: each }));
  }

  /** There are no receipts to wait for any more. */
  conclude(): void {
    this.#farewell?.conclude();
  }

  /**
   * Announces to the linked seeds, who tell the others, that this life is away for a while: once.
   * @param life the one that is listed; nothing while there is none.
   * @returns the announcement, for others; nothing when there is no such life, or it has announced one already.
   * @throws RangeError unless `withinMs` is 1 to 60 000.
   */
  backSoon(life: number | undefined, withinMs: number): Uint8Array | undefined {
    const { lobby, links } = this.#ports;
    const { id, networkId, signer } = lobby.local;
    const backSoon = signBackSoon({ peer: id, incarnation: life ?? 0, withinMs }, networkId, signer);
    if (life === undefined || life === this.#absent) return undefined;
    this.#absent = life;
    const frame = BACK_SOON.encode({ backSoon });
    for (const seed of links.linked) links.send(seed, frame);
    return frame;
  }
}
