import { expect, test } from "vitest";
import { parseAddress } from "../src/address.ts";
import { systemClock } from "../src/clock.ts";
import { type TransportKit, transportCases } from "../src/conformance/index.ts";
import { TcpTransport } from "../src/tcp/index.ts";
import type { Link, LinkOwner, Transport } from "../src/transport.ts";

test("every sentence is written once", () => {
  const names = transportCases.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
});

/** Breaks one promise: what an owner is told passes through here. */
type Flaw = (owner: LinkOwner) => Partial<LinkOwner>;

const flaws: readonly [flaw: string, caughtBy: string, failure: string, Flaw][] = [
  [
    "reports linkOpened twice",
    "linkOpened comes first and once, at both ends, and says who dialled",
    "opened was reported twice",
    (owner) => ({
      linkOpened: (link) => {
        owner.linkOpened(link);
        owner.linkOpened(link);
      },
    }),
  ],
  [
    "reports linkClosed twice",
    "closing is reported once at each end: closed here, broken there",
    "closed was reported after closed",
    (owner) => ({
      linkClosed: (link, reason) => {
        owner.linkClosed(link, reason);
        owner.linkClosed(link, reason);
      },
    }),
  ],
  [
    "doubles frames",
    "frames arrive whole and in order, both ways",
    "frame 1 came changed, or out of order",
    (owner) => ({
      linkFrame: (link, frame) => {
        owner.linkFrame(link, frame);
        owner.linkFrame(link, frame);
      },
    }),
  ],
  [
    "cuts frames short",
    "frames arrive whole and in order, both ways",
    "frame 0 has 999 bytes instead of 1000",
    (owner) => ({ linkFrame: (link, frame) => owner.linkFrame(link, frame.subarray(1)) }),
  ],
  [
    "calls every end a crash",
    "closing is reported once at each end: closed here, broken there",
    'the reason at the end that closed: expected {"kind":"closed"}, got {"kind":"broken","detail":"?"}',
    (owner) => ({ linkClosed: (link) => owner.linkClosed(link, { kind: "broken", detail: "?" }) }),
  ],
];

test.each(flaws)("a transport that %s is caught: %s", async (_, caughtBy, failure, flaw) => {
  expect(await outcome(caughtBy, (transport) => flawed(transport, flaw))).toBe(failure);
});

test("a transport that reports inside the call is caught", async () => {
  const sentence = "a dial to an address where nobody listens is refused, once";
  expect(await outcome(sentence, hasty)).toBe("closed was reported inside a call");
});

test("a transport without a flaw passes", async () => {
  expect(await outcome(transportCases[0]?.name as string, (transport) => transport)).toBeUndefined();
});

/** What the case `name` says about a transport that `change` has been at. */
async function outcome(
  name: string,
  change: (transport: Transport) => Transport,
): Promise<string | undefined> {
  const kit: TransportKit = {
    clock: systemClock,
    host: () => ({
      address: parseAddress("127.0.0.1:0"),
      transport: (limits) => change(new TcpTransport(limits)),
    }),
    deadAddress: parseAddress("127.0.0.1:1"),
    capabilities: { backpressure: true },
  };
  const found = transportCases.find((each) => each.name === name);
  if (found === undefined) throw new Error(`no such sentence: ${name}`);
  return new Promise((resolve) => found.run(kit, (failure) => resolve(failure?.message)));
}

function flawed(transport: Transport, flaw: Flaw): Transport {
  const wrap = (owner: LinkOwner): LinkOwner => ({
    linkOpened: (link) => owner.linkOpened(link),
    linkFrame: (link, frame) => owner.linkFrame(link, frame),
    linkDrained: (link) => owner.linkDrained(link),
    linkClosed: (link, reason) => owner.linkClosed(link, reason),
    ...flaw(owner),
  });
  return {
    listen: (at, owner, done) => transport.listen(at, wrap(owner), done),
    dial: (to, owner) => transport.dial(to, wrap(owner)),
    close: (done) => transport.close(done),
  };
}

function hasty(transport: Transport): Transport {
  const dial = (...[to, owner]: Parameters<Transport["dial"]>): Link => {
    const link = transport.dial(to, owner);
    owner.linkClosed(link, { kind: "refused" });
    return link;
  };
  return {
    listen: (at, owner, done) => transport.listen(at, owner, done),
    dial,
    close: (done) => transport.close(done),
  };
}
