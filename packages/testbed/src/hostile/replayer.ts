import { ALIVE, PROBE, type ProofOfLife } from "@p2p/consensus";
import type { PeerId } from "@p2p/identity";
import type { Host } from "@p2p/sim";
import { type Address, every, Kind, Malformed } from "@p2p/wire";
import type { Network } from "../network.ts";
import { Hostile } from "./hostile.ts";

const AGAIN_MS = 1000;

/**
 * A stranger that lets every peer prove its life to it as long as it lives, and shows the seeds these proofs when it
 * does so no longer. No seed has asked with their nonces.
 */
export class Replayer {
  readonly #network: Network;
  readonly #host: Host;
  readonly #hostile: Hostile;
  readonly #proofs = new Map<PeerId, ProofOfLife>();

  constructor(network: Network, host: Host) {
    this.#network = network;
    this.#host = host;
    this.#hostile = new Hostile(network, host);
    this.#hostile.on(Kind.alive, (frame) => this.#heard(frame));
    every(
      host.clock,
      () => AGAIN_MS,
      () => {
        this.#collect();
        this.#replay();
      },
    );
  }

  #collect(): void {
    for (const { address, signer } of this.#network.live) {
      const nonces = [this.#host.random.bytes(32)];
      this.#tell(signer.id, address, [PROBE.encode({ peer: signer.id, nonces })]);
    }
  }

  #replay(): void {
    const live = new Set(this.#network.live.map(({ signer }) => signer.id));
    const frames = [...this.#proofs.values()]
      .filter(({ peer }) => !live.has(peer))
      .map((proof) => ALIVE.encode({ proof }));
    if (frames.length === 0) return;
    for (const { id, address } of this.#network.configuration.seeds) this.#tell(id, address, frames);
  }

  #heard(frame: Uint8Array): void {
    const alive = ALIVE.decode(frame);
    if (!(alive instanceof Malformed)) this.#proofs.set(alive.proof.peer, alive.proof);
  }

  /** Over a link of its own, as long as an answer takes. */
  #tell(id: PeerId, address: Address, frames: readonly Uint8Array[]): void {
    this.#hostile.lobby.dial(address, {
      purpose: "probe",
      expect: id,
      done: (outcome) => {
        if ("failed" in outcome) return;
        const { connection } = outcome;
        for (const frame of frames) connection.send(frame);
        this.#host.clock.after(AGAIN_MS / 2, () => connection.close());
      },
    });
  }
}
