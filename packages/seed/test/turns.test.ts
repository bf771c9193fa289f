import { expect, test } from "vitest";
import { Turns } from "../src/turns.ts";

function drained(turns: Turns<string>): string[] {
  const all: string[] = [];
  for (let item = turns.next(); item !== undefined; item = turns.next()) all.push(item);
  return all;
}

test("bringers are served in turn, each his oldest first", () => {
  const turns = new Turns<string>(10);
  for (const item of ["a1", "a2", "a3", "b1", "c1", "c2"]) turns.add(item[0] as string, item);
  expect(turns.next()).toBe("a1");
  turns.add("d", "d1");
  expect(drained(turns)).toEqual(["b1", "c1", "a2", "d1", "c2", "a3"]);
  expect(turns.size).toBe(0);
});

test("when all is full the newest of whoever has most goes, be it the one that came", () => {
  const turns = new Turns<string>(3);
  for (const item of ["a1", "a2", "b1"]) expect(turns.add(item[0] as string, item)).toBeUndefined();
  expect(turns.add("c", "c1")).toEqual(["a", "a2"]);
  expect(turns.add("b", "b2")).toEqual(["b", "b2"]);
  expect(turns.size).toBe(3);
  expect(drained(turns)).toEqual(["a1", "b1", "c1"]);
});
