/**
 * How long an honest node takes to connect while somebody opens handshakes of TLS by the thousand and finishes none:
 * `node scripts/run.mjs packages/wire/bench/flood.ts [--rate 1000] [--addresses 1] [--seconds 20]`. The limits for each
 * machine hold on loopback here; the flood comes from as many addresses as are asked for. Three processes; Linux, where
 * all of 127/8 is this machine.
 */
import { type ChildProcess, fork } from "node:child_process";
import { connect, createServer, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { createNodeSigner } from "@p2p/identity/node";
import { type Address, Lobby, splitAddress } from "@p2p/wire";
import { TlsTransport } from "@p2p/wire/tls";

const RUNNER = fileURLToPath(new URL("../../../scripts/run.mjs", import.meta.url));
const STEP_MS = 10;
/** An honest node calls less often than one machine may. */
const PAUSE_MS = 250;

const { values } = parseArgs({
  options: {
    rate: { type: "string", default: "1000" },
    addresses: { type: "string", default: "1" },
    seconds: { type: "string", default: "20" },
    part: { type: "string" },
    at: { type: "string" },
  },
});
const [rate, addresses, seconds] = [values.rate, values.addresses, values.seconds].map(Number) as [
  number,
  number,
  number,
];

/** Whoever is called. */
async function server(): Promise<void> {
  const signer = createNodeSigner();
  const transport = new TlsTransport({ signer, limits: { loopbackExempt: false } });
  const lobby = new Lobby({ signer, transport, role: "seed" });
  await lobby.start();
  process.send?.(lobby.bound);
  process.on("message", () => process.send?.(process.cpuUsage()));
  process.on("disconnect", () => process.exit());
}

/** What a client says first. Whoever hears it has to answer with a key exchange and a signature. */
function greeting(): Promise<Buffer> {
  return new Promise((resolve) => {
    const ear = createServer((socket) => socket.once("data", resolve)).listen(0, "127.0.0.1", () => {
      const { port } = ear.address() as { port: number };
      const options = {
        ALPNProtocols: ["p2p-overlay/1"],
        minVersion: "TLSv1.3",
        rejectUnauthorized: false,
      } as const;
      connectTls({ host: "127.0.0.1", port, ...options }).on("error", () => undefined);
    });
  });
}

async function flooder(at: Address): Promise<void> {
  const hello = await greeting();
  const { host, port } = splitAddress(at);
  const begun = performance.now();
  let [opened, answered] = [0, 0];
  const knock = (): void => {
    const localAddress = `127.1.${Math.floor(opened / 250) % Math.ceil(addresses / 250)}.${1 + (opened++ % Math.min(addresses, 250))}`;
    const socket: Socket = connect({ host, port, localAddress }, () => socket.write(hello));
    socket.once("data", () => answered++);
    socket.on("error", () => undefined);
  };
  setInterval(() => {
    const due = Math.floor(((performance.now() - begun) * rate) / 1000) - opened;
    for (let count = 0; count < due; count++) knock();
  }, STEP_MS);
  process.on("message", () => process.send?.([opened, answered]));
  process.on("disconnect", () => process.exit());
}

function started(...args: string[]): ChildProcess {
  return fork(RUNNER, [
    fileURLToPath(import.meta.url),
    "--rate",
    String(rate),
    "--addresses",
    String(addresses),
    ...args,
  ]);
}

function told<T>(child: ChildProcess, question?: string): Promise<T> {
  if (question !== undefined) child.send(question);
  return new Promise((resolve) => child.once("message", (answer) => resolve(answer as T)));
}

/** Milliseconds until a link is known at both ends; infinity when it is not made. */
function meeting(lobby: Lobby, at: Address): Promise<number> {
  const begun = performance.now();
  return new Promise((resolve) => {
    lobby.dial(at, {
      purpose: "probe",
      done: (outcome) => {
        if ("connection" in outcome) outcome.connection.close();
        resolve("connection" in outcome ? performance.now() - begun : Number.POSITIVE_INFINITY);
      },
    });
  });
}

async function meetings(lobby: Lobby, at: Address): Promise<string> {
  const taken: number[] = [];
  for (const end = performance.now() + 1000 * seconds; performance.now() < end; ) {
    taken.push(await meeting(lobby, at));
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
  taken.sort((one, other) => one - other);
  const at99 = (share: number): string => (taken[Math.ceil(share * taken.length) - 1] as number).toFixed(0);
  const failed = taken.filter((ms) => !Number.isFinite(ms)).length;
  return `p50 ${at99(0.5)} ms, p99 ${at99(0.99)} ms, ${failed} of ${taken.length} failed`;
}

async function measure(): Promise<void> {
  const seed = started("--part", "server");
  const at = await told<Address>(seed);
  const lobby = new Lobby({});
  await lobby.start();
  console.log(`at rest: ${await meetings(lobby, at)}`);
  const flood = started("--part", "flooder", "--at", at);
  const before = await told<NodeJS.CpuUsage>(seed, "cost");
  console.log(`handshakes ${rate} a second from ${addresses} addresses: ${await meetings(lobby, at)}`);
  const after = await told<NodeJS.CpuUsage>(seed, "cost");
  const [opened, answered] = await told<[number, number]>(flood, "count");
  const cores = (after.user + after.system - before.user - before.system) / 1e6 / seconds;
  console.log(
    `opened ${opened}, ${answered} of them answered; the one who was called used ${cores.toFixed(2)} of a core`,
  );
  process.exit();
}

if (values.part === "server") await server();
else if (values.part === "flooder") await flooder(values.at as Address);
else await measure();
