import type { Socket } from "node:net";
import type { TLSSocket } from "node:tls";
import type { Address } from "../address.ts";
import type { Stranger } from "../half-open.ts";
import { isTls, TLS_ALERT } from "../socket/tls-record.ts";
import type { Channel, CloseReason } from "../transport.ts";
import { CLOSED, notSecured, PLAIN, SILENT } from "./failure.ts";
import { proofOf } from "./proof.ts";

/** How long a caller who speaks plain TCP has to read that this is TLS, in milliseconds. */
const GOODBYE_MS = 1000;

/** How it ended with a {@link Caller}: with a channel over a socket of its own, or not. */
export type CallerOutcome = { readonly socket: TLSSocket; readonly channel: Channel } | CloseReason;

/**
 * A connection that came in and has not proved a key. It costs a socket until it speaks, a TLS state and a signature
 * of ours from then on.
 */
export class Caller implements Stranger {
  readonly address: Address;
  readonly #socket: Socket;
  readonly #secure: (socket: Socket) => TLSSocket;
  readonly #done: (outcome: CallerOutcome) => void;
  readonly #deadline: NodeJS.Timeout;
  #isOver = false;

  /**
   * @param secure puts TLS around a socket that may have been read.
   * @param done told once, never inside this call.
   */
  constructor(
    socket: Socket,
    address: Address,
    timeoutMs: number,
    secure: (socket: Socket) => TLSSocket,
    done: (outcome: CallerOutcome) => void,
  ) {
    this.address = address;
    this.#socket = socket;
    this.#secure = secure;
    this.#done = done;
    this.#deadline = setTimeout(() => this.abort(SILENT), timeoutMs);
    socket.once("close", () => this.#end(CLOSED));
    socket.once("end", () => this.abort(CLOSED));
    socket.once("readable", () => this.#heard());
  }

  abort(reason: CloseReason): void {
    this.#end(reason);
    this.#socket.destroy();
  }

  #heard(): void {
    const first: Buffer | null = this.#socket.read();
    if (this.#isOver || first === null) return; // its end follows
    if (!isTls(first)) return this.#sayGoodbye();
    this.#socket.unshift(first);
    const secured = this.#secure(this.#socket);
    secured.on("error", (error) => this.abort(notSecured(error)));
    secured.once("secure", () => this.#secured(secured));
    // A server's socket keeps what TLS finds wrong after the handshake to itself, for a tls.Server: here is none.
    secured.on("_tlsError", (error: Error) => secured.destroy(error));
  }

  #secured(socket: TLSSocket): void {
    if (this.#isOver) return;
    const channel = proofOf(socket);
    if (typeof channel === "string") this.abort({ kind: "mistaken", detail: channel });
    else this.#end({ socket, channel });
  }

  #sayGoodbye(): void {
    this.#end(PLAIN);
    this.#socket.end(TLS_ALERT);
    this.#socket.resume(); // what is left unread would send a reset, which overtakes the alert
    this.#socket.setTimeout(GOODBYE_MS, () => this.#socket.destroy());
  }

  #end(outcome: CallerOutcome): void {
    if (this.#isOver) return;
    this.#isOver = true;
    clearTimeout(this.#deadline);
    this.#done(outcome);
  }
}
