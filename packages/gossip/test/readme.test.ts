import { readFileSync } from "node:fs";
import type { P2PError } from "@p2p/identity";
import { type Cancel, type DialOptions, Lobby, type LobbyOptions } from "@p2p/wire";
import { expect, test, vi } from "vitest";
import { Gossip } from "../src/index.ts";

/** Real sockets, with free ports in the place of the two that the example names: somebody else may have those. */
const elsewhere = vi.hoisted(() => ({ ports: new Map<string, string>(), close: [] as (() => void)[] }));

vi.mock("@p2p/wire", async (original) => {
  const wire = await original<typeof import("@p2p/wire")>();
  class Elsewhere extends wire.Lobby {
    readonly #name: string;

    constructor(options: LobbyOptions) {
      super({ ...options, listen: "127.0.0.1:0" });
      this.#name = options.listen as string;
      elsewhere.close.push(() => this.close());
    }

    override open(done: (error?: P2PError) => void): void {
      super.open((error) => {
        elsewhere.ports.set(this.#name, String(this.bound));
        done(error);
      });
    }

    override dial(to: string, options?: DialOptions): Cancel {
      return super.dial(elsewhere.ports.get(to) ?? to, options);
    }
  }
  return { ...wire, Lobby: Elsewhere };
});

const here = (path: string): string => readFileSync(new URL(path, import.meta.url), "utf8");

test("the README shows the example that is compiled and run here", () => {
  expect(here("../README.md")).toContain(`\`\`\`ts\n${here("hello.ts")}\`\`\``);
});

test("the example says hello over TLS, and hears the answer", async () => {
  const printed = vi.spyOn(console, "log").mockImplementation(() => undefined);
  const friend = new Lobby({ listen: "127.0.0.1:7000" });
  const gossip = new Gossip({ links: friend.links });
  const heard = new Promise<string>((resolve) => {
    gossip.on("message", ({ text }) => {
      gossip.publish("good day");
      resolve(text);
    });
  });
  await friend.start();
  await import("./hello.ts");
  expect(await heard).toBe("hello");
  await vi.waitFor(() => expect(printed).toHaveBeenCalledWith(friend.id, "good day"));
  for (const close of elsewhere.close) close();
  printed.mockRestore();
});
