import {
  barabasiAlbert,
  degreePlot,
  degreeRemoval,
  fitPowerLaw,
  Graph,
  RobustnessCurve,
  randomRemoval,
  robustnessPlot,
} from "@p2p/overlay/analysis";
import { SeededRandom } from "@p2p/sim";
import { describe, expect, test } from "vitest";

const graph = barabasiAlbert(1000, 3, new SeededRandom(1));
const degrees = graph.degrees;
const fit = fitPowerLaw(degrees);
const failures = new RobustnessCurve(graph, randomRemoval(graph, new SeededRandom(2)));
const attack = new RobustnessCurve(graph, degreeRemoval(graph));

const plots: [string, string][] = [
  ["degrees", degreePlot({ degrees, fit, m: 3 })],
  ["degrees of 100 000 nodes", degreePlot({ degrees: Array.from({ length: 1e5 }, (_, k) => 1 + (k % 9)) })],
  ["degrees of a ring", degreePlot({ degrees: [2, 2, 2], fit: undefined, m: 1 })],
  ["degrees below m, and of nobody", degreePlot({ degrees: [0, 0, 1, 2], m: 7 })],
  ["a fit to others", degreePlot({ degrees: [1, 2], fit })],
  [
    "robustness",
    robustnessPlot({
      curves: [
        { label: "at random", curve: failures },
        { label: "hubs first", curve: attack },
      ],
    }),
  ],
  [
    "robustness of five",
    robustnessPlot({ curves: Array.from({ length: 5 }, () => ({ label: "again", curve: attack })) }),
  ],
  [
    "the start of an attack",
    robustnessPlot({ curves: [{ label: "first", curve: new RobustnessCurve(graph, [0]) }] }),
  ],
  ["robustness of nobody", robustnessPlot({ curves: [] })],
];

describe.each(plots)("the plot of %s", (_, svg) => {
  test("is well-formed", () => expect(openTags(svg)).toEqual([]));

  test("has only numbers that are some, within the picture", () => {
    expect(svg).not.toMatch(/NaN|Infinity|undefined/);
    const [, width = 0, height = 0] = (/viewBox="0 0 (\d+) (\d+)"/.exec(svg) ?? []).map(Number);
    const places = [
      ...svg.matchAll(/c?x="([-\d.]+)" c?y="([-\d.]+)"/g),
      ...svg.matchAll(/([-\d.]+),([-\d.]+)/g),
    ];
    for (const [, x, y] of places) {
      expect(Number(x) >= 0 && Number(x) <= width).toBe(true);
      expect(Number(y) >= 0 && Number(y) <= height).toBe(true);
    }
  });

  test("has a title, a description and labels", () => {
    expect(svg).toMatch(/^<svg [^>]*role="img" aria-label="[^"]+"/);
    expect(svg).toMatch(/<title>[^<]+<\/title>\n<desc>[^<]+<\/desc>/);
    expect(svg).toMatch(/k, neighbours|nodes gone/);
  });

  test("can be read on a light page and on a dark one", () => {
    for (const [colour] of svg.matchAll(/#[\da-f]{6}/g)) {
      const isInk = colour === "#767676";
      expect(Math.min(contrast(colour, "#ffffff"), contrast(colour, "#000000"))).toBeGreaterThan(
        isInk ? 4.5 : 3,
      );
    }
  });
});

describe("what is plotted", () => {
  test("is a dot for each degree there is, and a line for each law", () => {
    const svg = degreePlot({ degrees, fit, m: 3 });
    // One is in the legend.
    expect(svg.match(/<circle /g)).toHaveLength(1 + new Set(degrees).size);
    expect(svg.match(/<polyline /g)).toHaveLength(2);
    expect(svg).toContain(`exponent ${fit?.alpha.toFixed(2)}`);
    expect(svg).toContain("Barabási–Albert, m = 3");
    expect(degreePlot({ degrees })).not.toContain("<polyline");
  });

  test("falls from 1 at the left to 1/N at the right", () => {
    const [first, ...others] = [...degreePlot({ degrees }).matchAll(/<circle cx="(.*?)" cy="(.*?)"/g)]
      .slice(1)
      .map(([, x, y]) => ({ x: Number(x), y: Number(y) }));
    expect(first?.y).toBe(48);
    expect(others.every(({ x, y }) => x > (first?.x ?? 0) && y > 48 && y < 360)).toBe(true);
  });

  test("is not the caller's markup", () => {
    const svg = robustnessPlot({ title: 'a < b & "c"', curves: [{ label: "<script>", curve: attack }] });
    expect(svg).toContain("<title>a &lt; b &amp; &quot;c&quot;</title>");
    expect(svg).not.toContain("<script>");
    expect(openTags(svg)).toEqual([]);
  });

  test("is something", () => {
    expect(() => degreePlot({ degrees: new Graph([], [1]).degrees })).toThrow(RangeError);
    expect(() => degreePlot({ degrees: [] })).toThrow(RangeError);
    expect(() => degreePlot({ degrees, m: 0 })).toThrow(RangeError);
  });
});

/** Tags that are not closed, and whatever is no XML: empty when all is well. */
function openTags(svg: string): string[] {
  const open: string[] = [];
  const rest = svg.replaceAll(
    /<(\/?)(\w+)((?: [\w:-]+="[^"<]*")*) ?(\/?)>/g,
    (_, closing: string, name: string, __, self) => {
      if (closing === "/") return open.at(-1) === name ? (open.pop(), "") : "<";
      if (self !== "/") open.push(name);
      return "";
    },
  );
  return [...open, ...(rest.match(/[<>]|&(?!amp;|lt;|gt;|quot;)/g) ?? [])];
}

/** By WCAG 2: 1 to 21. */
function contrast(a: string, b: string): number {
  const [dark = 0, light = 0] = [luminance(a), luminance(b)].toSorted((x, y) => x - y);
  return (light + 0.05) / (dark + 0.05);
}

function luminance(colour: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((start) => {
    const part = Number.parseInt(colour.slice(start, start + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}
