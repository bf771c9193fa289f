import type { Message, PublishResult } from "@p2p/gossip";
import type { Peer } from "@p2p/peer";
import type { Seed } from "@p2p/seed";
import type { Host } from "@p2p/sim";
import { Kind } from "@p2p/wire";
import { type Strike, strikeText } from "./fault.ts";
import type { Network } from "./network.ts";
import type { TrialObserver } from "./observer.ts";
import type { Violation } from "./violation.ts";

/** Whose story a {@link Chronicle} tells: everybody's, or that of the hosts with these names. */
export type Whom = "all" | ReadonlySet<string>;

/** Frames that come and go all the time, and say by themselves that nothing is new. */
const ROUTINE: ReadonlySet<string> = new Set([
  "batch",
  "digest",
  "digestAnswer",
  "goodbye",
  "hello",
  "helloAck",
  "list",
  "listAsk",
  "ping",
  "poll",
  "pong",
  "status",
  "tick",
  "tickVote",
]);

/** Names of frames as PROTOCOL.md §3.5 has them, by kind. */
const FRAME_NAMES: ReadonlyMap<number, string> = new Map(
  Object.entries(Kind)
    .filter(([name]) => !ROUTINE.has(name))
    .map(([name, kind]) => [kind, name.replaceAll(/[A-Z]/g, "_$&").toUpperCase()]),
);

/** Writes a line: a template whose ids become the names of their hosts. */
type Say = (texts: TemplateStringsArray, ...values: readonly (string | number)[]) => void;

/**
 * The history of a network for people, line by line: when, who, what. Boots and strikes, what seeds and peers tell of
 * themselves, and their frames by name, except those that come and go all the time. The same plan gives the same lines.
 */
export class Chronicle implements TrialObserver {
  readonly #write: (line: string) => void;
  readonly #whom: Whom;
  readonly #rulesBroken = new Set<string>();
  #network: Network | undefined;

  /**
   * @param write gets each line, inside the step in which it happens.
   * @param whom a line is written if it is by or about one of these. Default: all.
   */
  constructor(write: (line: string) => void, whom: Whom = "all") {
    this.#write = write;
    this.#whom = whom;
  }

  began(network: Network): void {
    this.#network = network;
  }

  struck(strike: Strike): void {
    this.#announce(`*** ${strikeText(strike)}`, strike.hosts);
  }

  mended({ fault, hosts }: Strike): void {
    this.#announce(`*** end of ${fault} ${hosts.join(", ")}`, hosts);
  }

  /** The first violation of each rule; the others mostly say the same of others. */
  found({ rule, detail, hosts }: Violation): void {
    if (this.#rulesBroken.has(rule)) return;
    this.#rulesBroken.add(rule);
    this.#announce(`!!! ${rule}: ${detail}`, hosts);
  }

  seedBooted(host: Host, seed: Seed): void {
    this.#tell(host.name, "boots");
    const say = this.#voiceOf(host);
    seed.on("fresh", () => say`is in step with a quorum`);
    seed.on("forgotVotes", ({ counter }) => say`has forgotten its vote ${counter}, and votes no more`);
    seed.on("proposedAdd", ({ peer, incarnation }) => say`votes to add ${peer}, life ${incarnation}`);
    seed.on("added", ({ peer, incarnation }) => say`lists ${peer}, life ${incarnation}: certified`);
    seed.on("proposedRemove", ({ peer, reason }) => say`votes to remove ${peer}: ${reason}`);
    seed.on("removed", ({ peer, reason }) => say`lists ${peer} no longer: ${reason}`);
    seed.on("refusedRegistration", ({ peer, code, detail }) => say`refuses ${peer}: ${code}, ${detail}`);
    seed.on(
      "reported",
      ({ report, from, hasMajority }) =>
        say`got from ${from} a report about ${report.victim}, ${hasMajority ? "by a majority" : "by few"}`,
    );
    seed.on("caseOpened", ({ peer, reason }) => say`opens a case about ${peer}: ${reason}`);
    seed.on("refuted", ({ peer }) => say`has proof that ${peer} lives`);
    seed.on("caseClosed", ({ peer, outcome }) => say`closes the case about ${peer}: ${outcome}`);
    seed.on("forged", ({ from, what, detail }) => say`got a forged ${what} from ${from}: ${detail}`);
    seed.on("evidence", ({ kind }) => say`has evidence of a ${kind}`);
    seed.on(
      "configurationProposed",
      ({ number }) => say`hears of configuration ${number}, which operators want`,
    );
    seed.on("configurationChanged", ({ number }) => say`holds configuration ${number}`);
    seed.on("superseded", () => say`is no seed any more`);
    seed.on("muted", ({ accuser }) => say`hears no accusations of ${accuser} for a day`);
    seed.on("grey", ({ victim }) => say`finds ${victim} grey: several accused it, each alone, and it lives`);
    seed.on("blind", ({ answered, asked }) => say`is blind: ${answered} of ${asked} members answer`);
    seed.on("sighted", () => say`sees again`);
    seed.on(
      "stalled",
      ({ forMs }) => say`did nothing for ${Math.round(forMs)} ms, and begins its cases anew`,
    );
    seed.on("diskFailed", ({ message }) => say`cannot write: ${message}`);
  }

  peerBooted(host: Host, peer: Peer): void {
    this.#tell(host.name, "boots");
    const say = this.#voiceOf(host);
    tellMembership(peer, say);
    tellLiveness(peer, say);
    tellOverlay(peer, say);
    tellGossip(peer, say);
    peer.gossip.on("message", (message) => this.#delivered(host, message));
  }

  published({ name }: Host, { incarnation, sequence }: PublishResult): void {
    this.#tell(name, `publishes ${sequence}, life ${incarnation}`);
  }

  sent({ name }: Host, frame: Uint8Array, to: Host | undefined): void {
    const frameName = FRAME_NAMES.get(frame[0] as number);
    if (frameName === undefined) return;
    const receiver = to?.name ?? "nobody";
    this.#tell(name, `→ ${receiver}: ${frameName}`, [receiver]);
  }

  /** Of all that is delivered, what both ends of are of interest. */
  #delivered({ name }: Host, { origin, incarnation, sequence, from }: Message): void {
    const author = this.#nameOf(origin);
    if (this.#isAbout(name) && this.#isAbout(author))
      this.#line(name, `delivers ${sequence} of ${author}, life ${incarnation}, by ${this.#nameOf(from)}`);
  }

  #voiceOf({ name }: Host): Say {
    return (texts, ...values) => {
      const words = values.map((value) => this.#nameOf(String(value)));
      this.#tell(name, String.raw({ raw: texts }, ...words), words);
    };
  }

  /** What hits nobody in particular concerns all. */
  #announce(text: string, hosts: readonly string[]): void {
    if (hosts.length === 0 || hosts.some((name) => this.#isAbout(name))) this.#line("world", text);
  }

  #tell(who: string, text: string, about: readonly string[] = []): void {
    if (this.#isAbout(who) || about.some((name) => this.#isAbout(name))) this.#line(who, text);
  }

  #line(who: string, text: string): void {
    this.#write(`${timeText(this.#network?.world.now ?? 0)}  ${who.padEnd(8)} ${text}`);
  }

  #isAbout(name: string): boolean {
    return this.#whom === "all" || this.#whom.has(name);
  }

  /** The name of the host with this id; anything else stays as it is. */
  #nameOf(word: string): string {
    return this.#network?.names.get(word) ?? word;
  }
}

/** Virtual milliseconds as minutes, seconds and thousandths: `   4:10.250`. */
export function timeText(ms: number): string {
  const minutes = Math.floor(ms / 60_000);
  return `${minutes}:${((ms % 60_000) / 1000).toFixed(3).padStart(6, "0")}`.padStart(11);
}

function tellMembership({ seeds }: Peer, say: Say): void {
  seeds.on("registered", ({ incarnation }) => say`is registered, life ${incarnation}`);
  seeds.on("rejected", ({ seed, code, detail }) => say`is refused by ${seed}: ${code}, ${detail}`);
  seeds.on("waiting", ({ missing }) => say`waits for ${missing.length} seeds`);
  seeds.on("linked", ({ seed }) => say`has a link to ${seed}`);
  seeds.on("unlinked", ({ seed, reason }) => say`lost its link to ${seed}: ${reason.kind}`);
  seeds.on(
    "selfRemoved",
    ({ incarnation }) => say`is listed no longer, life ${incarnation}, though it lives`,
  );
  seeds.on("configurationChanged", ({ number }) => say`knows the seeds of configuration ${number}`);
  seeds.on("rejoined", ({ incarnation }) => say`is a member again, life ${incarnation}`);
  seeds.on("bumped", ({ votes }) => say`saw ${votes} votes against its life, and takes a new one`);
  seeds.on("renewed", ({ incarnation }) => say`has its lease renewed, life ${incarnation}`);
  seeds.on("identityInUse", ({ error }) => say`stops: ${error.message}`);
  seeds.on("stalled", ({ error }) => say`cannot register: ${error.message}`);
}

function tellLiveness({ liveness }: Peer, say: Say): void {
  liveness.on("suspected", ({ peer }) => say`suspects ${peer}`);
  liveness.on("accused", ({ accusation }) => say`accuses ${accusation.victim}`);
  liveness.on("confirmed", ({ report }) => say`has a majority against ${report.victim}`);
  liveness.on("cleared", ({ peer }) => say`knows that ${peer} lives`);
  liveness.on("gaveUp", ({ peer }) => say`gives up its link to ${peer}, whom others reach`);
}

function tellOverlay({ overlay }: Peer, say: Say): void {
  overlay.on("linked", ({ neighbour }) => say`is a neighbour of ${neighbour}`);
  overlay.on("unlinked", ({ neighbour, reason }) => say`lost its neighbour ${neighbour}: ${reason.kind}`);
  overlay.on("isolated", () => say`has no neighbour left`);
}

function tellGossip({ gossip }: Peer, say: Say): void {
  gossip.on(
    "rejected",
    ({ count, origin, sequence, why }) =>
      say`refuses ${count} messages of ${origin} from ${sequence} on: ${why}`,
  );
  gossip.on("shed", ({ count, origin }) => say`sheds ${count} messages of ${origin}: over its rate`);
  gossip.on(
    "late",
    ({ count, origin, sequence }) =>
      say`drops ${count} messages of ${origin} from ${sequence} on: too old to tell`,
  );
  gossip.on("evidence", ({ origin }) => say`has evidence against ${origin}`);
  gossip.on("lagged", ({ peer }) => say`drops messages for ${peer}, which reads too slowly`);
  gossip.on("lapsed", ({ sequence }) => say`gives up its own ${sequence}: no neighbour came`);
}
