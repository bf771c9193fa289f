import { WorkSearch } from "@p2p/consensus";
import type { Address, Lobby } from "@p2p/wire";

/** Tries between two turns of everything else: some milliseconds. */
const TRIES_A_TURN = 1024;

/** Does the work that seeds ask of newcomers, in turns with everything else, and once for each address. */
export class WorkBench {
  readonly #lobby: Lobby;
  readonly #bits: number;
  #done: { readonly address: Address; readonly pow: Uint8Array } | undefined;

  /** @throws RangeError unless `bits` is a whole number of 0 to 30. */
  constructor(lobby: Lobby, bits: number) {
    this.#lobby = lobby;
    this.#bits = bits;
    void this.#searchAt("0.0.0.0:0" as Address);
  }

  /** @param done gets the proof for this peer at `address`; nothing where none is asked for. At once if it is at hand. */
  work(address: Address, done: (pow: Uint8Array | undefined) => void): void {
    if (this.#bits === 0) return done(undefined);
    if (this.#done?.address === address) return done(this.#done.pow);
    this.#turn(this.#searchAt(address), (pow) => {
      this.#done = { address, pow };
      done(pow);
    });
  }

  #turn(search: WorkSearch, done: (pow: Uint8Array) => void): void {
    this.#lobby.local.clock.after(0, () => {
      const pow = search.try(TRIES_A_TURN);
      if (pow === undefined) this.#turn(search, done);
      else done(pow);
    });
  }

  #searchAt(address: Address): WorkSearch {
    const { id, networkId } = this.#lobby.local;
    return new WorkSearch({ peer: id, address }, this.#bits, networkId);
  }
}
