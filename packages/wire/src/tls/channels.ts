import { constants } from "node:crypto";
import type { Socket } from "node:net";
import { connect, createSecureContext, type SecureContext, TLSSocket } from "node:tls";
import type { PeerId } from "@p2p/identity";
import type { NodeSigner } from "@p2p/identity/node";
import { type Address, isLoopback, splitAddress } from "../address.ts";
import { HalfOpen } from "../half-open.ts";
import type { SocketLink } from "../socket/link.ts";
import { type Channels, type Doorway, isSelfConnected } from "../socket/transport.ts";
import type { CloseReason } from "../transport.ts";
import { Caller } from "./caller.ts";
import { certificateOf } from "./certificate.ts";
import { CLOSED, notSecured, SILENT } from "./failure.ts";
import type { TlsLimits } from "./limits.ts";
import { ALPN, proofOf } from "./proof.ts";

/** TLS 1.3 with both ends' keys proved. PROTOCOL.md §4.7. */
export class TlsChannels implements Channels {
  readonly id: PeerId;
  readonly #limits: TlsLimits;
  readonly #context: SecureContext;
  readonly #callers: HalfOpen;

  /** @param favoured hosts whose callers strangers cannot crowd out. */
  constructor(signer: NodeSigner, limits: TlsLimits, favoured: ReadonlySet<string>) {
    this.id = signer.id;
    this.#limits = limits;
    this.#context = contextOf(signer);
    this.#callers = new HalfOpen({
      max: limits.callersMax,
      perHostMax: limits.callersPerHostMax,
      isExempt: (address) => limits.loopbackExempt && isLoopback(address),
      favoured,
    });
  }

  dial(to: Address, over: (socket: Socket) => SocketLink): SocketLink {
    // No servername: whom we look for is nobody else's business, and no name decides anything.
    const options = { ...splitAddress(to), servername: "", checkServerIdentity: () => undefined };
    const socket = connect({ ...options, ...this.#manners() });
    socket.setNoDelay(true);
    const link = over(socket);
    let isReached = false;
    socket.once("connect", () => {
      isReached = true;
      if (isSelfConnected(socket)) link.fail({ kind: "refused" });
      else link.reached(SILENT);
    });
    const fail = (reason: CloseReason): void => {
      if (isReached && link.channel === undefined) link.fail(reason);
    };
    // Before the link's own listeners, which know sockets and no handshake.
    socket.prependListener("error", (error) => fail(notSecured(error)));
    socket.prependListener("end", () => fail(CLOSED));
    socket.once("secureConnect", () => {
      const channel = proofOf(socket);
      if (typeof channel === "string") link.fail({ kind: "mistaken", detail: channel });
      else link.open(channel);
    });
    return link;
  }

  accept(socket: Socket, from: Address, doorway: Doorway): void {
    const caller = new Caller(socket, from, this.#limits.handshakeTimeoutMs, this.#secure, (outcome) => {
      this.#callers.delete(caller);
      if ("kind" in outcome) doorway.turnAway(outcome);
      else doorway.enter(outcome.socket, outcome.channel);
    });
    this.#callers.add(caller);
  }

  readonly #secure = (socket: Socket): TLSSocket =>
    new TLSSocket(socket, { isServer: true, requestCert: true, ...this.#manners() });

  /** Everybody's certificate is let pass here: {@link proofOf} judges it. */
  #manners(): { secureContext: SecureContext; ALPNProtocols: string[]; rejectUnauthorized: boolean } {
    return { secureContext: this.#context, ALPNProtocols: [ALPN], rejectUnauthorized: false };
  }
}

function contextOf(signer: NodeSigner): SecureContext {
  return createSecureContext({
    minVersion: "TLSv1.3",
    maxVersion: "TLSv1.3",
    sigalgs: "ed25519",
    ca: [], // no authorities; by default Node reads all that it knows, at the first context
    cert: certificateOf(signer),
    key: signer.privateKey.export({ format: "pem", type: "pkcs8" }),
    secureOptions: constants.SSL_OP_NO_TICKET,
  });
}
