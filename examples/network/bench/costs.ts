/**
 * What being safe costs, over TLS and over plain TCP: a registration, an idle seed, an idle peer; and the check of a
 * certificate. Processes on loopback, the pace of a LAN, nobody says anything. Linux.
 * `node scripts/run.mjs examples/network/bench/costs.ts [--registrations 30] [--seconds 30] [--peers 10]`.
 */
import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import {
  CERTIFICATES,
  type Certificate,
  Configuration,
  registrationDigest,
  signRegistration,
  signVote,
  verifyCertificate,
} from "@p2p/consensus";
import { verifier } from "@p2p/identity";
import { createNodeSigner } from "@p2p/identity/node";
import { type Address, Malformed } from "@p2p/wire";
import { TcpTransport } from "@p2p/wire/tcp";
import { Hostile } from "../test/hostile.ts";
import { Network } from "../test/network.ts";
import type { Node } from "../test/node.ts";

/** Linux counts time of processes in hundredths of a second. */
const TICKS_A_SECOND = 100;

const { values } = parseArgs({
  options: {
    registrations: { type: "string", default: "30" },
    seconds: { type: "string", default: "30" },
    peers: { type: "string", default: "10" },
  },
});
const [registrations, seconds, peers] = [values.registrations, values.seconds, values.peers].map(Number) as [
  number,
  number,
  number,
];

/** Seconds of a core that these have used so far, all together. */
function cpuOf(nodes: readonly Node[]): number {
  const each = nodes.map(({ process }) => {
    const text = readFileSync(`/proc/${process?.pid}/stat`, "latin1");
    const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
    return (Number(fields[11]) + Number(fields[12])) / TICKS_A_SECOND;
  });
  return each.reduce((sum, one) => sum + one, 0);
}

/** Newcomers come one after the other: milliseconds each, and milliseconds of a core that all seeds together use for it. */
async function registrationOf(network: Network, isSecure: boolean): Promise<string> {
  const before = cpuOf(network.seeds);
  let wallMs = 0;
  const all: Hostile[] = [];
  for (let count = 0; count < registrations; count++) {
    const newcomer = await Hostile.at(network, isSecure ? undefined : new TcpTransport());
    all.push(newcomer);
    const begun = performance.now();
    await newcomer.join();
    wallMs += performance.now() - begun;
  }
  const cpuMs = (1000 * (cpuOf(network.seeds) - before)) / registrations;
  await Promise.all(all.map((one) => one.close()));
  return `a registration ${(wallMs / registrations).toFixed(0)} ms, ${cpuMs.toFixed(0)} ms of a core at ${network.seeds.length} seeds together, links included`;
}

async function measure(isSecure: boolean): Promise<void> {
  const network = new Network(undefined, isSecure ? [] : ["--insecure"]);
  await network.start(3, 0);
  for (let count = 0; count < peers; count++) (await network.addPeer("--gossip-max", "0")).start();
  await network.settled();
  await sleep(5000);
  const before = [network.seeds, network.peers].map(cpuOf) as [number, number];
  await sleep(1000 * seconds);
  const share = (nodes: readonly Node[], since: number): string =>
    ((100 * (cpuOf(nodes) - since)) / seconds / nodes.length).toFixed(2);
  const [seed, peer] = [share(network.seeds, before[0]), share(network.peers, before[1])];
  console.log(`${isSecure ? "TLS" : "TCP"}: idle: a seed ${seed} % of a core, a peer ${peer} %`);
  console.log(`${isSecure ? "TLS" : "TCP"}: ${await registrationOf(network, isSecure)}`);
  await network.close();
}

/** Milliseconds of a core for a certificate from its bytes: nothing that was found out before is used. */
function checkMs(size: number, faulty: number): number {
  const signers = Array.from({ length: size }, () => createNodeSigner());
  const seeds = signers.map(({ id }, index) => ({ id, address: `127.0.0.1:${index + 1}` as Address }));
  const configuration = new Configuration({ seeds, faulty });
  const { cfg, networkId, quorum } = configuration;
  const frames = Array.from({ length: 300 }, () => {
    const peer = createNodeSigner();
    const terms = { peer: peer.id, address: "127.0.0.1:9" as Address, incarnation: 1 };
    const registration = signRegistration(terms, networkId, peer);
    const digest = registrationDigest(registration, networkId);
    const fact = { kind: "add", peer: peer.id, incarnation: 1, digest } as const;
    const votes = signers
      .slice(0, quorum)
      .map((signer) => signVote({ cfg, fact, tick: 0, counter: 1, seed: signer.id }, networkId, signer));
    const certificate: Certificate = { fact, votes, registration };
    return CERTIFICATES.encode({ certificates: [certificate] });
  });
  const before = process.cpuUsage();
  for (const frame of frames) {
    const read = CERTIFICATES.decode(frame);
    const [one] = read instanceof Malformed ? [] : read.certificates;
    if (one === undefined || verifyCertificate(one, configuration, verifier) !== undefined)
      throw new Error("a good certificate is found bad");
  }
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000 / frames.length;
}

for (const [size, faulty] of [
  [3, 0],
  [4, 1],
  [7, 2],
] as const)
  console.log(`the check of a certificate, ${size} seeds: ${checkMs(size, faulty).toFixed(2)} ms of a core`);
for (const isSecure of [true, false]) await measure(isSecure);
process.exit();
