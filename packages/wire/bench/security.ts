/**
 * What TLS costs: a handshake, its bytes, and what goes through a link afterwards, beside plain TCP, over loopback, both
 * ends in this process. `node scripts/run.mjs packages/wire/bench/security.ts`
 */
import { createConnection, createServer, type Socket } from "node:net";
import { createNodeSigner } from "@p2p/identity/node";
import {
  type Address,
  type Link,
  type LinkOwner,
  Lobby,
  parseAddress,
  splitAddress,
  type Transport,
} from "@p2p/wire";
import { TcpTransport } from "@p2p/wire/tcp";
import { TlsTransport } from "@p2p/wire/tls";

const HANDSHAKES = 300;
const FRAMES: readonly (readonly [bytes: number, count: number])[] = [
  [200, 200_000],
  [64 * 1024, 2000],
];
const ROUNDS = 3;

/** The listening end: told of the next link. */
interface Far {
  opened: (link: Link) => void;
}

interface Cost {
  readonly wallMs: number;
  readonly cpuMs: number;
}

type Make = () => Transport;
const kinds: readonly (readonly [string, Make])[] = [
  ["TCP", () => new TcpTransport()],
  ["TLS", () => new TlsTransport({ signer: createNodeSigner() })],
];

const quiet: LinkOwner = {
  linkOpened: () => undefined,
  linkFrame: () => undefined,
  linkDrained: () => undefined,
  linkClosed: () => undefined,
};

async function measured(times: number, task: () => Promise<void>): Promise<Cost> {
  const before = process.cpuUsage();
  const since = performance.now();
  for (let count = 0; count < times; count++) await task();
  const { user, system } = process.cpuUsage(before);
  return { wallMs: (performance.now() - since) / times, cpuMs: (user + system) / 1000 / times };
}

function listen(transport: Transport, owner: LinkOwner): Promise<Address> {
  return new Promise((resolve, reject) => {
    transport.listen(parseAddress("127.0.0.1:0"), owner, (bound) =>
      typeof bound === "string" ? resolve(bound) : reject(bound),
    );
  });
}

/** A channel, open at both ends. */
function pair(transport: Transport, at: Address, far: Far): Promise<[Link, Link]> {
  const accepted = new Promise<Link>((resolve) => {
    far.opened = resolve;
  });
  const dialled = new Promise<Link>((resolve, reject) => {
    transport.dial(at, {
      ...quiet,
      linkOpened: resolve,
      linkClosed: (_, reason) => reject(new Error(reason.kind)),
    });
  });
  return Promise.all([dialled, accepted]);
}

async function channelCost(make: Make): Promise<Cost> {
  const far: Far = { opened: () => undefined };
  const server = make();
  const client = make();
  const at = await listen(server, { ...quiet, linkOpened: (link) => far.opened(link) });
  const open = async (): Promise<void> => {
    const [link] = await pair(client, at, far);
    await closed(link);
  };
  await measured(20, open); // the first ones compile
  const cost = await measured(HANDSHAKES, open);
  for (const transport of [client, server]) transport.close();
  return cost;
}

function closed(link: Link): Promise<void> {
  return new Promise((resolve) => {
    link.owner = { ...quiet, linkClosed: () => resolve() };
    link.close();
  });
}

async function lobbyPair(transport: () => Transport | undefined): Promise<[Lobby, Lobby]> {
  const lobbies = [new Lobby({ transport: transport() }), new Lobby({ transport: transport() })] as const;
  for (const lobby of lobbies) await lobby.start();
  return [...lobbies];
}

/** The whole way to a known neighbour, HELLO included. */
async function linkCost(transport: () => Transport | undefined): Promise<Cost> {
  const [a, b] = await lobbyPair(transport);
  const meet = async (): Promise<void> => {
    await new Promise<void>((resolve) => {
      a.dial(b.bound as Address, {
        purpose: "probe",
        done: (outcome) => {
          if ("connection" in outcome) outcome.connection.close();
          resolve();
        },
      });
    });
  };
  await measured(20, meet);
  const cost = await measured(HANDSHAKES, meet);
  await Promise.all([a.stop(), b.stop()]);
  return cost;
}

/** Bytes both ways until a link is known at both ends. */
async function linkBytes(transport: () => Transport | undefined): Promise<number> {
  const [a, b] = await lobbyPair(transport);
  let bytes = 0;
  const { host, port } = splitAddress(b.bound as Address);
  const sockets: Socket[] = [];
  const between = createServer((near) => {
    const far = createConnection({ host, port });
    sockets.push(near, far);
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const)
      from
        .on("error", () => undefined)
        .on("data", (chunk) => {
          bytes += chunk.length;
          to.write(chunk);
        });
  });
  const at = await new Promise<Address>((resolve) => {
    between.listen(0, "127.0.0.1", () =>
      resolve(parseAddress(`127.0.0.1:${(between.address() as { port: number }).port}`)),
    );
  });
  await Promise.all([
    new Promise((resolve) => b.links.once("joined", resolve)),
    new Promise((resolve) => {
      a.dial(at, { done: resolve });
    }),
  ]);
  await new Promise((resolve) => setTimeout(resolve, 200));
  const taken = bytes;
  for (const socket of sockets) socket.destroy();
  between.close();
  await Promise.all([a.stop(), b.stop()]);
  return taken;
}

/** One way through a link, as fast as it takes them. */
async function flowCost(make: Make, frameBytes: number, count: number): Promise<Cost> {
  const far: Far = { opened: () => undefined };
  const [server, client] = [make(), make()];
  const at = await listen(server, { ...quiet, linkOpened: (link) => far.opened(link) });
  const [near, other] = await pair(client, at, far);
  const frame = new Uint8Array(frameBytes).fill(1);
  const flow = (): Promise<void> =>
    new Promise((resolve) => {
      let sent = 0;
      let heard = 0;
      other.owner = { ...quiet, linkFrame: () => (++heard === count ? resolve() : undefined) };
      const more = (): void => {
        while (sent < count && near.send(frame)) sent++;
      };
      near.owner = { ...quiet, linkDrained: more };
      more();
    });
  const cost = await measured(1, flow);
  for (const transport of [client, server]) transport.close();
  return cost;
}

/** The best of some rounds: others use this machine as well. */
async function best(measure: () => Promise<Cost>): Promise<Cost> {
  const costs: Cost[] = [];
  for (let round = 0; round < ROUNDS; round++) costs.push(await measure());
  const least = (of: (cost: Cost) => number): number => Math.min(...costs.map(of));
  return { wallMs: least(({ wallMs }) => wallMs), cpuMs: least(({ cpuMs }) => cpuMs) };
}

function show(what: string, costs: readonly Cost[], note = ""): void {
  const [tcp, tls] = costs as [Cost, Cost];
  const text = ({ wallMs, cpuMs }: Cost): string =>
    `${wallMs.toFixed(2)} ms wall, ${cpuMs.toFixed(2)} ms CPU`;
  const ratio = (of: (cost: Cost) => number): string => (of(tls) / of(tcp)).toFixed(1);
  console.log(
    `${what}\n  TCP ${text(tcp)}\n  TLS ${text(tls)}\n  ratio ${ratio(({ wallMs }) => wallMs)} wall, ${ratio(({ cpuMs }) => cpuMs)} CPU${note}`,
  );
}

async function each(measure: (make: Make) => Promise<Cost>): Promise<Cost[]> {
  const costs: Cost[] = [];
  for (const [, make] of kinds) costs.push(await best(() => measure(make)));
  return costs;
}

const plain = (): Transport => new TcpTransport();
const byDefault = (): undefined => undefined;

const made = await measured(50, async () => {
  for (const [, make] of kinds) make().close();
});
console.log(`a transport of TLS with a fresh key: ${made.cpuMs.toFixed(2)} ms CPU`);
show("a channel, both ends", await each(channelCost));
show("a link, both ends: channel and HELLO", [
  await best(() => linkCost(plain)),
  await best(() => linkCost(byDefault)),
]);
const [tcpBytes, tlsBytes] = [await linkBytes(plain), await linkBytes(byDefault)];
console.log(`bytes of a link, both ways: TCP ${tcpBytes}, TLS ${tlsBytes}`);
for (const [frameBytes, count] of FRAMES) {
  const costs = await each((make) => flowCost(make, frameBytes, count));
  const rate = ({ wallMs }: Cost): string => ((frameBytes * count) / 1e6 / (wallMs / 1000)).toFixed(0);
  show(`${count} frames of ${frameBytes} bytes`, costs, `; ${costs.map(rate).join(" and ")} MB/s`);
}
process.exit(0);
