import { beforeEach, expect, test } from "vitest";
import { type Clock, SafeEmitter } from "../src/index.ts";

let thrown: string[];
let emitter: SafeEmitter<{ news: [word: string] }>;

beforeEach(() => {
  thrown = [];
  const clock: Clock = {
    now: () => 0,
    wallTime: () => 0,
    after: (_, task) => {
      try {
        task();
      } catch (error) {
        thrown.push((error as Error).message);
      }
      return () => undefined;
    },
  };
  emitter = new SafeEmitter(clock);
});

function failing(word: string): never {
  throw new Error(word);
}

test("a listener that throws keeps the news from nobody, and its error is not lost", () => {
  const heard: string[] = [];
  emitter.on("news", failing);
  emitter.on("news", (word) => heard.push(word));
  expect(emitter.emit("news", "a")).toBe(true);
  expect([heard, thrown]).toEqual([["a"], ["a"]]);
});

test("a listener can be taken off by the name it was added with, whichever way that was", () => {
  const heard: string[] = [];
  const listener = (word: string): void => void heard.push(word);
  emitter.on("news", listener).once("news", listener);
  emitter.off("news", listener);
  emitter.addListener("news", listener);
  emitter.removeListener("news", listener);
  expect(emitter.emit("news", "a")).toBe(false);
  expect(heard).toEqual([]);
});

test("a listener for one time hears one time, and keeps its context", () => {
  const heard: unknown[] = [];
  emitter.once(
    "news",
    function (this: { name: string }, word) {
      heard.push([this.name, word]);
    },
    { name: "me" },
  );
  emitter.emit("news", "a");
  emitter.emit("news", "b");
  expect(heard).toEqual([["me", "a"]]);
});
