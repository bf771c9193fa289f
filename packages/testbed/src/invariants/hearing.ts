import { ALIVE, verifyProofOfLife } from "@p2p/consensus";
import { shortId } from "@p2p/identity";
import { VOTE } from "@p2p/seed";
import type { Host } from "@p2p/sim";
import { Kind, Malformed } from "@p2p/wire";
import type { Network } from "../network.ts";
import type { Observer } from "../observer.ts";

/** No honest seed votes to add a life that has not sent it a proof of itself. Counts what was sent, whoever looked at it. */
export class HearingWatch implements Observer {
  #network: Network | undefined;
  readonly #heard = new Set<string>();

  began(network: Network): void {
    this.#network = network;
  }

  sent(host: Host, frame: Uint8Array, to: Host | undefined): void {
    if (frame[0] === Kind.alive && to !== undefined) this.#proved(host, frame, to);
    if (frame[0] === Kind.vote) this.#voted(host, frame);
  }

  #proved({ signer, verifier }: Host, frame: Uint8Array, to: Host): void {
    const alive = ALIVE.decode(frame);
    if (alive instanceof Malformed) return;
    const { proof } = alive;
    const { networkId } = (this.#network as Network).configuration;
    // Somebody else may have its key: a liar's other machine.
    if (proof.peer !== signer.id && !verifyProofOfLife(proof, networkId, verifier)) return;
    this.#heard.add(`${to.name}:${proof.peer}:${proof.incarnation}`);
  }

  #voted(host: Host, frame: Uint8Array): void {
    const news = VOTE.decode(frame);
    if (news instanceof Malformed || news.vote.fact.kind !== "add" || !this.#isHonest(host)) return;
    const { peer, incarnation } = news.vote.fact;
    if (this.#heard.has(`${host.name}:${peer}:${incarnation}`)) return;
    const name = this.#network?.names.get(peer) ?? shortId(peer);
    const detail = `${host.name} voted to add ${name}, life ${incarnation}, without an answer from it`;
    this.#network?.findings.add("who is added was heard", detail, [host.name]);
  }

  #isHonest(host: Host): boolean {
    return this.#network?.seedHosts.includes(host) === true && !this.#network.liars.has(host);
  }
}
