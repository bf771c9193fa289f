import { type AddressInfo, createServer, type Server, Socket } from "node:net";
import { P2PError, type PeerId } from "@p2p/identity";
import {
  type Address,
  isLoopback,
  joinAddress,
  machineOf,
  splitAddress,
  tryJoinAddress,
} from "../address.ts";
import { Allowance } from "../allowance.ts";
import type { Channel, CloseReason, Link, LinkOwner, Transport } from "../transport.ts";
import type { SocketLimits } from "./limits.ts";
import { SocketLink } from "./link.ts";

/** Who takes in a connection once it is a channel, or hears why it never was one. Told once. */
export interface Doorway {
  /** Frames may flow over `socket`: the one that came in, or one around it. */
  enter(socket: Socket, channel?: Channel): SocketLink;
  /** The connection is to end, or has. */
  turnAway(reason: CloseReason): void;
}

/** What TCP connections become: what transports over sockets differ in. */
export interface Channels {
  /** Whose key they prove. */
  readonly id?: PeerId;
  /**
   * Starts to dial.
   * @param over makes the link over a socket; it is to be opened, or failed, but not inside this call.
   */
  dial(to: Address, over: (socket: Socket) => SocketLink): SocketLink;
  /** Makes a channel of a connection that came in. It is destroyed from outside when that shall end. */
  accept(socket: Socket, from: Address, doorway: Doorway): void;
}

interface Closable {
  close(): void;
}

/** Frames over sockets: u32 length, most significant byte first, then the frame. */
export class SocketTransport implements Transport {
  readonly #limits: SocketLimits;
  readonly #channels: Channels;
  readonly #calls: Allowance;
  /** What has to be over before {@link close} is done. */
  readonly #open = new Set<Closable>();
  #server: Server | undefined;
  #isClosed = false;
  #closing: (() => void)[] = [];

  constructor(limits: SocketLimits, channels: Channels) {
    this.#limits = limits;
    this.#channels = channels;
    this.#calls = new Allowance({ max: limits.callsPerSecondMax, perMs: 1000 });
  }

  get id(): PeerId | undefined {
    return this.#channels.id;
  }

  listen(at: Address, owner: LinkOwner, done: (bound: Address | P2PError) => void): void {
    if (this.#server !== undefined) throw new TypeError("a transport listens once");
    const server = createServer({ noDelay: true }, (socket) => this.#accept(socket, owner));
    this.#server = server;
    this.#bind(server, at, answerOnce(done));
  }

  dial(to: Address, owner: LinkOwner): Link {
    const over = (socket: Socket): SocketLink => this.#over(socket, owner, to, true);
    if (!this.#isClosed) return this.#channels.dial(to, over);
    const link = over(new Socket());
    link.close();
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
    socket.on("error", ignore); // whoever cares listens, too
    const from = callerOf(socket);
    if (from === undefined || this.#isClosed) {
      socket.destroy(); // gone before it could be looked at, or too late
      return;
    }
    const turnAway = (reason: CloseReason): void => {
      if (!this.#isClosed) owner.callerTurnedAway?.(from, reason);
    };
    if (!this.#mayCall(from)) {
      socket.resetAndDestroy();
      return turnAway({ kind: "closed", detail: `${machineOf(from)} calls too often` });
    }
    const waiting = this.#hold({ close: () => socket.destroy() }, socket);
    const enter = (secured: Socket, channel?: Channel): SocketLink => {
      this.#open.delete(waiting);
      const link = this.#over(secured, owner, from, false);
      link.open(channel);
      return link;
    };
    this.#channels.accept(socket, from, { enter, turnAway });
  }

  #mayCall(from: Address): boolean {
    const isExempt = this.#limits.loopbackExempt && isLoopback(from);
    return isExempt || this.#calls.take(machineOf(from), performance.now());
  }

  #over(socket: Socket, owner: LinkOwner, address: Address, dialled: boolean): SocketLink {
    // Behind the link's own listener: by the time it is let go of it has been reported.
    return this.#hold(new SocketLink({ socket, owner, address, dialled, limits: this.#limits }), socket);
  }

  #hold<T extends Closable>(open: T, socket: Socket): T {
    this.#open.add(open);
    socket.once("close", () => this.#remove(open));
    return open;
  }

  #remove(over: Closable): void {
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

function ignore(): void {
  // Nothing to do.
}
