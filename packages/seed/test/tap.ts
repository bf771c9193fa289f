import type { Link, LinkOwner, Transport } from "@p2p/wire";

/** A transport that shows every frame that is sent over it. */
export function tapped(transport: Transport, sent: (frame: Uint8Array) => void): Transport {
  const tap = (link: Link): Link => {
    const send = link.send.bind(link);
    link.send = (frame) => {
      sent(frame);
      return send(frame);
    };
    return link;
  };
  return {
    listen: (at, owner, done) => transport.listen(at, tapping(owner, tap), done),
    dial: (to, owner) => tap(transport.dial(to, owner)),
    close: (done) => transport.close(done),
  };
}

function tapping(owner: LinkOwner, tap: (link: Link) => Link): LinkOwner {
  return {
    linkOpened: (link) => owner.linkOpened(tap(link)),
    linkFrame: (link, frame) => owner.linkFrame(link, frame),
    linkDrained: (link) => owner.linkDrained(link),
    linkClosed: (link, reason) => owner.linkClosed(link, reason),
  };
}
