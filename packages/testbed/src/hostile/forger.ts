import { BATCH, BATCH_PAYLOADS_MAX, type Batch, signBatch } from "@p2p/gossip";
import type { PeerId } from "@p2p/identity";
import { REGISTER } from "@p2p/seed";
import type { Host } from "@p2p/sim";
import { every, Kind, Malformed } from "@p2p/wire";
import type { Network } from "../network.ts";
import { Hostile } from "./hostile.ts";

const AGAIN_MS = 1000;

/**
 * A member that links itself with everybody, and answers the first message it hears of somebody with that one's next
 * messages, signed by itself, to every other peer. Who looks at the signature first loses nothing by it.
 */
export class Forger {
  readonly #network: Network;
  readonly #hostile: Hostile;
  readonly #hasForged = new Set<PeerId>();

  constructor(network: Network, host: Host) {
    this.#network = network;
    this.#hostile = new Hostile(network, host);
    const incarnation = Math.floor(host.clock.wallTime() / 1000);
    this.#hostile.incarnation = incarnation;
    const register = REGISTER.encode({ registration: this.#hostile.registration(incarnation) });
    this.#hostile.on(Kind.batch, (frame) => this.#heard(frame));
    every(
      host.clock,
      () => AGAIN_MS,
      () => this.#approach(register),
    );
  }

  /** Becomes a member, then everybody's neighbour. */
  #approach(register: Uint8Array): void {
    const { id, lobby } = this.#hostile;
    this.#hostile.linkSeeds();
    if (this.#network.liveSeeds.some(({ ledger }) => ledger.isMember(id))) {
      for (const { address, signer } of this.#network.live)
        if (lobby.links.get(signer.id) === undefined) lobby.dial(address, { expect: signer.id });
    } else {
      for (const seed of lobby.seeds) seed.send(register);
    }
  }

  #heard(frame: Uint8Array): void {
    const batch = BATCH.decode(frame);
    if (batch instanceof Malformed || this.#hasForged.has(batch.origin)) return;
    this.#hasForged.add(batch.origin);
    const forged = BATCH.encode(this.#next(batch));
    const others = [...this.#hostile.lobby.links].filter(({ id }) => id !== batch.origin);
    for (const link of others.filter((_, index) => index % 2 === 0)) link.send(forged);
  }

  #next({ origin, incarnation, firstSequence, at, payloads }: Batch): Batch {
    const text = new TextEncoder().encode("forged");
    return signBatch(
      {
        origin,
        incarnation,
        at,
        firstSequence: firstSequence + payloads.length,
        payloads: Array.from({ length: BATCH_PAYLOADS_MAX }, () => text),
      },
      this.#network.configuration.networkId,
      this.#hostile.signer,
    );
  }
}
