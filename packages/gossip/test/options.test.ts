import { World } from "@p2p/sim";
import { Lobby } from "@p2p/wire";
import { describe, expect, test } from "vitest";
import { Gossip, type GossipOptions } from "../src/index.ts";
import { Town } from "./town.ts";

describe("a Gossip is not made", () => {
  const NO_LINKS = "a Gossip needs links, those of a Lobby: new Gossip({ links: lobby.links })";

  test.each([
    ["nothing", () => undefined],
    ["null", () => null],
    ["no links", () => ({})],
    ["null as links", () => ({ links: null })],
    ["a lobby in the place of its links", (town: Town) => ({ links: town.at(0).lobby })],
  ])("from %s", (_, options) => {
    const town = new Town();
    town.add();
    expect(() => new Gossip(options(town) as GossipOptions)).toThrow(new TypeError(NO_LINKS));
  });

  test.each([
    ["order", "FIFO", new RangeError('order is "arrival" or "fifo", not "FIFO"')],
    ["order", null, new RangeError('order is "arrival" or "fifo", not null')],
    ["order", ["fifo"], new RangeError('order is "arrival" or "fifo", not some object')],
    ["validate", "x", new TypeError('validate is a function, not "x"')],
    ["validate", null, new TypeError("validate is a function, not null")],
    ["incarnation", 7, new TypeError("incarnation is a function, not 7")],
    ["strategy", "flood", new TypeError('strategy is a function, not "flood"')],
    ["repair", "no", new TypeError('repair is true or false, not "no"')],
    ["rate", 1000, new TypeError("rate is an object, not 1000")],
    ["store", null, new TypeError("store is an object, not null")],
    ["timing", "lan", new TypeError('timing is an object, not "lan"')],
    [
      "membership",
      { standing: () => "member" },
      new TypeError("membership has two functions, standing and ask"),
    ],
  ])("with %s: %o", (name, value, error) => {
    const town = new Town();
    const { links } = town.add().lobby;
    const options = { links, [name]: value } as unknown as GossipOptions;
    const make = (): Gossip => new Gossip(options);
    expect(make).toThrow(error);
    expect(make).toThrow(error.constructor);
  });

  test.each([
    ["validator", () => "accept", "validator: there are links, membership, incarnation, validate, order, "],
    ["Order", "fifo", "Order: there are links, "],
    ["stores", undefined, "stores: there are links, "],
    ["rate", { messagePerSecond: 1 }, "rate.messagePerSecond: there are messagesPerSecond, "],
    ["store", { maxMessages: 9 }, "store.maxMessages: there are messagesMax, bytesMax"],
    ["timing", { holdsMs: 9 }, "timing.holdsMs: there are "],
    ["dedupe", true, "dedupe: there are links, membership, incarnation, "],
    // What everything has from Object is no option, either.
    ["toString", () => "fifo", "toString: there are links, "],
  ])("with %s: %o, which there is not", (name, value, complaint) => {
    const town = new Town();
    const { links } = town.add().lobby;
    const make = (): Gossip => new Gossip({ links, [name]: value });
    expect(make).toThrow(TypeError);
    expect(make).toThrow(`there is no option ${complaint}`);
  });

  test("by mistake, and its links are free for the next one", () => {
    const host = new World().host("h");
    host.boot(() => {
      const { signer, clock, random } = host;
      const { links } = new Lobby({ transport: host.transport(), signer, clock, random });
      for (const wrong of [{ order: "FIFO" }, { store: { bytesMax: -1 } }, { timing: { holdMs: 0 } }])
        expect(() => new Gossip({ links, ...wrong } as GossipOptions)).toThrow(RangeError);
      const gossip = new Gossip({ links, order: "fifo" });
      expect(() => new Gossip({ links })).toThrow(TypeError);
      gossip.stop();
    });
  });
});
