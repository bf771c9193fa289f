import type { ProbeOutcome, Prober, ProbeTarget, Registration } from "@p2p/consensus";
import type { PeerId } from "@p2p/identity";
import { SeededRandom } from "@p2p/sim";
import type { Lobby } from "@p2p/wire";
import { expect, test } from "vitest";
import { type DialBackOutcome, DialBacks } from "../src/dial-backs.ts";
import { Agenda, type Office } from "../src/office.ts";

/** Dials wait until the test answers them. */
class Dials {
  readonly open: ((outcome: ProbeOutcome) => void)[] = [];

  probe(_: ProbeTarget, done: (outcome: ProbeOutcome) => void): void {
    this.open.push(done);
  }
}

const clock = { now: () => 0, wallTime: () => 0, after: () => () => undefined };
const office = {
  lobby: { local: { random: new SeededRandom(1) } } as unknown as Lobby,
  timing: { dialBackMs: 4000 },
  agenda: new Agenda(clock),
  now: () => 0,
} as unknown as Office;

function registrationOf(number: number): Registration {
  const peer = number.toString(16).padStart(64, "0") as PeerId;
  return { peer, incarnation: 1, address: `10.0.${number >> 8}.${number & 255}:7000` } as Registration;
}

test("eight thousand that ask at once are all dialled, 64 at a time; who comes beyond has to ask again", () => {
  const dials = new Dials();
  const dialBacks = new DialBacks(office, dials as unknown as Prober);
  const outcomes: DialBackOutcome[] = [];
  for (let number = 0; number < 64 + 8192; number++)
    dialBacks.dial({ registration: registrationOf(number), bringer: `${number}`, isOwn: true }, (outcome) =>
      outcomes.push(outcome),
    );
  expect(outcomes).toEqual([]);
  expect(dials.open).toHaveLength(64);
  dialBacks.dial({ registration: registrationOf(9999), bringer: "9999", isOwn: true }, (outcome) =>
    outcomes.push(outcome),
  );
  expect(outcomes).toEqual(["later"]);
  while (dials.open.length > 0) dials.open.shift()?.({ kind: "refused" });
  expect(outcomes).toHaveLength(64 + 8192 + 1);
  expect(outcomes.filter((outcome) => outcome === "later")).toHaveLength(1);
});

test("who is brought by a seed behind thousands, and then by others, takes whichever turn comes first", () => {
  const dials = new Dials();
  const dialBacks = new DialBacks(office, dials as unknown as Prober);
  const outcomes: DialBackOutcome[] = [];
  const done = (outcome: DialBackOutcome): void => void outcomes.push(outcome);
  for (let number = 0; number < 200; number++)
    dialBacks.dial({ registration: registrationOf(number), bringer: "liar", isOwn: false }, () => undefined);
  const newcomer = registrationOf(1000);
  dialBacks.dial({ registration: newcomer, bringer: "liar", isOwn: true }, done);
  for (const bringer of ["honest", "10.0.3.232", "honest"]) dialBacks.hasten(newcomer.peer, bringer);
  for (let round = 0; round < 66; round++) dials.open.shift()?.({ kind: "refused" });
  expect(outcomes).toEqual([{ why: expect.stringContaining("nobody listens") }]);
  while (dials.open.length > 0) dials.open.shift()?.({ kind: "refused" });
  expect(outcomes).toHaveLength(1);
});
