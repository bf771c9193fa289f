import { createSigner, type PeerId, type Signer, verifier } from "@p2p/identity";
import { createNodeSigner } from "@p2p/identity/node";
import { afterEach, describe, expect, test } from "vitest";
import { type Address, parseAddress } from "../src/address.ts";
import { systemClock } from "../src/clock.ts";
import {
  askWho,
  type DialOutcome,
  type Introduction,
  keepLink,
  type Link,
  type LinkOwner,
  Lobby,
  systemRandom,
  type Transport,
} from "../src/index.ts";
import { TcpTransport } from "../src/tcp/index.ts";
import { TlsTransport } from "../src/tls/index.ts";
import type { Channel, CloseReason } from "../src/transport.ts";

const cleanups: (() => void)[] = [];

afterEach(() => {
  for (const cleanup of cleanups.splice(0)) cleanup();
});

describe("a lobby", () => {
  test("speaks TLS if it is told nothing: both ends are proved by their channel", async () => {
    const [a, b] = [await lobby(), await lobby()];
    const joined = new Promise((resolve) => b.links.once("joined", ({ remote }) => resolve(remote.proof)));
    expect(await dial(a, b)).toMatchObject({ connection: { id: b.id, remote: { proof: "channel" } } });
    expect(await joined).toBe("channel");
  });

  test("speaks plain TCP if it is told so by name", async () => {
    const [a, b] = [await lobby(new TcpTransport()), await lobby(new TcpTransport())];
    expect(await dial(a, b)).toMatchObject({ connection: { id: b.id, remote: { proof: "key" } } });
  });

  test("tells when somebody calls in plain TCP, who is told as well", async () => {
    const [plain, b] = [await lobby(new TcpTransport()), await lobby()];
    const visit = new Promise((resolve) => b.once("turnedAway", ({ reason }) => resolve(reason)));
    expect(await dial(plain, b)).toEqual({
      failed: { kind: "mistaken", detail: "the other end speaks TLS, this one plain TCP" },
    });
    expect(await visit).toEqual({ kind: "mistaken", detail: "the other end speaks plain TCP, this one TLS" });
  });

  test("wants a transport with its own key", () => {
    const transport = new TlsTransport({ signer: createNodeSigner() });
    expect(() => new Lobby({ transport, signer: createNodeSigner() })).toThrow(
      "the transport proves another key than the signer's",
    );
  });

  test("wants a transport from who keeps his key to himself", () => {
    const key = createSigner();
    const signer: Signer = { id: key.id, sign: (bytes) => key.sign(bytes) };
    expect(() => new Lobby({ signer })).toThrow("TLS needs the private key");
    expect(() => new Lobby({ signer, transport: new TcpTransport() })).not.toThrow();
  });
});

test("a dozen nodes on one machine, where five calls a second are let in, are all let in, and none is barred", async () => {
  const signer = createNodeSigner();
  const transport = new TlsTransport({ signer, limits: { loopbackExempt: false } });
  const hub = await lobby(transport, signer);
  const turnedAway: string[] = [];
  hub.on("turnedAway", ({ reason }) => turnedAway.push("detail" in reason ? (reason.detail ?? "") : ""));
  hub.on("blamed", () => turnedAway.push("blamed"));
  const nodes = await Promise.all(Array.from({ length: 12 }, () => lobby()));
  const linked = new Promise<void>((resolve) => {
    hub.links.on("joined", () => hub.links.size === nodes.length && resolve());
  });
  for (const node of nodes) keepLink(node, hub.bound as Address, hub.id);
  await linked;
  expect(new Set(turnedAway)).toEqual(new Set(["127.0.0.1 calls too often"]));
}, 60_000);

describe("somebody in between, who has TLS with either end", () => {
  test("is not told who calls, where it is known who shall answer", async () => {
    const [a, b] = [await lobby(), await lobby()];
    const heard: Uint8Array[] = [];
    const middle = await relay(b.bound as Address, tls, tls, (frame) => heard.push(frame));
    expect(await dialAt(a, middle.at, b.id)).toEqual({
      failed: { kind: "mistaken", detail: expect.stringContaining("answered where") as string },
    });
    expect(heard).toEqual([]);
  });

  test("cannot pass on a handshake between two who would take anybody", async () => {
    const [a, b] = [await lobby(), await lobby()];
    const middle = await relay(b.bound as Address, tls, tls);
    expect(await dialAt(a, middle.at)).toMatchObject({ failed: { kind: "rejected", code: "identity" } });
    expect([a.links.size, b.links.size]).toEqual([0, 0]);
  });

  test("cannot pass on a handshake to a node of plain TCP either", async () => {
    const [a, b] = [await lobby(), await lobby(new TcpTransport())];
    const middle = await relay(b.bound as Address, tls, () => new TcpTransport());
    expect(await dialAt(a, middle.at)).toMatchObject({ failed: { kind: "rejected", code: "identity" } });
    expect([a.links.size, b.links.size]).toEqual([0, 0]);
  });

  test("cannot pass off another's introduction for his own", async () => {
    const b = await lobby();
    const { at } = await relay(b.bound as Address, tls, tls);
    expect(await who(b.bound as Address)).toMatchObject({ id: b.id });
    expect(await who(at)).toEqual({
      kind: "mistaken",
      detail: "the channel proved another key than IAM names",
    });
  });
});

describe("HELLO_ACK", () => {
  const [one, other] = [new Uint8Array(32).fill(1), new Uint8Array(32).fill(2)];

  test("counts in the channel in which it was signed", async () => {
    expect(await meeting(one, one)).toEqual(["joined", "joined"]);
  });

  test.each([
    ["from another channel with the same two keys", one, other],
    ["from a plain link", undefined, one],
    ["from a secured link, on a plain one", one, undefined],
  ])("%s counts for nothing", async (_, dialler, acceptor) => {
    const [, atAcceptor] = await meeting(dialler, acceptor);
    expect(atAcceptor).toBe("HELLO_ACK with a bad signature");
  });

  test("of the acceptor is held to the channel as well", async () => {
    const [atDialler] = await meeting(one, other, true);
    expect(atDialler).toBe("HELLO_ACK with a bad signature");
  });
});

async function lobby(transport?: Transport, signer?: Signer): Promise<Lobby> {
  const made = new Lobby({ transport, signer });
  cleanups.push(() => made.close());
  await made.start();
  return made;
}

function dial(from: Lobby, to: Lobby): Promise<DialOutcome> {
  return dialAt(from, to.bound as Address, to.id);
}

function dialAt(from: Lobby, to: Address, expected?: PeerId): Promise<DialOutcome> {
  return new Promise((done) => {
    from.dial(to, { expect: expected, timeoutMs: 30_000, done });
  });
}

function tls(): Transport {
  return new TlsTransport({ signer: createNodeSigner() });
}

function who(at: Address): Promise<Introduction | CloseReason> {
  const transport = tls();
  cleanups.push(() => transport.close());
  const ports = { transport, verifier, clock: systemClock, random: systemRandom };
  return new Promise((resolve) => {
    askWho(ports, at, resolve, 30_000);
  });
}

/** Passes on every frame between who calls and `to`, as somebody with keys of his own at each side. */
async function relay(
  to: Address,
  front: () => Transport,
  back: () => Transport,
  heard: (frame: Uint8Array) => void = () => undefined,
): Promise<{ at: Address }> {
  const [face, tail] = [front(), back()];
  for (const transport of [face, tail]) cleanups.push(() => transport.close());
  const owner: LinkOwner = {
    ...idle,
    linkOpened(caller) {
      const waiting: Uint8Array[] = [];
      let isUp = false;
      const onwards = tail.dial(to, {
        ...idle,
        linkOpened(link) {
          isUp = true;
          for (const frame of waiting) link.send(frame);
        },
        linkFrame: (_, frame) => void caller.send(frame),
        linkClosed: () => caller.close(),
      });
      caller.owner = {
        ...idle,
        linkFrame(_, frame) {
          heard(frame);
          if (isUp) onwards.send(frame);
          else waiting.push(frame);
        },
        linkClosed: () => onwards.close(),
      };
    },
  };
  const at = await new Promise<Address>((resolve, reject) => {
    face.listen(parseAddress("127.0.0.1:0"), owner, (bound) =>
      typeof bound === "string" ? resolve(bound) : reject(bound),
    );
  });
  return { at };
}

const idle: LinkOwner = {
  linkOpened: () => undefined,
  linkFrame: () => undefined,
  linkDrained: () => undefined,
  linkClosed: () => undefined,
};

/**
 * Two lobbies on one pipe, whose ends have proved each other's keys but may be bound to different channels: as if their
 * TLS had been taken apart by somebody who has both keys, or by a mistake. What each says of it.
 * @param swapped whether the acceptor takes any signature.
 */
async function meeting(
  atDialler: Uint8Array | undefined,
  atAcceptor: Uint8Array | undefined,
  swapped = false,
): Promise<readonly [string, string]> {
  const [anna, ben] = [createSigner(), createSigner()];
  const near = new Pipe(channelOf(ben, atDialler));
  const far = new Pipe(channelOf(anna, atAcceptor));
  near.join(far);
  const trusting = { verify: () => true };
  const a = new Lobby({ signer: anna, transport: near });
  const b = new Lobby({ signer: ben, transport: far, ...(swapped ? { verifier: trusting } : {}) });
  await b.start();
  const accepted = new Promise<string>((resolve) => {
    b.links.once("joined", () => resolve("joined"));
    b.once("turnedAway", ({ reason }) => resolve(detailOf(reason)));
  });
  const outcome = await dialAt(a, parseAddress("b:1"));
  const said = "connection" in outcome ? "joined" : detailOf(outcome.failed);
  return [said, await accepted];
}

function detailOf(reason: CloseReason): string {
  return ("detail" in reason && reason.detail) || reason.kind;
}

function channelOf({ id }: Signer, binding: Uint8Array | undefined): Channel | undefined {
  return binding && { id, binding };
}

/** A transport of one link, within this process. */
class Pipe implements Transport, Link {
  owner: LinkOwner = idle;
  dialled = false;
  readonly address = parseAddress("pipe:1");
  readonly channel: Channel | undefined;
  readonly queuedBytes = 0;
  #other: Pipe | undefined;
  #isClosed = false;

  constructor(channel: Channel | undefined) {
    this.channel = channel;
  }

  join(other: Pipe): void {
    this.#other = other;
    other.#other = this;
  }

  listen(at: Address, owner: LinkOwner, done: (bound: Address) => void): void {
    this.owner = owner;
    queueMicrotask(() => done(at));
  }

  dial(_to: Address, owner: LinkOwner): Link {
    this.owner = owner;
    this.dialled = true;
    const other = this.#other as Pipe;
    queueMicrotask(() => {
      other.owner.linkOpened(other);
      owner.linkOpened(this);
    });
    return this;
  }

  send(frame: Uint8Array): boolean {
    const other = this.#other as Pipe;
    queueMicrotask(() => {
      if (!other.#isClosed) other.owner.linkFrame(other, frame);
    });
    return true;
  }

  pause(): void {}
  resume(): void {}

  close(reason?: CloseReason | (() => void)): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    if (typeof reason !== "object") return;
    queueMicrotask(() => this.owner.linkClosed(this, reason));
    queueMicrotask(() => this.#other?.cut());
  }

  cut(): void {
    if (!this.#isClosed) this.owner.linkClosed(this, { kind: "broken", detail: "cut" });
    this.#isClosed = true;
  }
}
