import { ALIVE, signProofOfLife } from "@p2p/consensus";
import { Allowance, type Connection, type Lobby } from "@p2p/wire";

/** Proofs signed for one asker, a minute: a seed's case needs no more than a few. */
const PROOFS_A_MINUTE = 120;

/**
 * Proves to whoever asks that this node lives: member or not, since probes are answered before membership. At most 120
 * times a minute for one asker; there is no limit for all together, because a stranger could use it up.
 */
export class VitalSign {
  readonly #lobby: Lobby;
  readonly #incarnation: () => number;
  readonly #allowance = new Allowance({ max: PROOFS_A_MINUTE, perMs: 60_000 });

  /** @param incarnation this node's own, as it is now. */
  constructor(lobby: Lobby, incarnation: () => number) {
    this.#lobby = lobby;
    this.#incarnation = incarnation;
  }

  /** Signs `nonces` and sends the proof back; false when the asker has had its share, or does not take it. */
  show(nonces: readonly Uint8Array[], to: Connection): boolean {
    const { clock, id, networkId, signer } = this.#lobby.local;
    if (!this.#allowance.take(to.id, clock.now())) return false;
    const proof = signProofOfLife({ peer: id, incarnation: this.#incarnation(), nonces }, networkId, signer);
    return to.send(ALIVE.encode({ proof }));
  }
}
