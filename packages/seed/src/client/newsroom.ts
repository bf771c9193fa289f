import {
  beats,
  CERTIFICATES,
  type Certificate,
  type Council,
  cfgOf,
  type Ledger,
  type Standing,
  sameFact,
} from "@p2p/consensus";
import type { PeerId } from "@p2p/identity";
import { Allowance, type Connection, type Lobby } from "@p2p/wire";
import { Bulletin } from "../bulletin.ts";
import { CERTIFICATE_ASK } from "../frames.ts";
import { examine } from "./examination.ts";

/** What the {@link Newsroom} reports. */
export interface NewsroomOwner {
  /** A genuine certificate changed the list; `before` is what was held. */
  changed(certificate: Certificate, before: Standing | undefined): void;
  /** A genuine certificate about this peer's own key, whether it changed the list or not. */
  ownKey(certificate: Certificate): void;
  /** `from` brought a certificate with a false signature. */
  forged(from: Connection): void;
  /** `from` speaks of a configuration that is not known here. */
  foreign(from: Connection): void;
  /** `from` brings more than is looked at; what was passed over is in its list or its neighbours'. */
  overdrawn(from: Connection): void;
}

/** Certificates that are examined for one node at once; after that a hundred a second. */
const EXAMINED = { max: 512, perMs: 5120 };
/** Questions that are answered to one node at once; after that fifty a second. */
const ANSWERED = { max: 256, perMs: 5120 };
/** Questions to others that are remembered, so that none is asked twice within a second. */
const ASKED_MAX = 1024;
const ASK_AGAIN_MS = 1000;

/**
 * Where certificates come in: pushed by seeds, passed on by neighbours, or asked for. Each is examined before it is
 * believed, and only if it would change the list; news go on to the neighbours, once. What one node can make this
 * peer examine and answer is bounded.
 */
export class Newsroom {
  readonly #lobby: Lobby;
  readonly #configuration: Council;
  readonly #ledger: Ledger;
  readonly #owner: NewsroomOwner;
  readonly #bulletin: Bulletin;
  readonly #examined = new Allowance(EXAMINED);
  readonly #answered = new Allowance(ANSWERED);
  /** When whom was asked about whom; oldest first. */
  readonly #asked = new Map<string, number>();

  /** @throws TypeError when CERTIFICATES or CERTIFICATE_ASK has a route on `lobby.links` or `lobby.seeds` already. */
  constructor(lobby: Lobby, configuration: Council, ledger: Ledger, owner: NewsroomOwner) {
    this.#lobby = lobby;
    this.#configuration = configuration;
    this.#ledger = ledger;
    this.#owner = owner;
    this.#bulletin = new Bulletin(lobby.local.clock, (frame, except) => lobby.links.broadcast(frame, except));
    for (const room of [lobby.seeds, lobby.links]) {
      room.route(CERTIFICATES, ({ certificates }, from) => {
        for (const certificate of certificates) this.#pushed(certificate, from);
      });
      room.route(CERTIFICATE_ASK, ({ peer }, from) => this.#answer(peer, from));
    }
  }

  /** Examines a certificate that was asked for, and admits it. False when it was a forgery, which has been reported. */
  take(certificate: Certificate, from: Connection): boolean {
    if (!this.#isOfInterest(certificate)) return true;
    return this.#examine(certificate, from);
  }

  /** Asks `connection` for what is certified about `peer`; not twice within a second. */
  ask(peer: PeerId, connection: Connection): void {
    const now = this.#now;
    const key = `${peer}${connection.id}`;
    const askedAt = this.#asked.get(key);
    if (askedAt !== undefined && now - askedAt < ASK_AGAIN_MS) return;
    this.#asked.delete(key);
    this.#asked.set(key, now);
    if (this.#asked.size > ASKED_MAX) this.#asked.delete(this.#asked.keys().next().value as string);
    connection.send(CERTIFICATE_ASK.encode({ peer }));
  }

  /** Passes nothing on any more. */
  close(): void {
    this.#bulletin.stop();
  }

  get #now(): number {
    return this.#lobby.local.clock.now();
  }

  #pushed(certificate: Certificate, from: Connection): void {
    if (!this.#isOfInterest(certificate)) return;
    if (!this.#examined.take(from.id, this.#now)) this.#owner.overdrawn(from);
    else this.#examine(certificate, from, (news) => this.#bulletin.add(news, from));
  }

  #answer(peer: PeerId, from: Connection): void {
    const standing = this.#ledger.standing(peer);
    if (standing === undefined) return;
    if (!this.#answered.take(from.id, this.#now)) return;
    from.send(CERTIFICATES.encode({ certificates: [standing.certificate] }));
  }

  /** False: forged. */
  #examine(certificate: Certificate, from: Connection, passOn?: (news: Certificate) => void): boolean {
    const { verifier } = this.#lobby.local;
    if (this.#configuration.isForeign(cfgOf(certificate))) this.#owner.foreign(from);
    const finding = examine(certificate, this.#configuration, verifier);
    if (finding === "forged") this.#owner.forged(from);
    if (finding === "genuine") this.#admit(certificate, passOn);
    return finding !== "forged";
  }

  #admit(certificate: Certificate, passOn?: (news: Certificate) => void): void {
    const { peer } = certificate.fact;
    const before = this.#ledger.standing(peer);
    const answer = this.#ledger.admit(certificate);
    const isNews = answer === "newer" || answer === "conflict-taken";
    if (isNews) passOn?.(certificate);
    if (isNews) this.#owner.changed(certificate, before);
    if (peer === this.#lobby.local.id) this.#owner.ownKey(certificate);
  }

  /** Whether it is worth a look: it would change the list, or it says something of this peer's key that is not held. */
  #isOfInterest(certificate: Certificate): boolean {
    const { peer } = certificate.fact;
    const held = this.#ledger.certificateOf(peer);
    if (held === certificate) return false;
    if (held === undefined) return !this.#ledger.isForgotten(certificate);
    return (
      beats(certificate, held) || (peer === this.#lobby.local.id && !sameFact(certificate.fact, held.fact))
    );
  }
}
