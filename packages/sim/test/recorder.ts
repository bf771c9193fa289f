import type { Address, CloseReason, Link, LinkOwner, P2PError, Transport } from "@p2p/wire";
import type { Host, World } from "../src/index.ts";

/** Writes down what its links report. */
export class Recorder implements LinkOwner {
  readonly links: Link[] = [];
  readonly frames: Uint8Array[] = [];
  readonly times: number[] = [];
  readonly closed: CloseReason[] = [];
  drained = 0;
  bound: Address | P2PError | undefined;
  readonly #now: () => number;

  constructor(now: () => number = () => 0) {
    this.#now = now;
  }

  /** The frames as text. */
  get texts(): string[] {
    return this.frames.map((frame) => new TextDecoder().decode(frame));
  }

  get link(): Link {
    const link = this.links.at(-1);
    if (link === undefined) throw new Error("no link was opened");
    return link;
  }

  linkOpened(link: Link): void {
    this.links.push(link);
  }

  linkFrame(_link: Link, frame: Uint8Array): void {
    this.frames.push(frame);
    this.times.push(this.#now());
  }

  linkDrained(): void {
    this.drained += 1;
  }

  linkClosed(_link: Link, reason: CloseReason): void {
    this.closed.push(reason);
  }
}

export function frame(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/** Lets `host` listen at its own address, and give what it accepts to a recorder. */
export function listening(world: World, host: Host, transport: Transport = host.transport()): Recorder {
  const recorder = new Recorder(() => world.now);
  transport.listen(host.address, recorder, (bound) => {
    recorder.bound = bound;
  });
  world.run(1);
  return recorder;
}

export interface Pair {
  readonly a: Host;
  readonly b: Host;
  /** What the end that dialled saw, and its link. */
  readonly near: Recorder;
  readonly link: Link;
  /** What the end that accepted saw. */
  readonly far: Recorder;
}

/** Two new hosts, the first of which has dialled the second. */
export function pair(world: World): Pair {
  const [a, b] = [world.host("a"), world.host("b")];
  const far = listening(world, b);
  const near = new Recorder(() => world.now);
  const link = a.transport().dial(b.address, near);
  world.run(1000);
  return { a, b, near, far, link };
}
