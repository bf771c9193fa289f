import { verifier } from "@p2p/identity";
import { Malformed, read, write } from "@p2p/wire";
import { describe, expect, test } from "vitest";
import {
  signTick,
  TickBallot,
  type TickCertificate,
  type TickVote,
  tickCertificate,
  tickStatement,
  verifyTick,
  verifyTickVote,
} from "../src/index.ts";
import { castOf, hash, signerOf } from "./cast.ts";

const cast = castOf(4, 1);
const { configuration } = cast;
const { cfg, networkId } = configuration;
const voteAt = (seat: number, tick = 7): TickVote =>
  signTick(tick, configuration, cast.seeds[seat] as (typeof cast.seeds)[0]);

function certified(...votes: TickVote[]): TickCertificate {
  return { tick: 7, cfg, votes: votes.map(({ seed, signature }) => ({ seed, signature })) };
}

test("a vote for a tick signs 32 + 8 + 32 bytes behind kind 10", () => {
  const statement = tickStatement(voteAt(0), networkId);
  expect(statement).toHaveLength(38 + 72);
  expect(statement[5]).toBe(10);
  expect(statement.slice(38, 70)).toEqual(cfg);
  expect(statement.slice(70, 78)).toEqual(Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 7));
});

test.each<[string, object]>([
  ["tick", { tick: 8 }],
  ["configuration", { cfg: hash("other") }],
  ["seed", { seed: (cast.seeds[1] as { id: string }).id }],
  ["seed, who is none", { seed: signerOf("alice").id }],
  ["signature", { signature: voteAt(0, 8).signature }],
])("it is not valid with another %s", (_, change) => {
  expect(verifyTickVote(voteAt(0), configuration, verifier)).toBe(true);
  expect(verifyTickVote({ ...voteAt(0), ...change }, configuration, verifier)).toBe(false);
});

describe("the votes for one tick", () => {
  test("make a certificate once q seeds have cast theirs, however often each did", () => {
    const ballot = new TickBallot(configuration, 7);
    for (const seat of [0, 1, 1, 0]) ballot.cast(voteAt(seat));
    expect(ballot.certificate()).toBeUndefined();
    ballot.cast(voteAt(3));
    ballot.cast(voteAt(2));
    const certificate = ballot.certificate() as TickCertificate;
    expect(certificate).toEqual(certified(voteAt(0), voteAt(1), voteAt(3)));
    expect(verifyTick(certificate, configuration, verifier)).toBeUndefined();
  });

  test("are no others: not of another tick, not of who is no seed", () => {
    const ballot = new TickBallot(configuration, 7);
    expect(ballot.wants(voteAt(0, 8))).toBe(false);
    expect(ballot.wants({ ...voteAt(0), seed: signerOf("alice").id })).toBe(false);
    expect(ballot.wants(voteAt(0))).toBe(true);
    ballot.cast(voteAt(0));
    expect(ballot.wants(voteAt(0))).toBe(false);
  });
});

test.each<[string, TickCertificate]>([
  ["2 votes, not 3 to 4", certified(voteAt(0), voteAt(1))],
  ["a seed twice", certified(voteAt(0), voteAt(1), voteAt(1))],
  ["a vote that no seed of this configuration signed", certified(voteAt(0), voteAt(1), voteAt(2, 6))],
  [
    "a vote that no seed of this configuration signed",
    { ...certified(voteAt(0), voteAt(1), voteAt(2)), cfg: castOf(4).configuration.cfg },
  ],
])("a certificate proves no time: %s", (fault, certificate) => {
  expect(verifyTick(certificate, configuration, verifier)).toBe(fault);
});

test("a certificate comes out of its bytes as it went in; tick 0 has none", () => {
  const sent = certified(voteAt(0), voteAt(1), voteAt(2));
  expect(read(tickCertificate, write(tickCertificate, sent))).toEqual(sent);
  expect(read(tickCertificate, write(tickCertificate, { ...sent, tick: 0 }))).toBeInstanceOf(Malformed);
});
