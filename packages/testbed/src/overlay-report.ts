import {
  type Clause,
  degreePlot,
  degreeRemoval,
  type Graph,
  judgeDegrees,
  pathLengths,
  RobustnessCurve,
  randomRemoval,
  robustnessPlot,
} from "@p2p/overlay/analysis";
import { SeededRandom } from "@p2p/sim";

/** What an overlay looks like, and what it bears: images and figures. */
export interface OverlayReport {
  /** Share of the nodes with at least k neighbours over k, both logarithmic, with the fitted power law: an SVG image. */
  readonly degrees: string;
  /** What hangs together while nodes go at random, or the best linked ones first: an SVG image. */
  readonly robustness: string;
  /** The same in words, line by line. */
  readonly lines: readonly string[];
}

/**
 * Looks at the overlay of peers of which each looks for `m` links.
 * @param seed from which the order follows in which nodes fail at random.
 * @throws RangeError when there is no link at all.
 */
export function overlayReport(overlay: Graph<string>, m: number, seed: number): OverlayReport {
  const { degrees } = overlay;
  const { fit, clauses, holds } = judgeDegrees(degrees, m);
  const failures = new RobustnessCurve(overlay, randomRemoval(overlay, new SeededRandom(seed)));
  const attack = new RobustnessCurve(overlay, degreeRemoval(overlay));
  const { mean, longest } = pathLengths(overlay);
  const what = `${overlay.nodes.length} peers, ${overlay.edgeCount} links`;
  return {
    degrees: degreePlot({ degrees, fit, m, title: `Degrees of ${what}` }),
    robustness: robustnessPlot({
      title: `Robustness of ${what}`,
      curves: [
        { label: "at random", curve: failures },
        { label: "best linked first", curve: attack },
      ],
    }),
    lines: [
      what,
      holds ? "degrees as those of Barabási and Albert" : "degrees unlike those of Barabási and Albert",
      ...clauses.map((clause) => `  ${clauseText(clause)}`),
      `${mean.toFixed(2)} links from peer to peer on average, ${longest} at most`,
      `less than a twentieth hangs together once ${percent(failures.threshold())} have failed at random`,
      `less than a twentieth hangs together once ${percent(attack.threshold())} were taken, best linked first`,
    ],
  };
}

function clauseText({ name, figure, min, max, holds }: Clause): string {
  if (Number.isNaN(figure)) return `${name}: cannot be told of so few`;
  return `${name} ${figure.toFixed(3)}, ${holds ? "in" : "NOT in"} the range of ${min.toFixed(3)} to ${max.toFixed(3)}`;
}

function percent(share: number | undefined): string {
  return share === undefined ? "all" : `${(100 * share).toFixed(0)} %`;
}
