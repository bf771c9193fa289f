import { connect, type Socket } from "node:net";
import { Worker } from "node:worker_threads";
import { afterEach, expect, test } from "vitest";
import { type Address, parseAddress, splitAddress } from "../src/address.ts";
import { systemClock } from "../src/clock.ts";
import { isApplicable, type TransportKit, transportCases } from "../src/conformance/index.ts";
import { isSelfConnected } from "../src/socket/transport.ts";
import { TcpTransport } from "../src/tcp/index.ts";
import type { LinkLimits, LinkOwner } from "../src/transport.ts";
import { Owner } from "./owner.ts";

const kit: TransportKit = {
  clock: systemClock,
  host: () => ({
    address: parseAddress("127.0.0.1:0"),
    transport: (limits) => new TcpTransport(limits),
  }),
  deadAddress: parseAddress("127.0.0.1:1"),
  unreachableAddress: parseAddress("nobody.invalid:7000"),
  capabilities: { backpressure: true },
};

const cleanups: (() => void)[] = [];

afterEach(() => {
  for (const cleanup of cleanups.splice(0)) cleanup();
});

const promised = transportCases
  .filter((each) => isApplicable(each, kit))
  .map(({ name, run }) => [name, run] as const);

test.each(promised)("%s", { timeout: 60_000 }, async (_, run) => {
  const failure = await new Promise((resolve) => run(kit, resolve));
  expect(failure).toBeUndefined();
});

test("frames leave as their length in four bytes, most significant first, and then themselves", async () => {
  const { at, owner } = await listening();
  const raw = rawSocket(at);
  const link = await owner.opened;
  const sent: Buffer[] = [];
  raw.on("data", (chunk) => sent.push(chunk));
  link.send(Uint8Array.of(1, 2, 3));
  link.send(new Uint8Array(258).fill(9));
  await until(() => Buffer.concat(sent).length === 4 + 3 + 4 + 258);
  expect([...Buffer.concat(sent).subarray(0, 13)]).toEqual([0, 0, 0, 3, 1, 2, 3, 0, 0, 1, 2, 9, 9]);
});

test("a stranger's frames are heard, however they are cut", async () => {
  const { at, owner } = await listening();
  const raw = rawSocket(at);
  for (const byte of framed([1, 2, 3], [4])) raw.write(Uint8Array.of(byte));
  await until(() => owner.frames.length === 2);
  expect(owner.frames).toEqual([Uint8Array.of(1, 2, 3), Uint8Array.of(4)]);
});

test.each([
  ["a length beyond the limit", Buffer.from([0, 0x10, 0, 1]), "a frame of 1048577 bytes, more than 1048576"],
  [
    "the greatest length there is",
    Buffer.from([255, 255, 255, 255]),
    "a frame of 4294967295 bytes, more than 1048576",
  ],
  ["a length of zero", Buffer.from([0, 0, 0, 0]), "an empty frame"],
  [
    "a greeting in another protocol",
    Buffer.from("GET / HTTP/1.1\r\n\r\n"),
    "a frame of 1195725856 bytes, more than 1048576",
  ],
])("%s is misbehaviour: the link is cut", async (_, bytes, detail) => {
  const { at, owner } = await listening();
  const raw = rawSocket(at);
  raw.write(bytes);
  expect(await owner.closed).toEqual({ kind: "misbehaved", detail });
  await new Promise((resolve) => raw.once("close", resolve));
});

test("frames before the misbehaviour are still delivered, and none after it", async () => {
  const { at, owner } = await listening();
  rawSocket(at).write(Buffer.from([...framed([1], [2]), 0, 0, 0, 0, ...framed([3])]));
  expect((await owner.closed).kind).toBe("misbehaved");
  expect(owner.frames).toEqual([Uint8Array.of(1), Uint8Array.of(2)]);
});

test("a stream that ends inside a frame is broken, and the half frame is not delivered", async () => {
  const { at, owner } = await listening();
  rawSocket(at).end(Buffer.from([...framed([1]), 0, 0, 0, 9, 1, 2]));
  expect(await owner.closed).toEqual({ kind: "broken", detail: "end of stream inside a frame" });
  expect(owner.frames).toEqual([Uint8Array.of(1)]);
});

test("a stream that ends between frames is broken as well: nobody said goodbye", async () => {
  const { at, owner } = await listening();
  rawSocket(at).end();
  expect(await owner.closed).toEqual({ kind: "broken", detail: "end of stream" });
});

test("a reset breaks the link", async () => {
  const { at, owner } = await listening();
  const raw = rawSocket(at);
  await owner.opened;
  raw.resetAndDestroy();
  expect(await owner.closed).toEqual({ kind: "broken", detail: "read ECONNRESET" });
});

test("a stranger who neither reads nor closes cannot keep a transport open", async () => {
  const { at, owner, transport } = await listening({ flushTimeoutMs: 50 });
  const raw = rawSocket(at);
  raw.pause();
  const link = await owner.opened;
  while (link.send(new Uint8Array(1024 * 1024)));
  await new Promise<void>((resolve) => transport.close(resolve));
  expect(await owner.closed).toEqual({ kind: "closed" });
});

test("a stranger who keeps his half open cannot either", async () => {
  const { at, owner, transport } = await listening({ flushTimeoutMs: 50 });
  const raw = connect({ ...splitAddress(at), allowHalfOpen: true });
  cleanups.push(() => raw.destroy());
  raw.on("error", () => {}).resume();
  await owner.opened;
  await new Promise<void>((resolve) => transport.close(resolve));
  expect(await owner.closed).toEqual({ kind: "closed" });
});

test("a paused link with unread frames closes as soon as its far end does, not when its time is up", async () => {
  const { at, owner, transport } = await listening({ flushTimeoutMs: 3_600_000 });
  const raw = rawSocket(at);
  const link = await owner.opened;
  link.pause();
  raw.write(new Uint8Array(1_000_000));
  raw.once("end", () => raw.end());
  await new Promise<void>((resolve) => transport.close(resolve));
  expect(await owner.closed).toEqual({ kind: "closed" });
});

test("a dial that nobody answers is given up after dialTimeoutMs", async () => {
  const owner = new Owner();
  transportForTest({ dialTimeoutMs: 300 }).dial(await addressOfSleeper(), owner);
  expect(await owner.closed).toEqual({ kind: "unreachable", detail: "no answer in 300 ms" });
});

test("a name that nobody has is unreachable, and the reason says which", async () => {
  const owner = new Owner();
  transportForTest({ dialTimeoutMs: 30_000 }).dial(parseAddress("nobody.invalid:7000"), owner);
  expect(await owner.closed).toMatchObject({
    kind: "unreachable",
    detail: expect.stringContaining("nobody.invalid") as string,
  });
});

test("a name is dialled at any of its addresses", async () => {
  const { at } = await listening();
  const owner = new Owner();
  const link = transportForTest().dial(parseAddress(`localhost:${splitAddress(at).port}`), owner);
  expect(await owner.opened).toBe(link);
});

test("a name whose machine listens at none of its addresses refuses", async () => {
  const owner = new Owner();
  transportForTest().dial(parseAddress("localhost:1"), owner);
  expect(await owner.closed).toEqual({ kind: "refused" });
});

test("a socket that was given the port it dials has reached nobody but itself", async () => {
  const { at, transport } = await listening();
  await new Promise<void>((resolve) => transport.close(resolve));
  const { port } = splitAddress(at);
  const socket = connect({ host: "127.0.0.1", port, localPort: port });
  cleanups.push(() => socket.destroy());
  await new Promise<void>((resolve, reject) => socket.once("connect", resolve).once("error", reject));
  expect(isSelfConnected(socket)).toBe(true);
});

test("a port that is taken is named, and what to do about it", async () => {
  const { at } = await listening();
  const error = await listen(transportForTest(), at);
  expect(error).toMatchObject({ code: "ADDRESS_IN_USE", cause: { code: "EADDRINUSE" } });
  expect(String(error)).toContain(
    `${at} is in use: stop the process that listens there, or choose another port`,
  );
});

test.each(["192.0.2.1:7000", "nobody.invalid:7000"])("%s is no address of this machine", async (text) => {
  const error = await listen(transportForTest(), parseAddress(text));
  expect(error).toMatchObject({ code: "ADDRESS_UNAVAILABLE" });
  expect(String(error)).toContain(`cannot listen at ${text}`);
});

test("a transport whose address was unavailable can still dial, and be closed", async () => {
  const transport = transportForTest();
  await listen(transport, parseAddress("192.0.2.1:7000"));
  const { at } = await listening();
  const owner = new Owner();
  transport.dial(at, owner);
  await owner.opened;
  await new Promise<void>((resolve) => transport.close(resolve));
  expect(await owner.closed).toEqual({ kind: "closed" });
});

test("a host name stays a name in the address that was bound", async () => {
  expect(await listen(transportForTest(), parseAddress("localhost:0"))).toMatch(/^localhost:[1-9]\d*$/);
});

test("links over IPv6 know their addresses", async () => {
  const owner = new Owner();
  const at = await listen(transportForTest(), parseAddress("[::1]:0"), owner);
  if (typeof at !== "string") return; // a machine without IPv6
  transportForTest().dial(at, new Owner());
  expect((await owner.opened).address).toMatch(/^\[::1\]:\d+$/);
});

test("an IPv4 caller of an IPv6 wildcard has an IPv4 address", async () => {
  const owner = new Owner();
  const at = await listen(transportForTest(), parseAddress("[::]:0"), owner);
  if (typeof at !== "string") return; // a machine without IPv6
  transportForTest().dial(parseAddress(`127.0.0.1:${splitAddress(at).port}`), new Owner());
  expect((await owner.opened).address).toMatch(/^127\.0\.0\.1:\d+$/);
});

test("an owner that throws harms neither the link nor the other frames, and its error is seen", async () => {
  const seen = uncaughtErrors();
  const { at, owner } = await listening();
  owner.react = (what) => {
    throw new Error(`bug in ${what}`);
  };
  const raw = rawSocket(at);
  raw.write(framed([1], [2], [3]));
  await until(() => owner.frames.length === 3);
  raw.end();
  await owner.closed;
  await until(() => seen.length === 5);
  expect(seen).toEqual(["bug in opened", "bug in frame", "bug in frame", "bug in frame", "bug in closed"]);
});

test.each([
  [{ frameBytesMax: 0 }, "frameBytesMax"],
  [{ dialTimeoutMs: Number.NaN }, "dialTimeoutMs"],
  [{ flushTimeoutMs: 1.5 }, "flushTimeoutMs"],
  [
    { frameBytesMax: 1000, queuedBytesMax: 1003 },
    "queuedBytesMax 1003 has no room for a frame of 1000 bytes",
  ],
])("the limits %o are the caller's bug", (limits, message) => {
  expect(() => new TcpTransport(limits)).toThrow(RangeError);
  expect(() => new TcpTransport(limits)).toThrow(message);
});

function transportForTest(limits?: Partial<LinkLimits>): TcpTransport {
  const transport = new TcpTransport(limits);
  cleanups.push(() => transport.close());
  return transport;
}

async function listen(
  transport: TcpTransport,
  at: Address,
  owner: LinkOwner = new Owner(),
): Promise<Address | Error> {
  return new Promise((resolve) => transport.listen(at, owner, resolve));
}

async function listening(limits?: Partial<LinkLimits>): Promise<{
  at: Address;
  owner: Owner;
  transport: TcpTransport;
}> {
  const transport = transportForTest(limits);
  const owner = new Owner();
  const at = await listen(transport, parseAddress("127.0.0.1:0"), owner);
  if (typeof at !== "string") throw at;
  return { at, owner, transport };
}

/** A socket that knows nothing of frames. */
function rawSocket(to: Address): Socket {
  const socket = connect(splitAddress(to));
  cleanups.push(() => socket.destroy());
  return socket.on("error", () => {}).resume();
}

function framed(...frames: readonly number[][]): Uint8Array {
  return Uint8Array.from(frames.flatMap((frame) => [0, 0, frame.length >> 8, frame.length & 0xff, ...frame]));
}

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 5));
}

/** What nobody catches, as long as the test runs: the runner's own listeners would call it a failure. */
function uncaughtErrors(): string[] {
  const seen: string[] = [];
  const others = process.listeners("uncaughtException");
  process.removeAllListeners("uncaughtException");
  process.on("uncaughtException", (error) => seen.push(error.message));
  cleanups.push(() => {
    process.removeAllListeners("uncaughtException");
    for (const other of others) process.on("uncaughtException", other);
  });
  return seen;
}

/** Somebody who listens and never wakes up to accept; his few waiting places are taken. */
async function addressOfSleeper(): Promise<Address> {
  const sleeper = new Worker(
    `const { parentPort } = require("node:worker_threads");
     const server = require("node:net").createServer().listen({ port: 0, host: "127.0.0.1", backlog: 1 }, () => {
       parentPort.postMessage(server.address().port);
       setTimeout(() => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0), 20);
     });`,
    { eval: true },
  );
  cleanups.push(() => void sleeper.terminate());
  const port = await new Promise<number>((resolve) => sleeper.once("message", resolve));
  await new Promise((resolve) => setTimeout(resolve, 200));
  const at = parseAddress(`127.0.0.1:${port}`);
  for (let count = 0; count < 4; count++) rawSocket(at);
  await new Promise((resolve) => setTimeout(resolve, 200));
  return at;
}
