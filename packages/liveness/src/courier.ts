import type { PeerId } from "@p2p/identity";
import type { Cancel, Connection, DialOutcome } from "@p2p/wire";
import type { Surroundings } from "./surroundings.ts";

/** Most members that are being visited at a time. */
const ERRANDS_MAX = 256;
/** Most frames that wait for one member to answer the door. */
const FRAMES_MAX = 16;

/**
 * Brings frames to members: over a link that stands, else over a probe link of its own, dialled at the address the
 * directory lists. That one stays a while, for the answer and for the next frame. What cannot be delivered is dropped;
 * so is what would be one of more than 256 visits or 16 waiting frames.
 */
export class Courier {
  readonly #around: Surroundings;
  readonly #lingerMs: number;
  readonly #errands = new Map<PeerId, Errand>();

  constructor(around: Surroundings) {
    this.#around = around;
    // A monitor answers when it has looked, and it may first have to ask for the electorate.
    this.#lingerMs = around.timing.monitorCheckMs * 2;
    around.lobby.probes.on("left", (connection) => this.#left(connection));
  }

  send(to: PeerId, frame: Uint8Array): void {
    const { links, probes } = this.#around.lobby;
    if (links.get(to)?.send(frame) || this.#errands.get(to)?.send(frame) || probes.get(to)?.send(frame))
      return;
    if (!this.#errands.has(to)) this.#visit(to, frame);
  }

  /** Ends all visits. */
  stop(): void {
    for (const id of this.#errands.keys()) this.#end(id);
  }

  #visit(to: PeerId, frame: Uint8Array): void {
    const { lobby, directory, timing } = this.#around;
    const address = directory.find(to)?.address;
    if (address === undefined || this.#errands.size >= ERRANDS_MAX) return;
    const cancelDial = lobby.dial(address, {
      purpose: "probe",
      expect: to,
      timeoutMs: timing.helperTimeoutMs,
      done: (outcome) => this.#arrived(to, outcome),
    });
    this.#errands.set(to, new Errand(frame, cancelDial));
  }

  #arrived(to: PeerId, outcome: DialOutcome): void {
    const errand = this.#errands.get(to);
    if (errand === undefined) return;
    if ("failed" in outcome) {
      this.#errands.delete(to);
      return;
    }
    const { clock } = this.#around.lobby.local;
    errand.arrive(
      outcome.connection,
      clock.after(this.#lingerMs, () => this.#end(to)),
    );
  }

  #left(connection: Connection): void {
    if (this.#errands.get(connection.id)?.connection === connection) this.#end(connection.id);
  }

  #end(id: PeerId): void {
    const errand = this.#errands.get(id);
    this.#errands.delete(id);
    errand?.end();
  }
}

/** A visit to one member: under way, with frames to deliver, or there. */
class Errand {
  connection: Connection | undefined;
  #waiting: Uint8Array[];
  #cancel: Cancel;

  constructor(first: Uint8Array, cancelDial: Cancel) {
    this.#waiting = [first];
    this.#cancel = cancelDial;
  }

  /** False when the frame is not taken. */
  send(frame: Uint8Array): boolean {
    if (this.connection !== undefined) return this.connection.send(frame);
    if (this.#waiting.length >= FRAMES_MAX) return false;
    this.#waiting.push(frame);
    return true;
  }

  /** @param cancelEnd takes back what was ordered for the end of the visit. */
  arrive(connection: Connection, cancelEnd: Cancel): void {
    this.connection = connection;
    this.#cancel = cancelEnd;
    for (const frame of this.#waiting.splice(0)) connection.send(frame);
  }

  end(): void {
    this.#cancel();
    this.connection?.close();
  }
}
