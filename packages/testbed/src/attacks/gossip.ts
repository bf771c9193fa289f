import { BATCH, DIGEST, signBatch, type UnsignedBatch } from "@p2p/gossip";
import { SIGNATURE_BYTES, type Signer } from "@p2p/identity";
import type { Host } from "@p2p/sim";
import { type Connection, Kind } from "@p2p/wire";
import type { Hostile } from "../hostile/hostile.ts";
import { lying } from "../hostile/liar.ts";
import type { ScenarioOptions } from "../scenario.ts";
import type { Attack, Outcome } from "./attack.ts";
import { REMOVED, Stage } from "./stage.ts";

const LACKING = { label: "true messages that somebody lacks", of: "sum", atMost: 0 } as const;
const FALSE = { label: "forged ones delivered", of: "sum", atMost: 0 } as const;

/** A member with a link to every peer, and what it says. */
class Speaker {
  readonly stage: Stage;
  readonly hostile: Hostile;
  readonly links: readonly Connection[];

  constructor(stage: Stage) {
    this.stage = stage;
    this.hostile = stage.member();
    this.links = stage.network.live.flatMap(
      ({ address, signer }) => this.hostile.dial(address, { expect: signer.id }) ?? [],
    );
  }

  /** A batch in the name of `signer`, which may sign with another key. */
  frame(signer: Signer, batch: Partial<UnsignedBatch> = {}): Uint8Array {
    const { networkId } = this.stage.network.configuration;
    const terms = {
      origin: signer.id,
      incarnation: this.#lifeOf(signer),
      firstSequence: 1,
      at: 0,
      payloads: [new TextEncoder().encode("forged")],
      ...batch,
    };
    return BATCH.encode(signBatch(terms, networkId, signer));
  }

  /** The name of another, and this one's own key. */
  impostor(id: Signer["id"]): Signer {
    return { id, sign: this.hostile.signer.sign.bind(this.hostile.signer) };
  }

  say(frame: Uint8Array): void {
    for (const link of this.links) if (link.isOpen) link.send(frame);
  }

  #lifeOf({ id }: Signer): number {
    const host = this.stage.network.peerHosts.find(({ signer }) => signer.id === id);
    return host === undefined ? (this.hostile.incarnation as number) : this.stage.listing(host).incarnation;
  }
}

/** Each by somebody else: whoever has brought one forgery is barred, and nothing more of it is looked at. */
function sayEach(stage: Stage, forgeries: readonly Uint8Array[]): void {
  for (const forgery of forgeries) new Speaker(stage).say(forgery);
}

/** Lets each peer publish, and counts who lacks what in the end, at most `ms` later. */
function lackingAfter(stage: Stage, ms: number, word = "true"): number {
  const { network } = stage;
  const speakers = network.live;
  for (const host of speakers) network.publish(host, `${word} of ${host.name}`);
  const lacking = (): number =>
    speakers.reduce(
      (sum, mouth) => sum + speakers.length - 1 - heard(stage, `${word} of ${mouth.name}`, mouth),
      0,
    );
  stage.secondsUntil(() => lacking() === 0, ms);
  return lacking();
}

function heard(stage: Stage, text: string, but?: Host): number {
  const { books, live } = stage.network;
  return live.filter((host) => host !== but && books.heard.get(host)?.some((one) => one.text === text))
    .length;
}

/** What a {@link Speaker} does. */
interface Speech extends Omit<Attack, "run"> {
  readonly options?: ScenarioOptions;
  readonly act: (stage: Stage, speaker: Speaker) => Outcome;
}

/** An attack by a member that is linked with everybody; nobody may be removed by it. */
function spoken({ options, act, measures, ...about }: Speech): Attack {
  return {
    ...about,
    measures: { removed: REMOVED, ...measures },
    run(seed) {
      const stage = new Stage(seed, options);
      return act(stage, new Speaker(stage));
    },
  };
}

/** What a member says in its own name it may say, though no honest peer has published it. */
function forItself({ figures, wrong }: Outcome): Outcome {
  return { figures, wrong: wrong.filter((one) => !one.includes("only what was published")) };
}

/** A member abuses what it may say, and what it should pass on. */
export const GOSSIP: readonly Attack[] = [
  spoken({
    number: 27,
    name: "forged copies come before the real message",
    stoppedBy: "checked before it is marked (§7.2)",
    measures: { lacking: LACKING, forged: FALSE },
    act(stage, speaker) {
      sayEach(
        stage,
        stage.network.live.map(({ signer }) => speaker.frame(speaker.impostor(signer.id))),
      );
      stage.pass(200);
      return stage.end({ lacking: lackingAfter(stage, 10_000), forged: heard(stage, "forged") });
    },
  }),
  spoken({
    number: 28,
    name: "messages in another's name",
    stoppedBy: "the origin's signature (§7.1)",
    measures: { forged: FALSE },
    act(stage, speaker) {
      const victim = stage.peer();
      const { id } = victim.signer;
      const real = speaker.frame(victim.signer, { firstSequence: 1, payloads: [new Uint8Array([1])] });
      // The only byte of its payload; behind it stand the two that begin the signature, and the signature.
      const twisted = real.with(-3 - SIGNATURE_BYTES, 0);
      const lives = [0, 1, stage.listing(victim).incarnation, 2 ** 40];
      const lies = lives.map((incarnation) => speaker.frame(speaker.impostor(id), { incarnation }));
      sayEach(stage, [twisted, ...lies]);
      stage.pass(5000);
      const wrong = stage.network.live.filter((host) =>
        stage.network.books.heard.get(host)?.some(({ origin }) => origin === id),
      ).length;
      return stage.end({ forged: wrong });
    },
  }),
  spoken({
    number: 29,
    name: "numbers of 10⁹, and many origins",
    stoppedBy: "the window, and members only (§7.3, §7.4)",
    measures: {
      lacking: LACKING,
      late: { label: "strangers heard", of: "sum", atMost: 0 },
    },
    act(stage, speaker) {
      for (let count = 0; count < 60; count++) {
        const { signer } = stage.network.world.host(`key ${count}`);
        speaker.say(
          speaker.frame(signer, { incarnation: 1, payloads: [new TextEncoder().encode("strange")] }),
        );
        speaker.say(
          speaker.frame(speaker.hostile.signer, {
            firstSequence: 1_000_000_000 + count * 1024,
            payloads: [new Uint8Array(1)],
          }),
        );
      }
      const lacking = lackingAfter(stage, 10_000);
      return forItself(stage.end({ lacking, late: heard(stage, "strange") }));
    },
  }),
  spoken({
    number: 30,
    name: "a thousand messages a second from one member",
    stoppedBy: "each origin's rate, at every hop (§7.2)",
    measures: {
      lacking: LACKING,
      told: { label: "of its messages told, of those its rate allows", of: "worst", atMost: 1 },
    },
    options: { gossip: { rate: { messagesPerSecond: 0.4, messagesBurst: 10 } } },
    act(stage, speaker) {
      const seconds = 3;
      for (let count = 0; count < seconds * 1000; count++) {
        speaker.say(
          speaker.frame(speaker.hostile.signer, {
            firstSequence: count + 1,
            payloads: [new TextEncoder().encode("spam")],
          }),
        );
        if (count % 100 === 99) stage.pass(100);
      }
      const lacking = lackingAfter(stage, 10_000);
      const allowed = 10 + 0.4 * (seconds + 10) + 1;
      const { books, live } = stage.network;
      const told = Math.max(
        ...live.map((host) => books.heard.get(host)?.filter(({ text }) => text === "spam").length ?? 0),
      );
      return forItself(stage.end({ lacking, told: told / allowed }));
    },
  }),
  {
    number: 31,
    name: "a fifth of the peers pass nothing on",
    stoppedBy: "m = 3, and repair (§7.6)",
    measures: {
      removed: REMOVED,
      lacking: { ...LACKING, label: "messages that somebody lacks after 3 exchanges" },
    },
    run(seed) {
      const stage = new Stage(seed, { peers: 10 });
      const { network } = stage;
      for (const host of network.live.slice(0, 2)) swallow(host, stage);
      stage.secondsUntil(() => network.isSettled, 60_000);
      // Three exchanges of the pace lan, with their jitter.
      return stage.end({ lacking: lackingAfter(stage, 7800) });
    },
  },
  spoken({
    number: 32,
    name: "questions of repair by the thousand",
    stoppedBy: "rations for each neighbour (§7.6)",
    measures: {
      lacking: LACKING,
      answers: { label: "answers a neighbour and interval", of: "worst", atMost: 128 },
    },
    act(stage, speaker) {
      const before = speaker.hostile.of(Kind.digestAnswer).length;
      for (let round = 1; round <= 2000; round++) {
        speaker.say(DIGEST.encode({ round, scope: "all", runs: [] }));
        if (round % 200 === 0) stage.pass(200);
      }
      const answers = speaker.hostile.of(Kind.digestAnswer).length - before;
      const lacking = lackingAfter(stage, 10_000);
      return stage.end({ lacking, answers: answers / speaker.links.length });
    },
  }),
];

/** From its next start on this peer passes on nothing that others said. */
function swallow(host: Host, stage: Stage): void {
  const transport = host.transport.bind(host);
  const own = host.signer.id;
  host.transport = (limits) =>
    lying(transport(limits), (frame) => {
      if (frame[0] !== Kind.batch) return [frame];
      const batch = BATCH.decode(frame);
      return "origin" in batch && batch.origin === own ? [frame] : [];
    });
  stage.strike((network) => {
    host.crash();
    network.boot(host);
  });
}
