import {
  ALIVE,
  CERTIFICATES,
  type Certificate,
  type Configuration,
  PROBE,
  signProofOfLife,
  signRegistration,
} from "@p2p/consensus";
import type { Signer } from "@p2p/identity";
import { REGISTER } from "@p2p/seed";
import { type Address, type Cancel, every, keepLink, Lobby, systemClock } from "@p2p/wire";

const AGAIN_MS = 500;

/**
 * Applies for one life of a key, whatever else is applied for under it, and answers when it is looked for: no correct
 * peer, since two of them want the same life at two addresses.
 */
export class Applicant {
  /** The newest that the seeds said about it. */
  certificate: Certificate | undefined;
  readonly #configuration: Configuration;
  readonly #signer: Signer;
  readonly #incarnation: number;
  readonly #lobby: Lobby;
  #cancel: Cancel = () => undefined;

  constructor(configuration: Configuration, signer: Signer, incarnation: number) {
    this.#configuration = configuration;
    this.#signer = signer;
    this.#incarnation = incarnation;
    this.#lobby = new Lobby({ signer, network: configuration.network });
    const { seeds, probes } = this.#lobby;
    probes.route(PROBE, ({ peer, nonces }, from) => {
      const proof = signProofOfLife({ peer, incarnation, nonces }, configuration.networkId, signer);
      from.send(ALIVE.encode({ proof }));
    });
    seeds.route(CERTIFICATES, ({ certificates }) => {
      this.certificate = certificates.find(({ fact }) => fact.peer === signer.id) ?? this.certificate;
    });
    seeds.on("joined", () => this.#apply());
  }

  async start(): Promise<void> {
    await this.#lobby.start();
    for (const { address, id } of this.#configuration.seeds) keepLink(this.#lobby, address, id);
    this.#cancel = every(
      systemClock,
      () => AGAIN_MS,
      () => this.#apply(),
    );
  }

  stop(): Promise<void> {
    this.#cancel();
    return new Promise((resolve) => {
      this.#lobby.close("link", resolve);
    });
  }

  #apply(): void {
    const [{ id }, address, incarnation] = [this.#signer, this.#lobby.address as Address, this.#incarnation];
    const registration = signRegistration(
      { peer: id, address, incarnation },
      this.#configuration.networkId,
      this.#signer,
    );
    this.#lobby.seeds.broadcast(REGISTER.encode({ registration }));
  }
}
