import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createKeyFile } from "@p2p/identity/node";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Network, timed } from "./network.ts";
import type { Node } from "./node.ts";
import type { Program } from "./program.ts";

describe("an operator changes the seeds of a network that runs", () => {
  const network = new Network();
  const { place } = network;

  beforeAll(async () => {
    const { id } = createKeyFile(join(place.folder, "operator.key"));
    await network.start(4, 3, "f = 1", `operators = ${id}`);
  });
  afterAll(() => network.close());

  async function change(...options: string[]): Promise<Program> {
    const run = place.run("operator", "change", ...options);
    expect([await run.ended, ...run.stderr]).toEqual([0]);
    expect(run.stdout).toContainEqual(expect.stringMatching(/^DECIDED: /));
    return run;
  }

  async function joining(): Promise<Node> {
    const seed = await network.addSeed();
    seed.start();
    await seed.process?.printed(/^Waiting to be made a seed of /);
    return seed;
  }

  test("who counts other seeds, or has other operators, is told so by all of them", async () => {
    const lines = readFileSync(join(place.folder, "config.txt"), "utf8").trimEnd().split("\n");
    const fewer = lines.filter((line, index) => index > 0 && line !== "f = 1");
    const others = lines.map((line) => line.replace(/^operators = .*/, `operators = ${"ab".repeat(32)}`));
    const sentences = await Promise.all(
      [fewer, others].flatMap((text, index) => {
        const config = place.write(`other-${index}/config.txt`, `${text.join("\n")}\n`);
        const [key, data] = [join(place.folder, "operator.key"), join(place.folder, `other-${index}`)];
        const node = ["--listen", "127.0.0.1:0", "--config", config, "--data"];
        const runs = [
          place.run("peer", ...node, `${data}/peer`),
          place.run("seed", "--join", ...node, `${data}/seed`),
        ];
        // Who is no operator of its network does not even ask.
        if (index === 0)
          runs.push(place.run("operator", "change", "--config", config, "--operator", key, "--renew"));
        return runs.map(async (run) => [await run.ended, ...run.stderr]);
      }),
    );
    expect(sentences).toHaveLength(5);
    for (const [exitCode, sentence] of sentences) {
      expect(exitCode).toBe(1);
      expect(sentence).toMatch(/is of another network: .*\(NETWORK_MISMATCH\)$/);
    }
  });

  test("replaces one, stopped in the middle and begun again", async () => {
    const [old, ...stay] = network.seeds as [Node, ...Node[]];
    const seed = await network.addSeed();
    const words = ["change", "--replace", old.address, seed.address, seed.plan.id];
    const first = place.run("operator", ...words);
    await first.printed(/^Waiting for seeds: no answer from /);
    first.kill("SIGINT");
    expect(await first.ended).toBe(130);
    seed.start();
    await timed("replaced a seed", change(...words.slice(1)));
    await old.process?.printed(/^SUPERSEDED: since configuration 1 /);
    await old.kill();
    await network.settled(network.peers, [...stay, seed]);
    for (const peer of network.peers) await peer.process?.printed(/^SEEDS CHANGED: configuration 1: /);
    const again = place.run("operator", ...words);
    expect(await again.ended).toBe(0);
    expect(again.stdout).toEqual(["Nothing to do: the seeds are so already"]);
  });

  test("adds one, removes one that goes on running, and the new quorum removes who has died", async () => {
    const [, removed, ...others] = network.seeds as [Node, Node, ...Node[]];
    const seed = await joining();
    const words = ["--add", seed.address, seed.plan.id];
    const first = place.run("operator", "change", ...words);
    await first.printed(/^Handing configuration 2 to the seeds/);
    first.kill("SIGKILL");
    await first.ended;
    // What was signed goes on without being said again.
    await timed("added a seed", change());
    await timed("removed a seed", change("--remove", removed.plan.id, "--signatures", "2"));
    await removed.process?.printed(/^SUPERSEDED: since configuration 3 /);
    const seeds = [...others, seed];
    await network.settled(network.peers, seeds);
    const [crashed] = network.peers as [Node];
    await crashed.kill();
    // With a config file of the beginning it asks those who were seeds then, and one of them tells.
    (await network.addPeer("--config", "config.txt.0")).start();
    await timed("one removed, one added by the seeds of now", network.settled(undefined, seeds));
    expect(new Set(network.removals(seeds))).toEqual(new Set([`${crashed.address} dead`]));
    expect(removed.lines.filter((line) => line.includes(crashed.address))).not.toContainEqual(
      expect.stringMatching(/^PROPOSE_REMOVE/),
    );
    expect(await removed.status()).toMatchObject({ fresh: false });
  });

  test("all that the config file has come to say is enough for who has nothing else", async () => {
    const [, removed, third, ...others] = network.seeds as [Node, Node, Node, ...Node[]];
    await Promise.all([removed.kill(), third.kill()]);
    const peer = await network.addPeer();
    peer.start();
    await peer.ready();
    await network.settled(undefined, others);
    // A seed that came later needs no --join any more, and says nothing else than that it runs, and in step.
    const [came] = others.slice(-1) as [Node];
    await came.kill();
    const { listen, folder } = { listen: came.address, folder: came.plan.folder };
    const again = place.run("seed", "--listen", listen, "--data", folder, "--profile", "lan");
    await again.printed(/^Seed running on port/);
    await again.printed(/^In step with a quorum of the seeds/);
    expect(again.stdout).toHaveLength(2);
  });
});
