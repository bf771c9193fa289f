import { expect, test } from "vitest";
import { type Moment, type MomentOwner, Timeline } from "../src/timeline.ts";

class Owner implements MomentOwner {
  over = false;
  pending = 0;
  ran = 0;

  run(moment: Moment): void {
    this.ran += 1;
    moment.task?.();
  }
}

test("moments come by time, and those of one time in the order of the calls", () => {
  const timeline = new Timeline();
  const order: string[] = [];
  for (const [name, delayMs] of [
    ["d", 9],
    ["b", 5],
    ["c", 5],
    ["a", 1],
  ] as const) {
    timeline.after(delayMs, () => order.push(`${name}@${timeline.now}`));
  }
  while (timeline.step());
  expect(order).toEqual(["a@1", "b@5", "c@5", "d@9"]);
});

test("thousands of moments in any order come sorted", () => {
  const timeline = new Timeline();
  const times: number[] = [];
  for (let index = 0; index < 5000; index++)
    timeline.after((index * 7919) % 5003, () => times.push(timeline.now));
  while (timeline.step());
  expect(times).toHaveLength(5000);
  expect(times).toEqual(times.toSorted((a, b) => a - b));
});

test("a cancelled moment does not come, and is no next moment either", () => {
  const timeline = new Timeline();
  const moment = timeline.after(5, () => expect.unreachable());
  timeline.cancel(moment);
  timeline.cancel(moment);
  expect(timeline.nextAt).toBe(Number.POSITIVE_INFINITY);
  expect(timeline.step()).toBe(false);
});

test("a million cancelled moments do not pile up", () => {
  const timeline = new Timeline();
  timeline.after(1e9, () => undefined);
  const began = process.memoryUsage().heapUsed;
  for (let index = 0; index < 1e6; index++) timeline.cancel(timeline.after(1e6 + index, () => undefined));
  expect(process.memoryUsage().heapUsed - began).toBeLessThan(64 * 1024 * 1024);
  expect(timeline.nextAt).toBe(1e9);
});

test("the moments of a dead owner never come, and the others still do, in order", () => {
  const timeline = new Timeline();
  const [dead, alive] = [new Owner(), new Owner()];
  const times: number[] = [];
  for (let index = 0; index < 6000; index++) {
    timeline.after(index % 97, () => times.push(timeline.now), index % 3 === 0 ? alive : dead);
  }
  expect([dead.pending, alive.pending]).toEqual([4000, 2000]);
  dead.over = true;
  timeline.forget(dead);
  while (timeline.step());
  expect([dead.ran, alive.ran]).toEqual([0, 2000]);
  expect(times).toEqual(times.toSorted((a, b) => a - b));
});
