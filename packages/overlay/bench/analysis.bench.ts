import {
  barabasiAlbert,
  fitPowerLaw,
  pathLengths,
  powerLawPValue,
  RobustnessCurve,
  recomputedDegreeRemoval,
} from "@p2p/overlay/analysis";
import { SeededRandom } from "@p2p/sim";
import { bench, describe } from "vitest";

const small = barabasiAlbert(1000, 3, new SeededRandom(1));
const large = barabasiAlbert(10_000, 3, new SeededRandom(1));
const degrees = small.degrees;
const fit = fitPowerLaw(degrees);

describe("1000 nodes, 3000 links", () => {
  bench("all shortest paths", () => void pathLengths(small), { iterations: 5, time: 1000 });
  bench(
    "a p-value from 100 samples",
    () => {
      if (fit !== undefined) powerLawPValue(degrees, fit, { random: new SeededRandom(1) });
    },
    { iterations: 5, time: 1000 },
  );
});

describe("10 000 nodes, 30 000 links", () => {
  const degrees = large.degrees;
  bench("a fit", () => void fitPowerLaw(degrees), { iterations: 5, time: 1000 });
  bench(
    "an attack, degrees recomputed",
    () => void new RobustnessCurve(large, recomputedDegreeRemoval(large)),
    {
      iterations: 5,
      time: 1000,
    },
  );
});
