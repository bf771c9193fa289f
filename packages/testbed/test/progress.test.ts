import { Writable } from "node:stream";
import { describe, expect, test } from "vitest";
import { ProgressBar } from "../src/cli/progress-bar.ts";
import { swarmProgressText } from "../src/cli/summary.ts";
import { Tally } from "../src/cli/tally.ts";

/** What is written to a terminal so wide, or to none. */
class Screen extends Writable {
  readonly isTTY: boolean;
  readonly columns: number | undefined;
  text = "";

  constructor(columns: number | undefined, isTTY = true) {
    super();
    this.columns = columns;
    this.isTTY = isTTY;
  }

  override _write(chunk: Buffer, _: string, done: () => void): void {
    this.text += chunk.toString();
    done();
  }
}

function barOn(screen: Screen, now?: () => number): ProgressBar {
  const stream = screen as unknown as NodeJS.WriteStream;
  return new ProgressBar(now === undefined ? { stream } : { stream, now });
}

/** Everything that a tally of a long night says, at its longest. */
function longest(): string {
  const tally = new Tally();
  Object.assign(tally, { worlds: 90_000, failed: 999 });
  return swarmProgressText(tally, 99_999, 0.01, 3_600_000);
}

describe("a progress bar", () => {
  test.each([
    [0, 79],
    [undefined, 79],
    [80, 79],
    [40, 39],
    [200, 103],
  ])("on a terminal of %s columns takes %d at most, and leaves the last one free", (columns, length) => {
    const screen = new Screen(columns);
    barOn(screen).show(0.5, "x".repeat(90));
    expect(screen.text).toBe(`[#####-----] ${"x".repeat(90)}`.slice(0, length));
  });

  test("has room for what is said of a swarm on 80 columns", () => {
    const screen = new Screen(80);
    barOn(screen).show(0.01, longest());
    expect(longest()).toBe("90000 of 99999 worlds, 999 failed, 25.00 a second, 99.0 h left");
    expect(screen.text).toBe(`[----------] ${longest()}`);
  });

  test("is drawn no more often than eyes can see", () => {
    const screen = new Screen(80);
    let now = 0;
    const bar = barOn(screen, () => now);
    for (; now < 100; now += 10) bar.show(0, `at ${now}`);
    expect(screen.text.match(/at \d+/g)).toEqual(["at 0", "at 50"]);
  });

  test("is a plain line every 30 seconds where there is no terminal", () => {
    const screen = new Screen(undefined, false);
    let now = 5;
    const bar = barOn(screen, () => now);
    for (; now < 65_000; now += 1000) bar.show(0.5, `at ${now}`);
    bar.clear();
    expect(screen.text).toBe("at 30005\nat 60005\n");
  });

  test("makes room for other lines, once", () => {
    const screen = new Screen(80);
    const bar = barOn(screen);
    bar.clear();
    expect(screen.text).toBe("");
    bar.show(0, "x");
    screen.text = "";
    bar.clear();
    bar.clear();
    expect(screen.text).toBe("\u001B[1G\u001B[2K");
  });
});

test.each([
  [0, 0, "0 of 20 worlds, 0 failed, 0.00 a second, no idea how long"],
  [5, 0.25, "5 of 20 worlds, 0 failed, 0.50 a second, 30 s left"],
  [19, 0.005, "19 of 20 worlds, 0 failed, 1.90 a second, 34 min left"],
])("a swarm that has run %d worlds says how far it is", (worlds, share, text) => {
  const tally = new Tally();
  tally.worlds = worlds;
  expect(swarmProgressText(tally, 20, share, 10_000)).toBe(text);
});
