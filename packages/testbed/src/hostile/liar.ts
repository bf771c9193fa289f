import { ALIVE, TESTIMONY } from "@p2p/consensus";
import type { PeerId } from "@p2p/identity";
import { Peer, type Profile } from "@p2p/peer";
import type { Host } from "@p2p/sim";
import { Kind, type Link, type LinkOwner, type Transport } from "@p2p/wire";
import type { Network } from "../network.ts";

/** What a liar's transport does with a frame that its honest program sends: other frames in its place, or none. */
export type Lie = (frame: Uint8Array, link: Link) => readonly Uint8Array[];

/** The transport of a compromised node: its program is honest, what it says is not. */
export function lying(transport: Transport, lie: Lie): Transport {
  const bend = (link: Link): Link => {
    const send = link.send.bind(link);
    link.send = (frame) => lie(frame, link).every((other) => send(other));
    return link;
  };
  return {
    listen: (at, owner, done) => transport.listen(at, bending(owner, bend), done),
    dial: (to, owner) => bend(transport.dial(to, owner)),
    close: (done) => transport.close(done),
  };
}

function bending(owner: LinkOwner, bend: (link: Link) => Link): LinkOwner {
  return {
    linkOpened: (link) => owner.linkOpened(bend(link)),
    linkFrame: (link, frame) => owner.linkFrame(link, frame),
    linkDrained: (link) => owner.linkDrained(link),
    linkClosed: (link, reason) => owner.linkClosed(link, reason),
  };
}

/** A compromised peer: a real one whose every word about `victim` is a lie. */
export function bootLiar(network: Network, host: Host, victim: PeerId, profile: Profile | undefined): Peer {
  const lie: Lie = (frame) => {
    if (frame[0] === Kind.alive) {
      const alive = ALIVE.decode(frame);
      return "proof" in alive && alive.proof.peer === victim ? [] : [frame];
    }
    if (frame[0] !== Kind.testimony) return [frame];
    const testimony = TESTIMONY.decode(frame);
    if (!("outcome" in testimony) || testimony.victim !== victim) return [frame];
    const outcome = host.random.next() < 0.5 ? ("silent" as const) : ("refused" as const);
    return [TESTIMONY.encode({ ...testimony, outcome, ageMs: 0, proof: undefined })];
  };
  return host.boot(() => {
    const peer = new Peer({
      configuration: network.configuration,
      signer: host.signer,
      transport: lying(host.transport(), lie),
      disk: host.disk,
      listen: host.address,
      clock: host.clock,
      random: host.random,
      verifier: host.verifier,
      profile,
    });
    peer.open(() => undefined);
    return peer;
  });
}
