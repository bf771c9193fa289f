import { type Configuration, deadNodeText, type SeedEntry } from "@p2p/consensus";
import { type Message, messageText } from "@p2p/gossip";
import { type PeerId, shortId } from "@p2p/identity";
import type { Peer } from "@p2p/peer";
import type { Misconduct, Seed } from "@p2p/seed";
import type { Address, Lobby } from "@p2p/wire";
import { counted } from "./counted.ts";
import { missingText } from "./missing-seeds.ts";

/** Prints one line. */
export type Print = (line: string) => void;

/** Writes down what a seed reports, in the words of the original system. */
export function transcribeSeed(seed: Seed, print: Print): void {
  seed.on("proposedAdd", ({ address }) => print(`PROPOSE_ADD: ${address}`));
  seed.on("added", ({ address }) => print(`ADD CONSENSUS ACHIEVED: ${address}`));
  seed.on("reported", ({ report, from }) => {
    const victim = seed.ledger.addressOf(report.victim);
    const reporter = seed.ledger.addressOf(from);
    const at = report.accusations[0]?.at ?? 0;
    if (victim !== undefined && reporter !== undefined) print(deadNodeText(victim, at, reporter));
  });
  seed.on("proposedRemove", ({ address }) => print(`PROPOSE_REMOVE: ${address}`));
  seed.on("removed", ({ address, reason }) => {
    print(
      reason === "expired"
        ? `LEASE EXPIRED: ${address}`
        : `REMOVE CONSENSUS ACHIEVED: ${address} (${reason})`,
    );
    print(`Peer removed from PL: ${address}`);
  });
  seed.on("refuted", ({ address }) => print(`Alive after all: ${address}`));
  seed.on("refusedRegistration", ({ address, code, detail }) =>
    print(`Refused ${address}: ${detail} (${code})`),
  );
  seed.on("full", ({ members }) =>
    print(`WARNING: the list is full: ${members} members, and nobody else is taken in`),
  );
  seed.on("policyFailed", ({ error }) => print(`WARNING: the rule of admission failed: ${String(error)}`));
  seed.on("blind", ({ answered, asked }) =>
    print(
      `WARNING: ${answered} of ${asked} members answer this seed: it votes for no death until half of them do`,
    ),
  );
  seed.on("stalled", ({ forMs }) =>
    print(
      `WARNING: this process did not run for ${Math.round(forMs / 1000)} s; whom it looks for, it looks for anew`,
    ),
  );
  sayWhoIsBarred(seed.lobby, print);
  seed.on("sighted", () => print("Enough members answer now"));
  seed.on("forged", ({ from, what, detail }) =>
    print(`WARNING: ${shortId(from)} sent a forged ${what}: ${detail}`),
  );
  seed.on("evidence", (misconduct) => print(`WARNING: ${misconductText(misconduct, seed)}`));
  seed.on("forgotVotes", ({ counter }) =>
    print(
      `WARNING: this seed does not remember its vote ${counter}: its directory was lost, or is an old copy. ` +
        "It votes no more. Put the directory back as it was, or give the seed a new key and change the configuration",
    ),
  );
  seed.on("configurationProposed", ({ number, seeds, isContested }) => {
    print(`CHANGE PROPOSED: ${changeText({ number, seeds })}`);
    if (isContested)
      print(
        `WARNING: operators have signed more than one configuration ${number}; it may be that none will ever hold`,
      );
  });
  seed.on("configurationChanged", ({ number, seeds }) =>
    print(`SEEDS CHANGED: ${changeText({ number, seeds })}`),
  );
  seed.once("outdated", ({ version }) => print(outdatedText(version)));
  seed.on("superseded", ({ number }) => print(supersededText(number)));
  seed.on("diskFailed", ({ message }) => print(`WARNING: ${message}`));
}

function sayWhoIsBarred(lobby: Lobby, print: Print): void {
  lobby.on("barred", ({ peer, detail, forMs }) =>
    print(`WARNING: the key ${peer} is kept out for ${Math.round(forMs / 1000)} s: ${detail}`),
  );
}

/** How a seed stands that is none of `configuration`. @param wasSeed whether it was one when the network began. */
export function standingText({ number, seeds }: Configuration, wasSeed: boolean): string {
  if (wasSeed) return supersededText(number);
  return `Waiting to be made a seed of ${addressesOf(seeds)}: an operator does that with npm run operator -- change`;
}

function supersededText(number: number): string {
  return `SUPERSEDED: since configuration ${number} this seed is none any more: it votes for nothing, and may be stopped`;
}

function outdatedText(version: number): string {
  return `WARNING: the seeds sign in version ${version}, which this release does not read; install a newer one`;
}

function changeText({ number, seeds }: { number: number; seeds: readonly SeedEntry[] }): string {
  return `configuration ${number}: ${addressesOf(seeds)}`;
}

function addressesOf(seeds: readonly SeedEntry[]): string {
  return seeds.map(({ address }) => address).join(", ");
}

function misconductText(misconduct: Misconduct, { configuration }: Seed): string {
  if (misconduct.kind === "two certificates")
    return "a quorum has certified two contents of one life: more seeds than f are compromised";
  const seed = configuration.entry(misconduct.seed)?.address ?? shortId(misconduct.seed);
  return `the seed ${seed} has voted twice for one life: it is compromised, runs twice, or has lost its directory`;
}

/** Writes down what a peer reports, in the words of the original system. */
export function transcribePeer(peer: Peer, print: Print): void {
  const { seeds, gossip, liveness, overlay } = peer;
  sayWhoIsBarred(peer.lobby, print);
  const nameOf = (id: PeerId): string => seeds.ledger.addressOf(id) ?? shortId(id);
  seeds.on("registered", ({ peers }) => print(`Registered; ${counted(peers.length, "other member")}`));
  seeds.on("waiting", ({ missing }) => print(missingText(missing.map(({ address }) => address))));
  const seedName = (id: PeerId): string => seeds.council.entry(id)?.address ?? shortId(id);
  seeds.on("rejected", ({ seed, code, detail }) =>
    print(`Refused by ${seedName(seed)}: ${detail} (${code})`),
  );
  seeds.on("delayed", ({ seed, code, detail }) =>
    print(`Waiting for ${seedName(seed)}: ${detail} (${code})`),
  );
  seeds.on("selfRemoved", () => print("Removed by the seeds though alive; registering again"));
  seeds.on("configurationChanged", ({ number, seeds: now }) =>
    print(`SEEDS CHANGED: ${changeText({ number, seeds: now })}`),
  );
  seeds.once("outdated", ({ version }) => print(outdatedText(version)));
  seeds.on("rejoined", () => print("Registered again"));
  seeds.on("stalled", ({ error }) => print(`WARNING: ${error.message}; trying again`));
  const neighbours = new Set<PeerId>();
  overlay.on("linked", ({ neighbour, owner }) => {
    if (neighbours.has(neighbour)) return; // both have dialled: one link, two edges
    neighbours.add(neighbour);
    print(`Neighbour: ${nameOf(neighbour)}${owner === peer.lobby.id ? "" : " (it dialled)"}`);
  });
  overlay.on("unlinked", ({ neighbour }) => neighbours.delete(neighbour));
  gossip.on("message", (message) => print(`First time received: ${textOf(peer, message)}`));
  gossip.on("rejected", ({ why, from }) =>
    print(`WARNING: ${nameOf(from)} brought a message that is not taken: ${why}`),
  );
  gossip.on("lagged", ({ peer: slow }) => print(`${nameOf(slow)} reads too slowly`));
  liveness.on("suspected", ({ peer: suspect }) => print(`Suspecting ${nameOf(suspect)}`));
  liveness.on("cleared", ({ peer: suspect }) => print(`Alive after all: ${nameOf(suspect)}`));
  liveness.on("confirmed", ({ report }) => {
    print("Neighbor consensus achieved");
    print("Reporting to seeds...");
    const [victim, own] = [seeds.ledger.addressOf(report.victim), peer.lobby.address];
    const at = report.accusations[0]?.at ?? 0;
    if (victim !== undefined && own !== undefined) print(deadNodeText(victim, at, own));
  });
}

/** A message as the original system writes it, and which of the peers on one machine it is from. */
function textOf(peer: Peer, { origin, at, sequence }: Message): string {
  const address = peer.seeds.ledger.addressOf(origin) ?? ("unknown:0" as Address);
  return `${messageText(at, address, sequence)} from ${address}`;
}
