import { Ledger } from "@p2p/consensus";
import type { PeerId } from "@p2p/identity";
import { SeededRandom } from "@p2p/sim";
import { expect, test } from "vitest";
import { Roster } from "../src/roster.ts";

/** A ledger that lists whom the test says. */
class Listed extends Ledger {
  readonly ids = new Set<PeerId>();

  override memberIds(): Iterable<PeerId> {
    return this.ids;
  }

  override isMember(id: PeerId): boolean {
    return this.ids.has(id);
  }
}

test("members are handed out in the order of their ids, whoever came and went in between", () => {
  const random = new SeededRandom(1);
  const ledger = new Listed();
  const roster = new Roster(ledger);
  for (let round = 0; round < 2000; round++) {
    const id = Math.floor(random.next() * 40)
      .toString(16)
      .padStart(64, "0") as PeerId;
    if (!ledger.ids.delete(id)) ledger.ids.add(id);
    if (random.next() < 0.1) ledger.ids.add(id); // as it was
    roster.changed(id);
    const sorted = [...ledger.ids].toSorted();
    expect(roster.after(undefined, 100)).toEqual(sorted);
    expect(roster.after(id, 3)).toEqual(sorted.filter((other) => other > id).slice(0, 3));
  }
});
