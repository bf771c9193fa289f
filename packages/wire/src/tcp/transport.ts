import { type AddressInfo, createServer, type Server, Socket } from "node:net";
import { P2PError } from "@p2p/identity";
import { type Address, joinAddress, splitAddress, tryJoinAddress } from "../address.ts";
import { type Link, type LinkLimits, type LinkOwner, linkLimitsOf, type Transport } from "../transport.ts";
import { TcpLink } from "./link.ts";

/** Frames over plain TCP: u32 length, most significant byte first, then the frame. Nothing is encrypted. */
export class TcpTransport implements Transport {
  readonly #limits: LinkLimits;
  /** What has to be over before {@link close} is done. */
  readonly #open = new Set<TcpLink | Server>();
  #server: Server | undefined;
  #isClosed = false;
  #closing: (() => void)[] = [];

  /** @throws RangeError when a limit is not positive, or the queue is too short for the longest frame. */
  constructor(limits?: Partial<LinkLimits>) {
    this.#limits = linkLimitsOf(limits);
  }

  listen(at: Address, owner: LinkOwner, done: (bound: Address | P2PError) => void): void {
    if (this.#server !== undefined) throw new TypeError("a transport listens once");
    const server = createServer({ noDelay: true }, (socket) => this.#accept(socket, owner));
    this.#server = server;
    this.#bind(server, at, answerOnce(done));
  }

  dial(to: Address, owner: LinkOwner): Link {
    const socket = new Socket().setNoDelay(true);
    const link = this.#adopt(
      new TcpLink({ socket, owner, address: to, dialled: true, limits: this.#limits }),
      socket,
    );
    if (this.#isClosed) link.close();
    else socket.connect(splitAddress(to), () => connected(socket, link));
    return link;
  }

  close(done?: () => void): void {
    this.#isClosed = true;
    if (done !== undefined) this.#closing.push(done);
    for (const open of this.#open) open.close();
    setImmediate(() => this.#settle());
  }

  #bind(server: Server, at: Address, answer: (bound: Address | P2PError) => void): void {
    const { host, port } = splitAddress(at);
    if (this.#isClosed) {
      setImmediate(() => answer(stopped(at)));
      return;
    }
    this.#open.add(server);
    server.once("listening", () => {
      // The transport may have been closed while the host name was being looked up.
      if (this.#isClosed) server.close();
      else answer(joinAddress(host, (server.address() as AddressInfo).port));
    });
    // Once it listens an error is about one connection that could not be accepted: weather.
    server.on("error", (error) => answer(notBound(at, error)));
    server.once("close", () => {
      this.#remove(server);
      answer(stopped(at));
    });
    server.listen({ host, port, exclusive: true });
  }

  #accept(socket: Socket, owner: LinkOwner): void {
    const address = callerOf(socket);
    if (address === undefined || this.#isClosed) {
      socket.destroy(); // gone before it could be looked at, or too late
      return;
    }
    this.#adopt(new TcpLink({ socket, owner, address, dialled: false, limits: this.#limits }), socket).open();
  }

  #adopt(link: TcpLink, socket: Socket): TcpLink {
    this.#open.add(link);
    socket.once("close", () => this.#remove(link)); // behind the link's own listener: it has been reported by then
    return link;
  }

  #remove(over: TcpLink | Server): void {
    this.#open.delete(over);
    this.#settle();
  }

  #settle(): void {
    if (this.#open.size > 0) return;
    for (const done of this.#closing.splice(0)) done();
  }
}

/** Whether a dial reached nobody but itself: with no listener, a port may be given to the very socket that dials it. */
export function isSelfConnected({ localAddress, localPort, remoteAddress, remotePort }: Socket): boolean {
  return localPort === remotePort && localAddress === remoteAddress;
}

function connected(socket: Socket, link: TcpLink): void {
  if (isSelfConnected(socket)) link.fail({ kind: "refused" });
  else link.open();
}

function callerOf({ remoteAddress: host, remotePort: port }: Socket): Address | undefined {
  if (host === undefined || port === undefined) return undefined;
  return tryJoinAddress(host.replace(/%.*$/, ""), port); // a link-local address comes with its interface
}

function answerOnce(done: (bound: Address | P2PError) => void): (bound: Address | P2PError) => void {
  let isAnswered = false;
  return (bound) => {
    if (isAnswered) return;
    isAnswered = true;
    done(bound);
  };
}

function notBound(at: Address, error: NodeJS.ErrnoException): P2PError {
  if (error.code === "EADDRINUSE") {
    const remedy = "stop the process that listens there, or choose another port (0 takes any free one)";
    return new P2PError("ADDRESS_IN_USE", `${at} is in use: ${remedy}`, error);
  }
  const remedy = "choose an address of this machine and a port that this user may take";
  return new P2PError("ADDRESS_UNAVAILABLE", `cannot listen at ${at} (${error.message}): ${remedy}`, error);
}

function stopped(at: Address): P2PError {
  return new P2PError("STOPPED", `not listening at ${at}: the transport was closed; make a new one`);
}
