import type { Host } from "@p2p/sim";
import { afterEach, expect, test, vi } from "vitest";
import { Bearings } from "../src/bearings.ts";
import { SYNC_DELTA } from "../src/frames.ts";
import { Town } from "./town.ts";

afterEach(() => vi.restoreAllMocks());

test("the last answer of an exchange, held up on its way, tells nothing of the time since this seed spoke", () => {
  const town: Town = new Town({ seed: 30, signatures: "hash", sent: (host, frame) => spoken(host, frame) });
  const [answerer, opener] = town.hosts as [Host, Host];
  let heldAt: number | undefined;
  // Once the opener of an exchange has all that it asked for, nothing that it says gets through for twelve seconds.
  function spoken(host: Host, frame: Uint8Array): void {
    const delta = frame[0] === SYNC_DELTA.kind ? SYNC_DELTA.decode(frame) : undefined;
    if (heldAt !== undefined || town.world.now < 60_000 || host !== opener || delta === undefined) return;
    if (!("answer" in delta) || !delta.answer) return;
    heldAt = answerer.clock.now();
    town.world.cutOneWay(opener, answerer);
  }
  const meetings: { readonly at: number; readonly now: number }[] = [];
  vi.spyOn(Bearings.prototype, "met").mockImplementation((seed, at) => {
    if (seed === opener.signer.id) meetings.push({ at, now: town.world.now });
  });
  for (const other of town.hosts.slice(2)) town.world.cut(other, opener);
  town.until(() => heldAt !== undefined, 600_000);
  meetings.length = 0;
  town.world.run(12_000);
  expect(meetings).toEqual([]);
  town.world.heal();
  town.until(() => meetings.length > 0, 10_000);
  expect(meetings[0]?.at).toBeLessThanOrEqual(heldAt ?? 0);
});
