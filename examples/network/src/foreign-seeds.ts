import type { Council } from "@p2p/consensus";
import { P2PError } from "@p2p/identity";
import type { Address, CloseReason, Lobby } from "@p2p/wire";
import type { Print } from "./transcript.ts";

/**
 * The seeds that answer, but not as the config file wants it. Another key may go as it came; another network or version
 * does not pass by waiting: once the others are no quorum any more, `hopeless` is told.
 */
export class ForeignSeeds {
  readonly #council: () => Pick<Council, "seeds" | "size" | "quorum" | "entry">;
  readonly #print: Print;
  readonly #hopeless: (error: P2PError) => void;
  readonly #refusals = new Set<Address>();
  /** What was said last about each. */
  readonly #warnings = new Map<Address, string>();

  /** @param council who the seeds are now. */
  constructor(
    lobby: Lobby,
    council: () => Pick<Council, "seeds" | "size" | "quorum" | "entry">,
    print: Print,
    hopeless: (error: P2PError) => void,
  ) {
    this.#council = council;
    this.#print = print;
    this.#hopeless = hopeless;
    lobby.on("missed", ({ address, reason }) => this.#missed(address, reason));
    lobby.seeds.on("joined", ({ id }) => {
      const address = council().entry(id)?.address;
      if (address === undefined) return;
      this.#refusals.delete(address);
      this.#warnings.delete(address);
    });
  }

  #missed(address: Address, reason: CloseReason): void {
    const { seeds, size, quorum } = this.#council();
    if (!seeds.some((seed) => seed.address === address)) return;
    if (reason.kind === "mistaken") return this.#warn(address, `is not who it should be: ${reason.detail}`);
    if (reason.kind !== "rejected" || (reason.code !== "network" && reason.code !== "version")) return;
    this.#refusals.add(address);
    this.#warn(address, `turns this node away: ${reason.detail}`);
    const lost = seeds.filter((seed) => this.#refusals.has(seed.address)).length;
    if (size - lost < quorum) this.#hopeless(mismatch(address, reason.code, reason.detail));
  }

  #warn(address: Address, what: string): void {
    if (this.#warnings.get(address) === what) return;
    this.#warnings.set(address, what);
    this.#print(`WARNING: the seed at ${address} ${what}`);
  }
}

function mismatch(address: Address, code: "network" | "version", detail: string): P2PError {
  const fix =
    code === "network"
      ? `is of another network: ${detail}; take over the config file of that network`
      : `speaks another version of the protocol: it says "${detail}"; run the same release as the seeds`;
  return new P2PError("NETWORK_MISMATCH", `the seed at ${address} ${fix}`);
}
