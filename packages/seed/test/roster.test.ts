import { Ledger, type Member } from "@p2p/consensus";
import type { PeerId } from "@p2p/identity";
import { SeededRandom } from "@p2p/sim";
import { expect, test } from "vitest";
import { Roster } from "../src/roster.ts";

/** A ledger that lists whom the test says, in the life that it says. */
class Book extends Ledger {
  readonly lives = new Map<PeerId, number>();

  override memberIds(): Iterable<PeerId> {
    return this.lives.keys();
  }

  override member(peer: PeerId): Member | undefined {
    const incarnation = this.lives.get(peer);
    return incarnation === undefined ? undefined : ({ peer, incarnation } as Member);
  }

  get sorted(): readonly { readonly peer: PeerId; readonly incarnation: number }[] {
    const all = Array.from(this.lives, ([peer, incarnation]) => ({ peer, incarnation }));
    return all.toSorted((one, other) => (one.peer < other.peer ? -1 : 1));
  }
}

test("members are handed out in the order of their ids, whoever came, went and came again in between", () => {
  const random = new SeededRandom(1);
  const ledger = new Book();
  const roster = new Roster(ledger);
  for (let round = 0; round < 2000; round++) {
    const id = Math.floor(random.next() * 40)
      .toString(16)
      .padStart(64, "0") as PeerId;
    const isThere = ledger.lives.has(id);
    if (isThere && random.next() < 0.5) ledger.lives.delete(id);
    else if (!isThere || random.next() < 0.5) ledger.lives.set(id, round);
    roster.changed(id);
    const { sorted } = ledger;
    expect(roster.after(undefined, 100)).toEqual(sorted);
    expect(roster.after(id, 3)).toEqual(sorted.filter(({ peer }) => peer > id).slice(0, 3));
  }
});
