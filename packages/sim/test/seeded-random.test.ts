import { expect, test } from "vitest";
import { SeededRandom } from "../src/index.ts";

const draws = (random: SeededRandom, count = 5): number[] =>
  Array.from({ length: count }, () => random.next());

test("one seed gives one stream, another seed another", () => {
  expect(draws(new SeededRandom(7))).toEqual(draws(new SeededRandom(7)));
  expect(draws(new SeededRandom(7))).not.toEqual(draws(new SeededRandom(8)));
  expect(draws(new SeededRandom(7))).not.toEqual(draws(new SeededRandom(7.5)));
});

test("the stream of a seed never changes between versions: traces that were kept stay valid", () => {
  expect(draws(new SeededRandom(1), 3).map((value) => value.toFixed(12))).toMatchInlineSnapshot(`
    [
      "0.635143386989",
      "0.271522199351",
      "0.302013219162",
    ]
  `);
});

test("a fork depends on its label, and not on what was drawn before", () => {
  const [fresh, used] = [new SeededRandom(7), new SeededRandom(7)];
  draws(used, 100);
  expect(draws(used.fork("a"))).toEqual(draws(fresh.fork("a")));
  expect(draws(fresh.fork("a"))).not.toEqual(draws(fresh.fork("b")));
  expect(draws(fresh.fork("a").fork("b"))).not.toEqual(draws(fresh.fork("ab")));
});

test("a fork does not shift its parent", () => {
  const [one, two] = [new SeededRandom(7), new SeededRandom(7)];
  one.fork("a").next();
  expect(draws(one)).toEqual(draws(two));
});

test("numbers are spread evenly over [0, 1)", () => {
  const random = new SeededRandom(3);
  const buckets = Array.from({ length: 20 }, () => 0);
  for (let index = 0; index < 100_000; index++) {
    const value = random.next();
    buckets[Math.floor(value * 20)] = (buckets[Math.floor(value * 20)] as number) + 1;
  }
  expect(buckets).toHaveLength(20);
  for (const count of buckets) expect(Math.abs(count - 5000)).toBeLessThan(350);
});

test("bytes are as many as asked for, and of all values", () => {
  const random = new SeededRandom(3);
  for (const count of [0, 1, 3, 4, 5, 32]) expect(random.bytes(count)).toHaveLength(count);
  expect(new Set(random.bytes(4096)).size).toBe(256);
});

test("neighbouring seeds and labels do not resemble each other", () => {
  const firsts = Array.from({ length: 2000 }, (_, seed) => new SeededRandom(seed).next());
  const forks = Array.from({ length: 2000 }, (_, label) => new SeededRandom(1).fork(`host ${label}`).next());
  for (const values of [firsts, forks]) {
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    expect(mean).toBeCloseTo(0.5, 1);
    expect(new Set(values).size).toBe(values.length);
  }
});
