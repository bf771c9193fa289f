import { mkdtempSync, readFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Configuration } from "@p2p/consensus";
import { createSigner } from "@p2p/identity";
import { parseAddress } from "@p2p/wire";
import { NodeDisk } from "@p2p/wire/node";
import { expect, test, vi } from "vitest";
import { Seed } from "../src/index.ts";

const read = (name: string): string => readFileSync(new URL(name, import.meta.url), "utf8");

test("the README's example of a client is client-readme-example.ts, and does what it says", async () => {
  const examples = [...read("../README.md").matchAll(/```ts\n([\s\S]*?)```/g)].map(([, code]) => code);
  expect(examples).toContain(read("client-readme-example.ts"));

  const directory = mkdtempSync(join(tmpdir(), "client-"));
  const signer = createSigner();
  const address = parseAddress(`127.0.0.1:${await freePort()}`);
  const configuration = new Configuration({ seeds: [{ id: signer.id, address }] });
  const disk = new NodeDisk(join(directory, "seed"));
  const seed = new Seed({ configuration, signer, disk });
  await seed.start();
  const log = vi.spyOn(console, "log").mockImplementation(() => {});
  const { argv } = process;
  process.argv = [...argv.slice(0, 2), address, signer.id, join(directory, "peer")];
  await import("./client-readme-example.ts");
  await vi.waitFor(() => expect(log).toHaveBeenCalledTimes(2));
  expect(log.mock.calls.map(([line]) => line as string)).toEqual([
    "one of 1 members",
    "1 seed knows that this peer leaves",
  ]);
  process.argv = argv;
  log.mockRestore();
  await seed.stop();
});

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}
