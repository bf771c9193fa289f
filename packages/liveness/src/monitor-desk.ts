import { type Accuse, verifyAccusation } from "@p2p/consensus";
import { Allowance, type Connection } from "@p2p/wire";
import type { Surroundings } from "./surroundings.ts";
import type { Suspects } from "./suspects.ts";
import type { VitalSign } from "./vital-sign.ts";

/** Accusations that are looked at from one accuser, a minute: as many as one who suspects 64 and repeats himself sends. */
const ACCUSATIONS_A_MINUTE = 256;

/** What a {@link MonitorDesk} works with. */
export interface MonitorDeskPorts {
  readonly around: Surroundings;
  readonly suspects: Suspects;
  readonly vitalSign: VitalSign;
  /** Whether a member said goodbye lately. */
  readonly isExcused: (id: Accuse["accusation"]["victim"]) => boolean;
  /** Wall time of a member's last sign of life, in milliseconds; 0 for never. */
  readonly lastSeenOf: (id: Accuse["accusation"]["victim"]) => number;
}

/**
 * Takes in what others accuse members of. Each accuser speaks for itself, over its own link, so nobody can bring up old
 * accusations of others; both have to be members, and the accused life the one that is listed.
 */
export class MonitorDesk {
  readonly #ports: MonitorDeskPorts;
  readonly #allowance = new Allowance({ max: ACCUSATIONS_A_MINUTE, perMs: 60_000 });

  constructor(ports: MonitorDeskPorts) {
    this.#ports = ports;
  }

  /** Looks at an accusation. A bad signature ends the connection: nobody else can have sent it. */
  hear({ accusation, nonce }: Accuse, from: Connection): void {
    const { around, suspects, vitalSign, isExcused, lastSeenOf } = this.#ports;
    const { clock, id, networkId, verifier } = around.lobby.local;
    const { victim, incarnation, accuser } = accusation;
    if (accuser !== from.id || !this.#allowance.take(from.id, clock.now())) return;
    if (victim === id) return void vitalSign.show([nonce], from);
    if (around.directory.find(accuser) === undefined) return;
    if (around.directory.find(victim)?.incarnation !== incarnation || isExcused(victim)) return;
    if (!verifyAccusation(accusation, networkId, verifier)) {
      return from.blame("forged", "ACCUSE with a bad signature");
    }
    suspects.charge(accusation, nonce, lastSeenOf(victim));
  }
}
