import { ASSIGNMENT, LAN, Peer, type Profile } from "@p2p/peer";
import { type Address, splitAddress } from "@p2p/wire";
import { NodeDisk } from "@p2p/wire/node";
import { NEWCOMER_OPTIONS, readToken, workBitsOf } from "./admission.ts";
import { Chatter } from "./chatter.ts";
import { ForeignCallers } from "./foreign-callers.ts";
import { ForeignSeeds } from "./foreign-seeds.ts";
import { notify, onOrder, type PeerStatus } from "./messages.ts";
import {
  configurationOf,
  NODE_OPTIONS,
  openHome,
  readHomeKey,
  readNodeConfig,
  startIn,
} from "./node-setup.ts";
import { addressOf, readOptions } from "./options.ts";
import { PACE_OPTIONS, type Pace, readPace } from "./pace.ts";
import { expectEnd, fail, onEnd, run, UsageError, UsageMeter } from "./program.ts";
import { plainTransport } from "./security.ts";
import { transcribePeer } from "./transcript.ts";

const USAGE = `Runs one peer: it registers with the seeds, finds neighbours, gossips, and watches over them.

  npm run peer -- --listen 127.0.0.1:7001

A TIME is 500ms, 5s, 2m or 1h; a bare number counts seconds.`;

const OPTIONS = {
  ...NODE_OPTIONS,
  ...PACE_OPTIONS,
  ...NEWCOMER_OPTIONS,
  "await-order": { help: "publish only when the launcher says so" },
};

await run(async () => {
  const given = readOptions(USAGE, OPTIONS);
  const pace = readPace(given);
  const listen = addressOf(given, "listen");
  if (listen === undefined) throw new UsageError("a peer needs --listen HOST:PORT");
  const name = `peer-${splitAddress(listen).port}`;
  if (given["print-id"] === true) return console.log(readHomeKey(given, name).id);
  const workBits = workBitsOf(given);
  const { folder, signer } = openHome(given, name);
  const config = readNodeConfig(given);
  const configuration = await configurationOf(config, { folder, signer }, given);
  const peer = new Peer({
    configuration,
    changes: config.changes,
    signer,
    transport: plainTransport(given),
    disk: new NodeDisk(folder),
    listen,
    advertise: addressOf(given, "advertise"),
    profile: profileOf(pace),
    m: pace.m,
    token: readToken(given, signer.id, configuration.networkId),
    workBits,
  });
  const chatter = new Chatter(peer, pace.gossipEveryMs, pace.gossipMax);
  const meter = new UsageMeter();
  transcribePeer(peer, console.log);
  void new ForeignSeeds(
    peer.lobby,
    () => peer.seeds.council,
    console.log,
    (error) => {
      if (!peer.seeds.isMember) fail(error);
    },
  );
  void new ForeignCallers(peer.lobby, console.log);
  peer.gossip.on("message", ({ origin, incarnation, sequence }) => {
    notify({ kind: "delivered", message: `${origin}:${incarnation}:${sequence}`, at: Date.now() });
  });
  peer.overlay.once("linked", () => {
    notify({ kind: "linked" });
    if (given["await-order"] !== true) chatter.start();
  });
  peer.seeds.on("identityInUse", ({ error }) => fail(error));
  const stop = (leave: boolean): void => {
    expectEnd();
    chatter.stop();
    void peer.stop({ leave }).then(() => process.exit(0));
  };
  onOrder((order) => {
    if (order.kind === "publish") chatter.start();
    if (order.kind === "hush") chatter.stop();
    if (order.kind === "status") notify({ kind: "status", status: statusOf(peer, listen, meter) });
    if (order.kind === "stop") stop(order.leave);
  });
  onEnd(() => stop(true));
  await startIn(folder, () => peer.start());
  meter.ready();
  notify({ kind: "ready", id: signer.id, address: peer.lobby.address ?? listen });
});

function profileOf({ profile, pingEveryMs, missed }: Pace): Profile {
  const base = profile === "lan" ? LAN : ASSIGNMENT;
  const pingIntervalMs = pingEveryMs ?? base.liveness.pingIntervalMs;
  const pingTimeoutMaxMs = Math.min(base.liveness.pingTimeoutMaxMs, pingIntervalMs);
  const pingTimeoutMinMs = Math.min(base.liveness.pingTimeoutMinMs, pingTimeoutMaxMs);
  return {
    ...base,
    liveness: { ...base.liveness, pingIntervalMs, pingTimeoutMinMs, pingTimeoutMaxMs, missesMax: missed },
  };
}

function statusOf(peer: Peer, listen: Address, meter: UsageMeter): PeerStatus {
  const { published, delivered, duplicates } = peer.gossip.counts;
  return {
    role: "peer",
    id: peer.lobby.id,
    address: peer.lobby.address ?? listen,
    usage: meter.read(),
    neighbours: [...peer.lobby.links].map(({ id }) => id),
    owned: peer.overlay.owned,
    listed: peer.seeds.ledger.size,
    published,
    delivered,
    copies: delivered + duplicates,
  };
}
