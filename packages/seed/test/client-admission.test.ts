import { workBitsOf } from "@p2p/consensus";
import { describe, expect, test } from "vitest";
import { REGISTER } from "../src/frames.ts";
import { ScriptedTown } from "./client-town.ts";

describe("a newcomer that is not let in at once", () => {
  test("is told why, each reason once, and by whom", () => {
    const town = new ScriptedTown(3);
    for (const [seat, seed] of town.seeds.entries())
      seed.manner = {
        outcome: "rejected",
        code: "quota",
        detail: seat === 0 ? "one is full" : "all is full",
      };
    const anna = town.peer("anna");
    town.run(10_000);
    const { code, message = "" } = anna.outcome?.error ?? {};
    expect(code).toBe("REGISTRATION_REJECTED");
    expect(message.match(/quota, all is full/g)?.length ?? 0).toBeLessThanOrEqual(1);
    expect(message).toMatch(
      /^the seeds refuse this peer, registered at 10\.0\.0\.4:7000; ask whoever runs them/,
    );
    expect(anna.news.rejected?.length).toBeGreaterThanOrEqual(2);
  });

  test("is told NOT_DIALABLE where seeds do not dial its address", () => {
    const town = new ScriptedTown(3);
    for (const seed of town.seeds)
      seed.manner = { outcome: "rejected", code: "address", detail: "it is not where this peer comes from" };
    const anna = town.peer("anna");
    town.run(10_000);
    expect(anna.outcome?.error?.code).toBe("NOT_DIALABLE");
    expect(anna.outcome?.error?.message).toMatch(
      /^the seeds do not dial this peer at 10\.0\.0\.4:7000: .*: address, it is not where/,
    );
  });

  test("and may come later is told so once by each seed, asks again, and gets in", () => {
    const town = new ScriptedTown(3);
    for (const seed of town.seeds)
      seed.manner = { outcome: "pending", code: "rate", detail: "the next in 2 min" };
    const anna = town.peer("anna");
    town.run(60_000);
    expect(anna.outcome).toBeUndefined();
    const told = anna.news.delayed ?? [];
    expect(told[0]).toMatchObject({ code: "rate", detail: "the next in 2 min" });
    expect(new Set(told.map(({ seed }) => seed)).size).toBe(told.length);
    for (const seed of town.seeds) seed.manner = "certify";
    town.run(40_000);
    expect(anna.outcome?.error).toBeUndefined();
    expect(anna.client.isMember).toBe(true);
  });
});

describe("a newcomer that works", () => {
  test("shows what it was asked for, at the address that it registers, also in later lives", () => {
    const town = new ScriptedTown(3);
    const anna = town.peer("anna", { client: { workBits: 8 } });
    town.run(10_000);
    expect(anna.client.isMember).toBe(true);
    const { networkId } = anna.lobby.local;
    const shown = town.seeds.flatMap((seed) => seed.of(REGISTER)).map(({ registration }) => registration);
    expect(shown.length).toBeGreaterThan(0);
    for (const registration of shown)
      expect(
        workBitsOf(registration, registration.pow ?? new Uint8Array(0), networkId),
      ).toBeGreaterThanOrEqual(8);
  });

  test.each([-1, 31, 1.5])("cannot do %s bits", (workBits) => {
    expect(() => new ScriptedTown(3).peer("anna", { client: { workBits } })).toThrow(
      /whole number of 0 to 30/,
    );
  });
});

test("a token that no seed would read is the caller's mistake", () => {
  const client = { token: new Uint8Array(257) };
  expect(() => new ScriptedTown(3).peer("anna", { client })).toThrow(
    "a token has at most 256 bytes, and this one 257",
  );
});
