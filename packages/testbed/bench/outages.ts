import type { Host } from "@p2p/sim";
import { type Network, Scenario, type ScenarioOptions } from "../src/index.ts";
import { numbersFrom, printTable } from "./arguments.ts";

/**
 * Outages in which nobody dies, and how many live members they cost:
 *
 *     node scripts/run.mjs packages/testbed/bench/outages.ts --peers 50 --hours 36 --many 1000
 *
 * `--hours`: how long a quorum of seeds is away, with `--few` peers, since days of many take long. `--many`: the cut
 * uplink once more, in one world with so many. With 0 of `--worlds` the others are left out.
 */
const options = numbersFrom({ peers: 50, few: 8, many: 0, hours: 36, seed: 1, worlds: 3 });

interface Outage {
  readonly name: string;
  readonly peers: number;
  readonly worlds: number;
  readonly options: ScenarioOptions;
  act(scenario: Scenario): void;
}

const MINUTE_MS = 60_000;

function each(hosts: readonly Host[], act: (host: Host) => void): (network: Network) => void {
  return () => {
    for (const host of hosts) act(host);
  };
}

/** The seeds' site loses its line to all peers for two minutes. */
function uplink(scenario: Scenario): void {
  scenario.strike(({ world, seedHosts, peerHosts }) => world.partition(seedHosts, peerHosts));
  scenario.pass(2 * MINUTE_MS);
  scenario.strike(({ world }) => world.partition());
}

function quorumAway(scenario: Scenario): void {
  const away = scenario.network.seedHosts.slice(2);
  scenario.strike(each(away, (host) => host.crash()));
  scenario.pass(options.hours * 60 * MINUTE_MS);
  scenario.strike(each(away, (host) => scenario.network.boot(host)));
  scenario.pass(5 * MINUTE_MS);
}

/** From one seed to the next 90 s, forth and back; afterwards one more comes, and one goes. */
function clocksApart(scenario: Scenario): void {
  const { network } = scenario;
  for (const [index, host] of network.seedHosts.entries())
    host.shiftWallClock(index % 2 === 0 ? -45_000 : 45_000);
  scenario.strike(() => network.addPeer());
  scenario.strike(() => network.peerHosts[0]?.stop());
  scenario.pass(5 * MINUTE_MS);
}

/** A third of the peers, one after the other, is away for just less than it may be. */
function restarts(scenario: Scenario, awayMs: number, announced: boolean): void {
  const { network } = scenario;
  for (const host of network.peerHosts.filter((_, index) => index % 3 === 0)) {
    scenario.strike(() => {
      if (!announced) host.crash();
      else
        network.peer(host).close({ backWithinMs: 60_000 }, () => network.world.after(0, () => host.crash()));
    });
    scenario.pass(awayMs);
    scenario.strike(() => {
      host.crash();
      network.boot(host);
    });
    scenario.pass(2000);
  }
}

const paces = ["assignment", "lan"] as const;
const outages: Outage[] = paces.flatMap((pace) => {
  const { peers } = options;
  const of = (name: string, act: Outage["act"]): Outage => ({
    name: `${name} (${pace})`,
    peers,
    worlds: options.worlds,
    options: { pace, peers },
    act,
  });
  const unannouncedMs = pace === "lan" ? 1000 : 4900;
  return [
    of("uplink of the seeds' site cut for two minutes", uplink),
    of("seeds' clocks 90 s apart, one comes, one leaves", clocksApart),
    of("restarts that are announced, each of 55 s", (scenario) => restarts(scenario, 55_000, true)),
    of(`restarts without a word, each of ${unannouncedMs / 1000} s`, (scenario) =>
      restarts(scenario, unannouncedMs, false),
    ),
  ];
});
outages.push({
  name: `a quorum of seeds away for ${options.hours} hours (assignment)`,
  peers: options.few,
  worlds: Math.min(1, options.worlds),
  options: { peers: options.few, publishEveryMs: 60_000 },
  act: quorumAway,
});
outages.push({
  name: "uplink of the seeds' site cut for two minutes (lan)",
  peers: options.many,
  worlds: options.many > 0 ? 1 : 0,
  options: { pace: "lan", peers: options.many, seeds: 5, publishEveryMs: 10_000 },
  act: uplink,
});

const rows: (string | number)[][] = [];
for (const outage of outages.filter(({ worlds }) => worlds > 0)) {
  let [removed, wrong] = [0, 0];
  for (let world = 0; world < outage.worlds; world++) {
    const scenario = new Scenario({ ...outage.options, seed: options.seed + world }).settle();
    outage.act(scenario);
    const ending = scenario.end();
    removed += ending.removed.length;
    wrong += ending.wrong.length;
    for (const { rule, detail } of ending.wrong) console.error(`${rule}: ${detail}`);
  }
  rows.push([outage.name, outage.peers, outage.worlds, removed, wrong]);
  console.error(rows.at(-1)?.join("  "));
}
printTable(["outage", "N", "worlds", "live members removed", "rules broken"], rows);
