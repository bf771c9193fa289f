import { type Lobby, splitAddress } from "@p2p/wire";
import type { Print } from "./transcript.ts";

const SAY_EVERY_MS = 10_000;

/** Says when somebody calls who speaks something else than this node, TLS or plain TCP; once in 10 s at most. */
export class ForeignCallers {
  #saidAt = -Infinity;

  constructor(lobby: Lobby, print: Print) {
    lobby.on("turnedAway", ({ address, reason }) => {
      // Others fail at the door all the time: they are killed, or give up.
      if (reason.kind !== "mistaken" || !/\bspeaks?\b/.test(reason.detail)) return;
      if (performance.now() - this.#saidAt < SAY_EVERY_MS) return;
      this.#saidAt = performance.now();
      print(`WARNING: a caller from ${splitAddress(address).host} was turned away: ${reason.detail}`);
    });
  }
}
