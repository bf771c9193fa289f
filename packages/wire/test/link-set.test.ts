import { createSigner, networkIdOf, type Signer, verifier } from "@p2p/identity";
import { beforeEach, describe, expect, test } from "vitest";
import {
  type Clock,
  type CloseReason,
  Connection,
  FrameType,
  GOODBYE,
  integer,
  type Link,
  type LinkOwner,
  LinkSet,
  type Proof,
  parseAddress,
  REFUSED,
  record,
  systemRandom,
} from "../src/index.ts";

const NUMBER = new FrameType(0xc0, "NUMBER", record({ value: integer() }));
const SECRET = new FrameType(0xc1, "SECRET", record({ value: integer() }), { proof: "channel" });

/** A link that writes down what was done to it. */
class PaperLink implements Link {
  owner!: LinkOwner;
  readonly dialled = true;
  readonly address = parseAddress("10.0.0.1:1");
  readonly channel = undefined;
  readonly queuedBytes = 0;
  readonly sent: Uint8Array[] = [];
  closedFor: CloseReason | undefined;

  send(frame: Uint8Array): boolean {
    this.sent.push(frame);
    return true;
  }
  pause(): void {}
  resume(): void {}
  close(reason: CloseReason = { kind: "closed" }): void {
    this.closedFor ??= reason;
  }
  arrives(frame: Uint8Array): void {
    this.owner.linkFrame(this, frame);
  }
}

let tasks: (() => void)[];
let links: LinkSet;

beforeEach(() => {
  tasks = [];
  const clock: Clock = {
    now: () => 0,
    wallTime: () => 0,
    after: (_, task) => {
      tasks.push(task);
      return () => undefined;
    },
  };
  const signer = createSigner();
  const networkId = networkIdOf({ name: "test", seeds: [], faulty: 0 });
  links = new LinkSet({
    id: signer.id,
    signer,
    verifier,
    networkId,
    clock,
    random: systemRandom,
    address: undefined,
  });
});

function join(
  far: Signer = createSigner(),
  proof: Proof = "key",
  replaced?: Connection,
): [PaperLink, Connection] {
  const link = new PaperLink();
  const remote = {
    id: far.id,
    proof,
    role: "peer" as const,
    purpose: "member" as const,
    session: "00",
    address: link.address,
    listen: undefined,
    observed: "10.0.0.2",
    credential: undefined,
    software: "test",
    reads: 2,
    replaces: false,
  };
  const connection = new Connection(link, remote, links, 0);
  links.add(connection, replaced);
  return [link, connection];
}

describe("a set of links", () => {
  test("hands each frame to the route of its kind, with its sender and its bytes", () => {
    const [link, connection] = join();
    const heard: unknown[] = [];
    links.route(NUMBER, (...news) => heard.push(news));
    const frame = NUMBER.encode({ value: 7 });
    link.arrives(frame);
    expect(heard).toEqual([[{ value: 7 }, connection, frame]]);
  });

  test("ignores a kind that nobody routes, as a later version may send it", () => {
    const [link] = join();
    link.arrives(NUMBER.encode({ value: 1 }));
    expect(link.closedFor).toBeUndefined();
  });

  test("asks its judge about whoever misbehaves, even if the transport has ended that link", () => {
    const judged: unknown[] = [];
    links = new LinkSet(links.local, ({ id }, ...what) => judged.push([id, ...what]));
    links.route(NUMBER, () => undefined);
    const [one, oversize, broken, polite] = [join(), join(), join(), join()];
    one[0].arrives(Uint8Array.of(0xc0));
    one[0].arrives(Uint8Array.of(GOODBYE.kind, 0x90));
    one[1].blame("excess", "asks too often");
    oversize[0].owner.linkClosed(oversize[0], { kind: "misbehaved", detail: "an empty frame" });
    broken[0].owner.linkClosed(broken[0], { kind: "broken", detail: "reset" });
    polite[1].close({ kind: "misbehaved", detail: "blamed already" });
    polite[0].owner.linkClosed(polite[0], { kind: "misbehaved", detail: "blamed already" });
    expect(judged).toEqual([
      [one[1].id, "malformed", expect.stringContaining("NUMBER")],
      [one[1].id, "malformed", expect.stringContaining("GOODBYE")],
      [one[1].id, "excess", "asks too often"],
      [oversize[1].id, "oversize", "an empty frame"],
    ]);
  });

  test("without a judge ends what would be barred by itself, and nothing else", () => {
    const [link, connection] = join();
    connection.blame("excess", "");
    connection.blame("unfollowed", "");
    expect(link.closedFor).toBeUndefined();
    connection.blame("rejected", "no good");
    expect(link.closedFor).toEqual({ kind: "misbehaved", detail: "no good" });
  });

  test("ends the connection that sends what cannot be read", () => {
    const [link] = join();
    links.route(NUMBER, () => undefined);
    link.arrives(Uint8Array.of(0xc0, 0x91, 0xc0));
    expect(link.closedFor).toEqual({ kind: "misbehaved", detail: expect.stringContaining("NUMBER: value") });
    expect(links.size).toBe(0);
  });

  test("does not look at a frame whose sender has not proved enough", () => {
    const heard: number[] = [];
    links.route(SECRET, ({ value }) => heard.push(value));
    const [byKey] = join(createSigner(), "key");
    const [byChannel] = join(createSigner(), "channel");
    byKey.arrives(SECRET.encode({ value: 1 }));
    byChannel.arrives(SECRET.encode({ value: 2 }));
    expect(heard).toEqual([2]);
  });

  test("refuses a second route for one kind", () => {
    links.route(NUMBER, () => undefined);
    expect(() => links.route(NUMBER, () => undefined)).toThrow(TypeError);
  });

  test("throws again, in a task of its own, what a route or a listener throws", () => {
    const [link, connection] = join();
    links.route(NUMBER, () => {
      throw new Error("from a route");
    });
    links.on("left", () => {
      throw new Error("from a listener");
    });
    link.arrives(NUMBER.encode({ value: 1 }));
    connection.close();
    expect(tasks.map((task) => messageOf(task))).toEqual(["from a route", "from a listener"]);
    expect(links.size).toBe(0);
  });

  test("sends the same bytes to all but one", () => {
    const [[first, sender], [second], [third]] = [join(), join(), join()];
    const frame = NUMBER.encode({ value: 1 });
    links.broadcast(frame, sender);
    expect([first.sent, second.sent, third.sent]).toEqual([[], [frame], [frame]]);
    expect(second.sent[0]).toBe(frame);
  });

  test("tells of a replaced connection when its successor already stands in the set", () => {
    const far = createSigner();
    const [, old] = join(far);
    const news: unknown[] = [];
    links.on("left", (left, { kind }) => news.push(["left", left === old, kind, links.get(far.id) === old]));
    links.on("joined", (joined) => news.push(["joined", links.get(far.id) === joined]));
    const [, successor] = join(far, "key", old);
    expect(news).toEqual([
      ["left", true, "replaced", false],
      ["joined", true],
    ]);
    expect([...links]).toEqual([successor]);
  });

  test("can be closed one by one while it is walked through", () => {
    for (let count = 0; count < 5; count++) join();
    for (const connection of links) connection.close();
    expect(links.size).toBe(0);
  });
});

describe("a connection", () => {
  test("says goodbye before it closes, and takes nothing afterwards", () => {
    const [link, connection] = join();
    connection.goodbye("node", "stopping");
    expect(link.sent).toEqual([GOODBYE.encode({ scope: "node", detail: "stopping" })]);
    expect(connection.send(NUMBER.encode({ value: 1 }))).toBe(false);
    expect(link.sent).toHaveLength(1);
  });

  test("leaves its set once, and hears nothing more", () => {
    const left: CloseReason[] = [];
    const heard: number[] = [];
    links.on("left", (_, reason) => left.push(reason));
    links.route(NUMBER, ({ value }) => heard.push(value));
    const [link, connection] = join();
    connection.close();
    connection.close();
    link.arrives(NUMBER.encode({ value: 1 }));
    link.owner.linkClosed(link, { kind: "closed" });
    expect(left).toEqual([{ kind: "closed" }]);
    expect(heard).toEqual([]);
  });

  test.each<[string, Uint8Array, CloseReason]>([
    [
      "a goodbye",
      GOODBYE.encode({ scope: "node", detail: "bye" }),
      { kind: "goodbye", scope: "node", detail: "bye" },
    ],
    [
      "a late refusal",
      REFUSED.encode({ code: "full", detail: "no place", network: undefined }),
      { kind: "rejected", code: "full", detail: "no place" },
    ],
  ])("ends with %s of the far end", (_, frame, reason) => {
    const left: CloseReason[] = [];
    links.on("left", (_connection, why) => left.push(why));
    const [link] = join();
    link.arrives(frame);
    expect(left).toEqual([reason]);
  });
});

function messageOf(task: () => void): string {
  try {
    task();
  } catch (error) {
    return (error as Error).message;
  }
  return "nothing";
}
