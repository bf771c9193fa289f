import { barabasiAlbertAtLeast, checkLinks } from "./barabasi-albert.ts";
import { drawChart, type Point, type Series } from "./chart.ts";
import { Histogram } from "./histogram.ts";
import { PowerLaw } from "./power-law.ts";
import type { PowerLawFit } from "./power-law-fit.ts";
import { logScale } from "./scale.ts";

/** What {@link degreePlot} shows. */
export interface DegreePlotOptions {
  readonly degrees: Iterable<number>;
  /** A line for the fitted power law, from its x_min on. Default: no line. */
  readonly fit?: PowerLawFit | undefined;
  /** A line for the exact law of Barabási–Albert with these links a newcomer. Default: no line. */
  readonly m?: number;
  /** Default "Degrees". */
  readonly title?: string;
}

/** Points of a line, at most. */
const LINE_POINTS = 64;

/**
 * The share of nodes that have at least k neighbours, over k, both axes logarithmic: a power law is a straight line.
 * The text of an SVG image. Nodes without neighbours count, but have no place on a logarithmic axis.
 *
 * @throws RangeError when no degree is above 0, or one is no count, or `m` is no positive integer.
 */
export function degreePlot({ degrees, fit, m, title = "Degrees" }: DegreePlotOptions): string {
  const histogram = new Histogram(degrees);
  const { total, values } = histogram;
  const kMax = values.at(-1) ?? 0;
  if (kMax === 0) throw new RangeError("no degree above 0 to show");
  const shares = values.map((k, index): Point => [k, histogram.atLeast(index) / total]);
  const points = shares.filter(([k]) => k > 0);
  const lines: Series[] = [];
  if (fit !== undefined) lines.push(fitLine(fit, kMax));
  if (m !== undefined) lines.push(exactLine(m, kMax));
  const shareMin = 1 / (2 * total);
  return drawChart({
    title,
    description: `${total} nodes with up to ${kMax} neighbours: the share with at least k over k, both logarithmic.`,
    x: {
      label: "k, neighbours",
      scale: logScale(Math.min(points[0]?.[0] ?? 1, m ?? kMax) * 0.9, kMax * 1.1),
    },
    y: { label: "share of nodes with k or more", scale: logScale(shareMin, 1) },
    series: [{ label: "nodes", kind: "dots", points }, ...lines.map((line) => within(line, kMax, shareMin))],
  });
}

function fitLine(fit: PowerLawFit, kMax: number): Series {
  const law = new PowerLaw(fit.alpha, fit.xMin);
  const points = spread(fit.xMin, kMax).map((k): Point => [k, (law.atLeast(k) * fit.tailCount) / fit.count]);
  return { label: `fit, exponent ${fit.alpha.toFixed(2)}`, kind: "line", points };
}

function exactLine(m: number, kMax: number): Series {
  checkLinks(m);
  const points = spread(m, kMax).map((k): Point => [k, barabasiAlbertAtLeast(k, m)]);
  return { label: `Barabási–Albert, m = ${m}`, kind: "line", points };
}

function within({ label, kind, points }: Series, kMax: number, shareMin: number): Series {
  return { label, kind, points: points.filter(([k, share]) => k <= kMax && share >= shareMin) };
}

/** Whole numbers from `min` to `max`, evenly on a logarithmic axis. */
function spread(min: number, max: number): number[] {
  const steps = Array.from({ length: LINE_POINTS }, (_, index) => index / (LINE_POINTS - 1));
  return [...new Set(steps.map((step) => Math.round(min * (max / min) ** step)))];
}
