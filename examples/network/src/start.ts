import { fileURLToPath } from "node:url";
import { bundle } from "../../../scripts/run.mjs";
import { counted } from "./counted.ts";
import { Cluster } from "./launcher/cluster.ts";
import { Console } from "./launcher/console.ts";
import { Drill } from "./launcher/drill.ts";
import { listenToKeys } from "./launcher/keys.ts";
import { RunFolder, type RunSeeds } from "./launcher/run-folder.ts";
import { OPTIONS, type RunPlan, readPlan, USAGE } from "./launcher/run-plan.ts";
import { runTimed, scheduleText } from "./launcher/timed-run.ts";
import { type Given, readOptions } from "./options.ts";
import { paceArguments } from "./pace.ts";
import { onEnd, run, sentenceOf } from "./program.ts";
import { securityArguments, warnIfInsecure } from "./security.ts";

const SEED_PATIENCE_MS = 30_000;
const PEER_PATIENCE_MS = 60_000;

/** As shells count them: 128 and the signal's number. */
const EXIT_CODES = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const;

await run(async () => {
  const given = readOptions(USAGE, OPTIONS);
  const plan = readPlan(given);
  const { peers, durationMs, json, faults } = plan;
  const output = new Console(plan.output, json, (error) => console.error(sentenceOf(error)));
  const folder = new RunFolder(plan.data);
  const seeds = folder.nameSeeds(plan.config);
  const cluster = await clusterOf(plan, given, folder, seeds);
  const drill = new Drill(cluster);
  cluster.on("line", (node, line, fault) => output.line(node.name, line, fault));
  drill.on("done", (what) => output.say(`*** ${what}`));

  let ending: Promise<void> | undefined;
  const end = (exitCode: number): Promise<void> => {
    if (!ending) output.say("*** ending: the peers first, then the seeds");
    ending ??= endAll(cluster, output, exitCode);
    return ending;
  };
  onEnd((signal) => void end(EXIT_CODES[signal]));

  const what = `${counted(cluster.seeds.length, "seed")} and ${counted(peers, "peer")}`;
  output.say(`*** starting ${what}; data in ${folder.path}, these lines also in ${plan.output}`);
  if (seeds.elsewhere.length > 0)
    output.say(`*** not started, as their keys are not in ${folder.path}: ${seeds.elsewhere.join(", ")}`);
  warnIfInsecure(given, (line) => output.say(`*** ${line}`));
  const complaint = await startAll(cluster, peers);
  if (ending) return;
  if (complaint !== undefined) {
    console.error(`error: ${complaint}`);
    return end(1);
  }
  output.say(`*** all are linked: publishing begins${scheduleText(plan)}`);
  drill.publish();
  if (durationMs === undefined) {
    cluster.on("crashed", (node, how) => output.say(`*** ${node.name} ended by itself: ${how}`));
    listenToKeys({ cluster, drill, output, quit: () => void end(0) });
    return;
  }
  const summary = await runTimed({ cluster, drill, output, durationMs, faults, profile: plan.pace.profile });
  if (ending) return;
  if (json) console.log(JSON.stringify(summary, undefined, 2));
  await end(summary.ok ? 0 : 1);
});

async function clusterOf(
  plan: RunPlan,
  given: Given,
  folder: RunFolder,
  { here, file }: RunSeeds,
): Promise<Cluster> {
  const [seedProgram = "", peerProgram = ""] = await bundle(
    ["./seed.ts", "./peer.ts"].map((file) => fileURLToPath(new URL(file, import.meta.url))),
  );
  return new Cluster({
    seeds: here,
    peerPort: plan.peerPort,
    seedProgram,
    peerProgram,
    args: (role, address) => [
      "--listen",
      address,
      "--config",
      file,
      "--data",
      folder.of(role, address),
      ...securityArguments(given),
      ...(role === "peer" ? ["--await-order", ...paceArguments(given)] : ["--profile", plan.pace.profile]),
    ],
  });
}

async function endAll(cluster: Cluster, output: Console, exitCode: number): Promise<void> {
  await cluster.stop();
  output.close(() => process.exit(exitCode));
}

/** Starts seeds, then peers. What went wrong, as a sentence, if anything did. */
async function startAll(cluster: Cluster, peers: number): Promise<string | undefined> {
  const complaint = await cluster.start(cluster.seeds, ({ id }) => id !== undefined, SEED_PATIENCE_MS);
  if (complaint !== undefined) return complaint;
  const newcomers = Array.from({ length: peers }, () => cluster.addPeer());
  const isAlone = peers === 1;
  return cluster.start(
    newcomers,
    ({ id, linked }) => id !== undefined && (linked || isAlone),
    PEER_PATIENCE_MS,
  );
}
