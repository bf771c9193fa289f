import { parseArgs } from "node:util";
import { run, UsageError } from "./program.ts";
import { MISTAKES, Model, NETWORKS } from "./quint.ts";
import { runMutantReplays, runReplay } from "./replay-run.ts";
import { writeTraces } from "./traces.ts";

const HELP = `npm run model -- [options]
Tries the model of the seeds' protocol (packages/testbed/model): tells its stories, then lets chance look for a broken rule.

  --network NAME   ${NETWORKS.join(", ")} (default: all of them, one after the other)
  --mistake WORDS  with this mistake: exit code 1 and the way to the broken rule, when it is found. One of:
${MISTAKES.map((mistake) => `                   "${mistake}"`).join("\n")}
  --samples N      how many runs in each network (default 1000)
  --steps N        how long each is (default 30)
  --seed N         the number from which chance follows (default 1)
  --traces         makes the traces in packages/testbed/model/traces anew, and nothing else
  --replay         does these traces again with real seeds, and nothing else
  --mutants        the same on sources with a bug each, until each is noticed
  --help           this text`;

await run(async () => {
  const { network, mistake, seed, samples, steps, help, traces, replay, mutants } = options();
  if (help) {
    console.log(HELP);
    return 0;
  }
  if (replay) return runReplay();
  if (mutants) return runMutantReplays();
  if (traces) {
    console.log(`${await writeTraces(await Model.read(false))} traces`);
    return 0;
  }
  const model = await Model.read(true);
  let isBroken = false;
  for (const main of mistake === "none" ? ["stories", "overpromised"] : []) {
    const { failed } = await model.tell(main);
    isBroken = report(main, failed.length === 0) || isBroken;
  }
  for (const name of network === undefined ? NETWORKS : [network]) {
    console.error(`network ${name}: ${samples} runs of ${steps} steps …`);
    const isSound = await model.search({ network: name, mistake, seed, samples, steps });
    isBroken = report(`network ${name}, mistake: ${mistake}`, isSound) || isBroken;
  }
  return isBroken ? 1 : 0;
});

function options() {
  const { values } = parsed();
  const { network, mistake = "none", help = false, traces = false, replay = false, mutants = false } = values;
  if ([traces, replay, mutants].filter(Boolean).length > 1)
    throw new UsageError("--traces, --replay and --mutants are three things to do: one at a time");
  if (mistake !== "none" && !MISTAKES.includes(mistake))
    throw new UsageError(`there is no mistake "${mistake}"; there are ${MISTAKES.join(", ")}`);
  if (network !== undefined && !NETWORKS.some((name) => name === network))
    throw new UsageError(`there is no network "${network}"; there are ${NETWORKS.join(", ")}`);
  return {
    network,
    mistake,
    help,
    traces,
    replay,
    mutants,
    seed: numberOf("seed", values.seed ?? "1"),
    samples: numberOf("samples", values.samples ?? "1000"),
    steps: numberOf("steps", values.steps ?? "30"),
  };
}

function parsed() {
  const string = { type: "string" } as const;
  const boolean = { type: "boolean" } as const;
  const all = { network: string, mistake: string, seed: string, samples: string, steps: string };
  try {
    return parseArgs({
      options: { ...all, help: boolean, traces: boolean, replay: boolean, mutants: boolean },
    });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

function numberOf(name: string, text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text))
    throw new UsageError(`--${name} takes a whole number from 1 on, not "${text}"`);
  return Number(text);
}

/** Whether it is broken. */
function report(what: string, isSound: boolean): boolean {
  console.log(`=== ${what}: ${isSound ? "no rule is broken" : "broken"}`);
  return !isSound;
}
