import { X509Certificate } from "node:crypto";
import { connect as connectPlain, createServer as createPlainServer, type Socket } from "node:net";
import {
  type ConnectionOptions,
  connect,
  createServer,
  type Server,
  type TlsOptions as ServerOptions,
  type TLSSocket,
} from "node:tls";
import { createNodeSigner, type NodeSigner } from "@p2p/identity/node";
import { afterEach, describe, expect, test } from "vitest";
import { type Address, parseAddress, splitAddress } from "../src/address.ts";
import { TcpTransport } from "../src/tcp/index.ts";
import { certificateOf } from "../src/tls/certificate.ts";
import { type TlsLimits, TlsTransport } from "../src/tls/index.ts";
import { ALPN, keyOf, proofOf } from "../src/tls/proof.ts";
import type { Transport } from "../src/transport.ts";
import { Owner } from "./owner.ts";
import { freshKey, type KeyKind, type Papers, papers } from "./papers.ts";

const HERE = parseAddress("127.0.0.1:0");
const cleanups: (() => void)[] = [];

afterEach(() => {
  for (const cleanup of cleanups.splice(0)) cleanup();
});

describe("the certificate", () => {
  const signer = createNodeSigner(new Uint8Array(32).fill(7));
  const certificate = new X509Certificate(certificateOf(signer));

  test("carries the node's key, signed by itself", () => {
    expect(keyOf(certificate)).toBe(signer.id);
    expect(certificate.verify(certificate.publicKey)).toBe(true);
  });

  test("is the same at every start", () => {
    expect(certificateOf(createNodeSigner(new Uint8Array(32).fill(7)))).toBe(certificateOf(signer));
  });

  test("names the id and holds for ever", () => {
    const { subject, issuer, validFrom, validTo } = certificate;
    expect([subject, issuer]).toEqual([`CN=${signer.id}`, `CN=${signer.id}`]);
    expect([validFrom, validTo]).toEqual(["Jan  1 00:00:00 2000 GMT", "Dec 31 23:59:59 9999 GMT"]);
  });
});

describe("two nodes", () => {
  test("know each other's key, and share what binds HELLO to their channel", async () => {
    const { at, owner, signer } = await listening();
    const [near, dialler] = [new Owner(), createNodeSigner()];
    node({ signer: dialler }).dial(at, near);
    const [here, there] = [(await near.opened).channel, (await owner.opened).channel];
    expect([here?.id, there?.id]).toEqual([signer.id, dialler.id]);
    expect(here?.binding).toHaveLength(32);
    expect(here?.binding).toEqual(there?.binding);
  });

  test("share something else on each channel", async () => {
    const { at } = await listening();
    const transport = node();
    const ends = [new Owner(), new Owner()];
    for (const end of ends) transport.dial(at, end);
    const [one, other] = await Promise.all(ends.map(({ opened }) => opened));
    expect(one?.channel?.binding).not.toEqual(other?.channel?.binding);
  });

  test("do not look at the clock: a certificate of next year is as good as one of last year", async () => {
    const yearMs = 365 * 24 * 3600 * 1000;
    for (const offset of [-2 * yearMs, yearMs]) {
      const { at, owner } = await listening();
      const [from, until] = [offset, offset + yearMs / 2].map((ms) => new Date(Date.now() + ms));
      stranger(at, papers({ from: from as Date, until: until as Date }));
      expect((await owner.opened).channel).toBeDefined();
      const near = new Owner();
      node().dial(await strangeServer(papers({ from: from as Date, until: until as Date })), near);
      expect((await near.opened).channel).toBeDefined();
    }
  });
});

describe("somebody in between who changes a byte", () => {
  test.each(["dialler", "acceptor"] as const)(
    "breaks the link at the %s, who need not be told",
    async (end) => {
      const { at, owner } = await listening();
      const { changed, address } = await meddler(at, end);
      const near = new Owner();
      node().dial(address, near);
      const [here, there] = [await near.opened, await owner.opened];
      here.send(Uint8Array.of(1));
      there.send(Uint8Array.of(1));
      await until(() => near.frames.length > 0 && owner.frames.length > 0);
      changed();
      (end === "dialler" ? there : here).send(Uint8Array.of(2));
      const reason = await (end === "dialler" ? near : owner).closed;
      expect(reason).toEqual({ kind: "broken", detail: "ERR_SSL_DECRYPTION_FAILED_OR_BAD_RECORD_MAC" });
    },
  );
});

/** Who calls, and what the node says of him. An OpenSSL client does not show a key that nobody would take. */
const callers: readonly (readonly [who: string, options: () => ConnectionOptions, detail: string])[] = [
  ["shows no certificate", () => ({}), "it has no certificate"],
  [
    "shows a certificate that another key signed, and that one's as well",
    () => chain(),
    "its certificate is not signed by its own key",
  ],
  [
    "shows a certificate that another key signed in the same name",
    () => papers({ signedBy: freshKey() }),
    "its certificate is not signed by its own key",
  ],
  ["has a key of RSA", () => papers({ key: freshKey("rsa") }), "it has no certificate"],
  ["has a key on P-256", () => papers({ key: freshKey("ec") }), "it has no certificate"],
  ["has a key on Ed448", () => papers({ key: freshKey("ed448") }), "it has no certificate"],
  ["speaks TLS 1.2", () => ({ ...papers(), maxVersion: "TLSv1.2" }), "it does not speak TLS 1.3"],
  [
    "speaks another protocol",
    () => ({ ...papers(), ALPNProtocols: ["h2"] }),
    "it does not speak this protocol (ALPN)",
  ],
  ["does not say what it speaks", () => ({ ...papers(), ALPNProtocols: [] }), `it does not speak ${ALPN}`],
];

test.each(callers)("a caller that %s is sent away", async (_, options, detail) => {
  const { at, owner } = await listening();
  const caller = stranger(at, options());
  await until(() => owner.turnedAway.length > 0);
  expect(owner.turnedAway).toEqual([{ kind: "mistaken", detail }]);
  await until(() => caller.destroyed);
  await expectNobody(owner);
});

/** As what somebody poses who is dialled, and what the dialler says of him. */
const answerers: readonly (readonly [who: string, options: () => ServerOptions, detail: string])[] = [
  [
    "shows a certificate that another key signed",
    () => chain(),
    "its certificate is not signed by its own key",
  ],
  ["has a key of RSA", () => papers({ key: freshKey("rsa") }), "ERR_SSL_"],
  ["has a key on P-256", () => papers({ key: freshKey("ec") }), "ERR_SSL_"],
  ["has a key on Ed448", () => papers({ key: freshKey("ed448") }), "ERR_SSL_"],
  ["speaks TLS 1.2", () => ({ ...papers(), maxVersion: "TLSv1.2" }), "it does not speak TLS 1.3"],
  [
    "speaks another protocol",
    () => ({ ...papers(), ALPNProtocols: ["h2"] }),
    "it does not speak this protocol (ALPN)",
  ],
  ["does not say what it speaks", () => ({ ...papers(), ALPNProtocols: [] }), `it does not speak ${ALPN}`],
];

test.each(answerers)("somebody who is dialled and %s is mistaken", async (_, options, detail) => {
  const near = new Owner();
  node().dial(await strangeServer(options()), near);
  const reason = await near.closed;
  expect(reason).toMatchObject({ kind: "mistaken", detail: expect.stringContaining(detail) as string });
  await expectNobody(near);
});

test.each(["ed448", "ec", "rsa"] as const)("a certificate with a key of %s is nobody's", (kind: KeyKind) => {
  const certificate = new X509Certificate(papers({ key: freshKey(kind) }).cert);
  expect(keyOf(certificate)).toEqual({ complaint: `its key is ${kind}, not ed25519` });
});

test("names in certificates are not believed: the key counts", async () => {
  const { at, owner, signer } = await listening();
  const { cert, key } = papers({ name: signer.id });
  stranger(at, { cert, key });
  expect((await owner.opened).channel?.id).toBe(keyOf(new X509Certificate(cert)));
});

test("a second certificate proves nothing: who shows another's behind his own is himself", async () => {
  const { at, owner } = await listening();
  const own = papers();
  const other = papers();
  stranger(at, { cert: own.cert + other.cert, key: own.key });
  const id = keyOf(new X509Certificate(own.cert));
  expect((await owner.opened).channel?.id).toBe(id);
});

test("nobody can show another's certificate: TLS wants its key", () => {
  const thief = { cert: papers().cert, key: papers().key };
  expect(() => connect({ port: 1, ...thief })).toThrow(/key values mismatch/);
});

test("a session cannot be resumed, whatever tickets its client kept", async () => {
  const { at, owner } = await listening();
  const own = papers();
  const sessions: Buffer[] = [];
  const first = stranger(at, own);
  first.on("session", (session) => sessions.push(session));
  await owner.opened;
  await until(() => sessions.length > 0);
  first.destroy();
  const second = stranger(at, { ...own, session: sessions.at(-1) });
  await new Promise((resolve) => second.once("secureConnect", resolve));
  expect(second.isSessionReused()).toBe(false);
});

test.each([
  ["was resumed", { isSessionReused: () => true }, "it resumed a session, and so proved nothing"],
  ["is of TLS 1.2", { getProtocol: () => "TLSv1.2" }, "it speaks TLSv1.2, not TLS 1.3"],
])("a session that %s proves nothing, had it come so far", (_, fault, complaint) => {
  const sound = { getProtocol: () => "TLSv1.3", alpnProtocol: ALPN, isSessionReused: () => false };
  expect(proofOf({ ...sound, ...fault } as unknown as TLSSocket)).toBe(complaint);
});

test("a client that believes to be connected is not, until the other end has judged it", async () => {
  const { at, owner } = await listening();
  const caller = stranger(at, {});
  await new Promise((resolve) => caller.once("secureConnect", resolve));
  caller.write(Buffer.from([0, 0, 0, 1, 9]));
  await until(() => owner.turnedAway.length > 0);
  expect(owner.turnedAway).toEqual([{ kind: "mistaken", detail: "it has no certificate" }]);
  expect(owner.frames).toEqual([]);
});

describe("plain TCP and TLS", () => {
  test("a plain node that dials one of TLS: both know", async () => {
    const { at, owner } = await listening();
    const near = new Owner();
    const plain = keep(new TcpTransport());
    plain.dial(at, near);
    (await near.opened).send(Uint8Array.of(1, 2, 3));
    expect(await near.closed).toEqual({
      kind: "mistaken",
      detail: "the other end speaks TLS, this one plain TCP",
    });
    expect(owner.turnedAway).toEqual([
      { kind: "mistaken", detail: "the other end speaks plain TCP, this one TLS" },
    ]);
  });

  test("a node of TLS that dials a plain one: both know", async () => {
    const owner = new Owner();
    const at = await listen(keep(new TcpTransport()), owner);
    const near = new Owner();
    node().dial(at, near);
    expect(await near.closed).toEqual({
      kind: "mistaken",
      detail: "the other end speaks plain TCP, this one TLS",
    });
    expect(await owner.closed).toEqual({
      kind: "mistaken",
      detail: "the other end speaks TLS, this one plain TCP",
    });
  });
});

describe("a caller that is in no hurry", () => {
  test("is sent away when it says nothing", async () => {
    const { at, owner } = await listening({ handshakeTimeoutMs: 200 });
    const caller = plainCaller(at);
    await until(() => caller.destroyed);
    expect(owner.turnedAway).toEqual([{ kind: "mistaken", detail: "silent in the TLS handshake" }]);
  });

  test("is sent away when it spells its greeting letter by letter", async () => {
    const { at, owner } = await listening({ handshakeTimeoutMs: 300 });
    const caller = plainCaller(at);
    const greeting = [0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3];
    const spelling = setInterval(() => caller.write(Uint8Array.of(greeting.shift() ?? 0)), 20);
    cleanups.push(() => clearInterval(spelling));
    await until(() => owner.turnedAway.length > 0);
    expect(owner.turnedAway).toEqual([{ kind: "mistaken", detail: "silent in the TLS handshake" }]);
    await until(() => caller.destroyed);
  });

  test("is mistaken when it was dialled and says nothing", async () => {
    const silent = await plainServer(() => undefined);
    const near = new Owner();
    node({ limits: { dialTimeoutMs: 300 } }).dial(silent, near);
    expect(await near.closed).toEqual({ kind: "mistaken", detail: "silent in the TLS handshake" });
  });

  test("is mistaken when it was dialled and hangs up", async () => {
    const near = new Owner();
    node().dial(await plainServer((socket) => socket.destroy()), near);
    expect(await near.closed).toEqual({ kind: "mistaken", detail: "closed in the TLS handshake" });
  });

  test("does not keep a transport from closing", async () => {
    const { at, transport, owner } = await listening({ handshakeTimeoutMs: 3_600_000 });
    const callers = [plainCaller(at), plainCaller(at)];
    callers[1]?.write(Uint8Array.of(0x16, 3, 1, 2, 0));
    await until(() => callers.every(({ connecting }) => !connecting));
    await new Promise((resolve) => setTimeout(resolve, 50));
    await new Promise<void>((resolve) => transport.close(resolve));
    expect(owner.turnedAway).toEqual([]);
    await until(() => callers.every(({ destroyed }) => destroyed));
  });
});

describe("callers that have proved nothing", () => {
  const crowded = { kind: "closed", detail: "too many strangers at the door" };

  test("are dropped, the oldest first, when there are too many", async () => {
    const { at, owner } = await listening({ callersMax: 3 });
    const callers = await silentCallers(at, 5);
    await until(() => owner.turnedAway.length === 2);
    expect(owner.turnedAway).toEqual([crowded, crowded]);
    await until(() => callers.slice(0, 2).every(({ destroyed }) => destroyed));
    expect(callers.slice(2).some(({ destroyed }) => destroyed)).toBe(false);
  });

  test("cannot keep a node out that is quick", async () => {
    const { at, owner } = await listening({ callersMax: 3 });
    await silentCallers(at, 6);
    const near = new Owner();
    node().dial(at, near);
    await near.opened;
    expect((await owner.opened).channel).toBeDefined();
  });

  test("are ten from one machine at most, on loopback if it is not exempt", async () => {
    const { at, owner } = await listening({ loopbackExempt: false, callsPerSecondMax: 1000 });
    const callers = await silentCallers(at, 11);
    const other = plainCaller(at, "127.0.0.2");
    await until(() => owner.turnedAway.length > 0 && !other.connecting);
    expect(owner.turnedAway).toEqual([crowded]);
    await until(() => callers[0]?.destroyed === true);
    expect([...callers.slice(1), other].some(({ destroyed }) => destroyed)).toBe(false);
  });

  test("may be more on loopback, as it is exempt", async () => {
    const { at, owner } = await listening();
    const callers = await silentCallers(at, 30);
    stranger(at, papers());
    await owner.opened;
    expect(owner.turnedAway).toEqual([]);
    expect(callers.some(({ destroyed }) => destroyed)).toBe(false);
  });

  test("do not crowd out the seeds, who have places of their own", async () => {
    const { at, owner } = await listening({ callersMax: 2 }, ["127.0.0.2"]);
    const seed = plainCaller(at, "127.0.0.2");
    await until(() => !seed.connecting);
    await silentCallers(at, 4);
    await until(() => owner.turnedAway.length === 2);
    expect(seed.destroyed).toBe(false);
  });
});

describe.each([
  ["TLS", (limits: Partial<TlsLimits>) => node({ limits })],
  ["plain TCP", (limits: Partial<TlsLimits>) => keep(new TcpTransport(limits))],
])("over %s a machine", (_, make) => {
  test("that calls too often is reset, if it is not exempt", async () => {
    const owner = new Owner();
    const at = await listen(make({ loopbackExempt: false, callsPerSecondMax: 1 }), owner);
    plainCaller(at, "127.0.0.2");
    const hasty = Array.from({ length: 20 }, () => plainCaller(at));
    await until(() => owner.turnedAway.length > 0);
    expect(owner.turnedAway[0]).toEqual({ kind: "closed", detail: "127.0.0.1 calls too often" });
    await until(() => hasty.some(({ destroyed }) => destroyed));
  });

  test("may call as often as it likes on loopback", async () => {
    const owner = new Owner();
    const at = await listen(make({ callsPerSecondMax: 1 }), owner);
    const callers = await silentCallers(at, 20);
    expect(owner.turnedAway).toEqual([]);
    expect(callers.some(({ destroyed }) => destroyed)).toBe(false);
  });
});

test.each([
  [{ handshakeTimeoutMs: 0 }, "handshakeTimeoutMs"],
  [{ callersMax: Number.NaN }, "callersMax"],
  [{ callersPerHostMax: -1 }, "callersPerHostMax"],
  [{ callsPerSecondMax: 0.5 }, "callsPerSecondMax"],
])("the limits %o are the caller's bug", (limits, message) => {
  expect(() => node({ limits })).toThrow(RangeError);
  expect(() => node({ limits })).toThrow(message);
});

/** A leaf and the authority that signed it, in one file. */
function chain(): Papers {
  const authority = freshKey();
  const leaf = papers({ signedBy: authority, issuer: "authority" });
  return { cert: leaf.cert + papers({ key: authority, name: "authority" }).cert, key: leaf.key };
}

function keep<T extends Transport>(transport: T): T {
  cleanups.push(() => transport.close());
  return transport;
}

function node(
  options: { signer?: NodeSigner; limits?: Partial<TlsLimits>; favouredHosts?: string[] } = {},
): TlsTransport {
  return keep(new TlsTransport({ signer: createNodeSigner(), ...options }));
}

async function listening(limits: Partial<TlsLimits> = {}, favouredHosts: string[] = []) {
  const [owner, signer] = [new Owner(), createNodeSigner()];
  const transport = node({ signer, limits, favouredHosts });
  return { at: await listen(transport, owner), owner, signer, transport };
}

function listen(transport: Transport, owner: Owner): Promise<Address> {
  return new Promise((resolve, reject) => {
    transport.listen(HERE, owner, (bound) => (typeof bound === "string" ? resolve(bound) : reject(bound)));
  });
}

/** Somebody who calls with TLS and means no good. */
function stranger(at: Address, options: ConnectionOptions): TLSSocket {
  const socket = connect({
    ...splitAddress(at),
    rejectUnauthorized: false,
    ALPNProtocols: [ALPN],
    ...options,
  });
  socket.on("error", () => undefined).resume();
  cleanups.push(() => socket.destroy());
  return socket;
}

/** Somebody who waits for calls with TLS and means no good. */
function strangeServer(options: ServerOptions): Promise<Address> {
  const server: Server = createServer({
    requestCert: true,
    rejectUnauthorized: false,
    ALPNProtocols: [ALPN],
    ...options,
  });
  server.on("secureConnection", (socket) => socket.on("error", () => undefined));
  cleanups.push(() => server.close());
  return bound(server);
}

function plainServer(accept: (socket: Socket) => void): Promise<Address> {
  const plain = createPlainServer((socket) => {
    socket.on("error", () => undefined);
    cleanups.push(() => socket.destroy());
    accept(socket);
  });
  cleanups.push(() => plain.close());
  return bound(plain);
}

/** Passes everything on, until it changes what goes to `end`, and passes nothing back any more. */
async function meddler(at: Address, end: "dialler" | "acceptor") {
  const state = { isChanging: false };
  const address = await plainServer((near) => {
    const far = plainCaller(at);
    pass(near, far, end === "acceptor", state);
    pass(far, near, end === "dialler", state);
  });
  const changed = (): void => {
    state.isChanging = true;
  };
  return { address, changed };
}

function pass(from: Socket, to: Socket, isVictim: boolean, state: { readonly isChanging: boolean }): void {
  from.on("data", (chunk: Buffer) => {
    if (state.isChanging && !isVictim) return;
    if (state.isChanging) chunk[chunk.length - 1] = (chunk.at(-1) as number) ^ 1;
    to.write(chunk);
  });
}

function bound(server: Server | ReturnType<typeof createPlainServer>): Promise<Address> {
  return new Promise((resolve) => {
    server.listen(0, "127.0.0.1", () => {
      resolve(parseAddress(`127.0.0.1:${(server.address() as { port: number }).port}`));
    });
  });
}

function plainCaller(at: Address, localAddress = "127.0.0.1"): Socket {
  const socket = connectPlain({ ...splitAddress(at), localAddress });
  socket.on("error", () => undefined).resume();
  cleanups.push(() => socket.destroy());
  return socket;
}

/** Callers that say nothing, one after the other. */
async function silentCallers(at: Address, count: number): Promise<readonly Socket[]> {
  const callers: Socket[] = [];
  for (let index = 0; index < count; index++) {
    const caller = plainCaller(at);
    callers.push(caller);
    await until(() => !caller.connecting);
  }
  return callers;
}

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 5));
}

/** Nobody was taken for a link. */
async function expectNobody(owner: Owner): Promise<void> {
  expect(await Promise.race([owner.opened, Promise.resolve("nobody")])).toBe("nobody");
}
