import { drawChart, type Point } from "./chart.ts";
import type { RobustnessCurve } from "./robustness.ts";
import { percentScale } from "./scale.ts";

/** What {@link robustnessPlot} shows. */
export interface RobustnessPlotOptions {
  /** The curves and their names, such as "at random"; colours repeat after four. */
  readonly curves: readonly { readonly label: string; readonly curve: RobustnessCurve }[];
  /** Default "Robustness". */
  readonly title?: string;
}

/** Shares that may be gone, in steps of a hundredth: beyond, a handful of survivors makes any share. */
const SHARES = Array.from({ length: 96 }, (_, percent) => percent / 100);

/**
 * The share of survivors that hang together, over the share of nodes that have gone: the text of an SVG image. Each
 * curve ends where its order does, and at 95 % gone.
 */
export function robustnessPlot({ curves, title = "Robustness" }: RobustnessPlotOptions): string {
  return drawChart({
    title,
    description: `The share of the surviving nodes in the largest component, over the share that is gone: ${curves.map(({ label }) => label).join(", ")}.`,
    x: { label: "nodes gone", scale: percentScale },
    y: { label: "survivors in the largest component", scale: percentScale },
    series: curves.map(({ label, curve }) => ({ label, kind: "line", points: pointsOf(curve) })),
  });
}

function pointsOf(curve: RobustnessCurve): Point[] {
  return SHARES.filter((share) => share <= curve.removedMax).map((share) => [share, curve.at(share)]);
}
