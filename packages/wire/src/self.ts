import {
  createSigner,
  type PeerId,
  type Signer,
  verifier as systemVerifier,
  type Verifier,
} from "@p2p/identity";
import { type Address, isWildcard, parseAddress } from "./address.ts";
import { type Clock, systemClock } from "./clock.ts";
import type { Local } from "./link-set.ts";
import type { LobbyOptions } from "./lobby-options.ts";
import { type Random, systemRandom } from "./random.ts";

/** What the lobby shares with everything that stands in it; the addresses are known only once it listens. */
export class Self implements Local {
  readonly id: PeerId;
  readonly signer: Signer;
  readonly verifier: Verifier;
  readonly networkId: Uint8Array;
  readonly clock: Clock;
  readonly random: Random;
  bound: Address | undefined;
  advertised: Address | undefined;

  constructor(options: LobbyOptions, networkId: Uint8Array) {
    this.signer = options.signer ?? createSigner();
    this.id = this.signer.id;
    this.verifier = options.verifier ?? systemVerifier;
    this.networkId = networkId;
    this.clock = options.clock ?? systemClock;
    this.random = options.random ?? systemRandom;
    if (options.advertise !== undefined) this.advertised = parseAddress(options.advertise);
  }

  get address(): Address | undefined {
    if (this.advertised !== undefined) return this.advertised;
    return this.bound === undefined || isWildcard(this.bound) ? undefined : this.bound;
  }
}
