import type { Host } from "@p2p/sim";
import { type Network, type Observer, Scenario } from "../src/index.ts";
import { numbersFrom, printTable } from "./arguments.ts";

/**
 * The experiments of Rapid (Suresh et al., USENIX ATC 2018, §7), with real members of this protocol in one simulated
 * world: all of them start at once; ten crash at once; one in a hundred hears nothing for 20 s of every 40; one in a
 * hundred loses four fifths of what is sent to it.
 *
 *     node scripts/run.mjs packages/testbed/bench/rapid.ts --peers 1000
 *
 * Seconds: until every member had the last list of this experiment. Lists: different sizes that any member ever saw on
 * the way. KB/s: bytes of frames that a member sent in a second of the experiment; mean, and most in any one second.
 */
const options = numbersFrom({ peers: 1000, seeds: 5, seed: 1, assignment: 0, minutes: 3 });

/** What members see and send, since the last {@link reset}. */
class Meter implements Observer {
  readonly sizes = new Set<number>();
  changedAt = 0;
  #bytes = new Map<Host, number>();
  #second = new Map<Host, number>();
  #secondAt = 0;
  #mostInASecond = 0;
  #since = 0;
  #network: Network | undefined;

  began(network: Network): void {
    this.#network = network;
  }

  peerBooted(_: Host, { seeds }: Parameters<NonNullable<Observer["peerBooted"]>>[1]): void {
    const changed = (): void => {
      this.sizes.add(seeds.ledger.size);
      this.changedAt = this.#now;
    };
    seeds.on("registered", changed).on("added", changed).on("removed", changed);
  }

  sent(host: Host, frame: Uint8Array): void {
    if (!host.name.startsWith("peer")) return;
    const second = Math.floor(this.#now / 1000);
    if (second !== this.#secondAt) this.#second.clear();
    this.#secondAt = second;
    const inThis = (this.#second.get(host) ?? 0) + frame.length;
    this.#second.set(host, inThis);
    this.#mostInASecond = Math.max(this.#mostInASecond, inThis);
    this.#bytes.set(host, (this.#bytes.get(host) ?? 0) + frame.length);
  }

  reset(): void {
    this.sizes.clear();
    this.#bytes.clear();
    this.#second.clear();
    this.#mostInASecond = 0;
    this.#since = this.changedAt = this.#now;
  }

  get seconds(): string {
    return ((this.changedAt - this.#since) / 1000).toFixed(1);
  }

  get traffic(): string {
    const total = Array.from(this.#bytes.values()).reduce((sum, bytes) => sum + bytes, 0);
    const mean = total / this.#bytes.size / ((this.#now - this.#since) / 1000);
    return `${(mean / 1024).toFixed(2)} / ${(this.#mostInASecond / 1024).toFixed(1)}`;
  }

  get #now(): number {
    return this.#network?.world.now ?? 0;
  }
}

const meter = new Meter();
const scenario = new Scenario({
  seed: options.seed,
  seeds: options.seeds,
  peers: options.peers,
  pace: options.assignment > 0 ? "assignment" : "lan",
  publishEveryMs: Number.POSITIVE_INFINITY,
  observers: [meter],
});
const { network } = scenario;
const rows: (string | number)[][] = [];
const dead = new Set<string>();

/** Ends an experiment that could have made these fail: a row of the table. */
function note(name: string, victims: readonly Host[]): void {
  const deaths = scenario.deaths.filter(({ peer, incarnation }) => !dead.has(`${peer}:${incarnation}`));
  for (const { peer, incarnation } of deaths) dead.add(`${peer}:${incarnation}`);
  const ids = new Set<string>(victims.map(({ signer }) => signer.id));
  const innocent = deaths.filter(({ peer }) => !ids.has(peer)).length;
  const sizes = [...meter.sizes];
  const range = sizes.length === 0 ? "none" : `${Math.min(...sizes)}–${Math.max(...sizes)}`;
  rows.push([
    name,
    meter.seconds,
    `${sizes.length} (${range})`,
    deaths.length - innocent,
    innocent,
    meter.traffic,
  ]);
  console.error(rows.at(-1)?.join("  "));
}

function hearsBadly(victims: readonly Host[], line: (other: Host, victim: Host) => void): void {
  scenario.strike(() => {
    for (const victim of victims)
      for (const other of network.world.hosts.values()) if (other !== victim) line(other, victim);
  });
}

const hundredth = Math.max(1, Math.round(options.peers / 100));
const { world } = network;

scenario.until(() => network.isSettled, 600_000);
scenario.until(
  ({ live }) => live.every((host) => network.peer(host).seeds.ledger.size === options.peers),
  600_000,
);
note("all start at once", []);
scenario.pass(60_000);

meter.reset();
const crashed = network.peerHosts.slice(0, Math.min(10, options.peers / 2));
scenario.strike(() => {
  for (const host of crashed) host.crash();
});
scenario.pass(60_000);
note(`${crashed.length} crash at once`, crashed);

meter.reset();
const deaf = network.live.slice(20, 20 + hundredth);
for (let turn = 0; turn < options.minutes * 3; turn++) {
  hearsBadly(deaf, (other, victim) =>
    turn % 2 === 0 ? world.cutOneWay(other, victim) : world.heal(other, victim),
  );
  scenario.pass(20_000);
}
note(`${hundredth} hear nothing, 20 s on, 20 s off`, deaf);
hearsBadly(deaf, (other, victim) => world.heal(other, victim));
scenario.until(() => network.isSettled, 300_000);

meter.reset();
const lossy = network.live.slice(40, 40 + hundredth);
hearsBadly(lossy, (other, victim) => world.weather({ loss: 0.8 }, other, victim));
scenario.pass(options.minutes * 60_000);
note(`${hundredth} lose 80 % of what is sent to them`, lossy);
hearsBadly(lossy, (other, victim) => world.weather({ loss: 0 }, other, victim));

// A line that loses so much is whole by the network's own account, which these rules go by.
const rules = [
  "nobody is removed whom a quorum's veto could hear",
  "old votes remove nobody who was heard since",
];
const isLossy = (detail: string): boolean => lossy.some(({ name }) => detail.startsWith(`${name} `));
const wrong = scenario.end().wrong.filter(({ rule, detail }) => !rules.includes(rule) || !isLossy(detail));
console.log(
  `N = ${options.peers}, n = ${options.seeds}, pace ${options.assignment > 0 ? "assignment" : "lan"}`,
);
printTable(
  ["", "seconds", "list sizes seen", "removed", "innocents removed", "KB/s a member: mean / most"],
  rows,
);
console.log(wrong.length === 0 ? "every rule held" : JSON.stringify(wrong, undefined, 1));
