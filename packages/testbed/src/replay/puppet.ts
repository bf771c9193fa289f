import {
  ALIVE,
  type Configuration,
  PROBE,
  type ProofOfLife,
  type Registration,
  signProofOfLife,
  signRegistration,
} from "@p2p/consensus";
import type { PeerId, Signer } from "@p2p/identity";
import { PING, PONG } from "@p2p/liveness";
import { SYNC, SYNC_DELTA } from "@p2p/seed";
import type { Host } from "@p2p/sim";
import { type Connection, keepLink, Lobby } from "@p2p/wire";

/** Something at a host of its own that speaks the wire format, and says what it is told to. */
export class Puppet {
  readonly lobby: Lobby;
  readonly signer: Signer;
  /** The life that it is in, when it answers probes. */
  incarnation = 0;
  readonly #host: Host;
  readonly #configuration: Configuration;

  constructor(host: Host, configuration: Configuration, role: "seed" | "peer") {
    this.#host = host;
    this.#configuration = configuration;
    this.signer = host.signer;
    const { network } = configuration;
    const { signer, verifier, clock, random, address: listen } = host;
    this.lobby = new Lobby({
      transport: host.transport(),
      signer,
      verifier,
      clock,
      random,
      role,
      listen,
      network,
    });
    for (const room of [this.lobby.links, this.lobby.seeds, this.lobby.probes]) {
      room.route(PING, ({ sequence }, from) => void from.send(PONG.encode({ sequence })));
      room.route(PROBE, ({ nonces }, from) => void from.send(ALIVE.encode({ proof: this.proof(nonces) })));
    }
    this.lobby.seeds.route(SYNC_DELTA, ({ buckets, last }, from) => {
      if (last) from.send(SYNC_DELTA.encode({ ...NOTHING, buckets, answer: true }));
    });
    this.lobby.open(() => undefined);
  }

  get id(): PeerId {
    return this.signer.id;
  }

  /** Can nobody hear it? */
  set isSilent(silent: boolean) {
    if (silent) this.#host.vanish();
    else this.#host.reappear();
  }

  /** Keeps a link with a seed from now on. */
  keep(seed: Host): void {
    keepLink(this.lobby, seed.address, seed.signer.id);
  }

  /** Its link with a seed. */
  linkWith(seed: Host): Connection | undefined {
    return this.lobby.seeds.get(seed.signer.id);
  }

  /** Begins an exchange with a seed, in which it has nothing to tell. */
  meet(seed: Host): void {
    this.linkWith(seed)?.send(SYNC.encode({ buckets: [], fresh: true }));
  }

  proof(nonces: readonly Uint8Array[]): ProofOfLife {
    const terms = { peer: this.id, incarnation: this.incarnation, nonces };
    return signProofOfLife(terms, this.#configuration.networkId, this.signer);
  }

  registration(incarnation: number, token: Uint8Array): Registration {
    const terms = { peer: this.id, address: this.#host.address, incarnation, token };
    return signRegistration(terms, this.#configuration.networkId, this.signer);
  }
}

/** The end of an exchange in which nothing was told. */
const NOTHING = {
  certificates: [],
  votes: [],
  edges: { made: [], ended: [] },
  yours: undefined,
  last: true,
  more: false,
  fresh: true,
};
