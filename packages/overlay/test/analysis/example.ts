import {
  degreePlot,
  degreeRemoval,
  Graph,
  judgeDegrees,
  pathLengths,
  RobustnessCurve,
} from "@p2p/overlay/analysis";

/** What is to be said of a network whose newcomers bring three links each; `links` are pairs of names. */
export function report(links: Iterable<readonly [string, string]>): string[] {
  const network = new Graph(links);
  const { holds, clauses, fit } = judgeDegrees(network.degrees, 3);
  const { mean, longest } = pathLengths(network);
  const attack = new RobustnessCurve(network, degreeRemoval(network));
  return [
    holds ? "a network of Barabási and Albert" : "another kind of network",
    ...clauses.map(
      ({ name, figure, holds }) => `${name} ${figure.toFixed(3)}${holds ? "" : ", out of range"}`,
    ),
    `${mean.toFixed(2)} links from node to node, ${longest} at most`,
    `${(100 * attack.at(0.05)).toFixed(1)} % of the rest in one piece without the largest twentieth`,
    degreePlot({ degrees: network.degrees, fit, m: 3 }),
  ];
}
