import { Socket } from "node:net";
import { type Address, splitAddress } from "../address.ts";
import { type SocketLimits, socketLimitsOf } from "../socket/limits.ts";
import type { SocketLink } from "../socket/link.ts";
import { isTls, TLS_ALERT } from "../socket/tls-record.ts";
import { type Channels, type Doorway, isSelfConnected, SocketTransport } from "../socket/transport.ts";

/**
 * Frames over plain TCP, for who asks for it by name. Nothing is encrypted, and a network in between can read and cut;
 * `@p2p/wire/tls` is the default.
 */
export class TcpTransport extends SocketTransport {
  /** @throws RangeError when a limit is not positive, or the queue is too short for the longest frame. */
  constructor(limits: Partial<SocketLimits> = {}) {
    super(socketLimitsOf(limits), plain);
  }
}

const plain: Channels = {
  dial(to, over) {
    const socket = new Socket().setNoDelay(true);
    const link = over(socket);
    heedTls(socket, link);
    socket.connect(splitAddress(to), () => {
      if (isSelfConnected(socket)) link.fail({ kind: "refused" });
      else link.open();
    });
    return link;
  },
  accept(socket: Socket, _from: Address, doorway: Doorway) {
    heedTls(socket, doorway.enter(socket));
  },
};

/** Tells both ends what is the matter when the far one speaks TLS. */
function heedTls(socket: Socket, link: SocketLink): void {
  socket.prependOnceListener("data", (chunk: Uint8Array) => {
    if (!isTls(chunk)) return;
    if (!link.dialled) socket.write(TLS_ALERT);
    link.close({ kind: "mistaken", detail: "the other end speaks TLS, this one plain TCP" });
  });
}
