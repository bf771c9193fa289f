import { readFileSync } from "node:fs";
import { type Address, type Link, type LinkOwner, Lobby, type P2PError } from "@p2p/wire";
import { expect, test, vi } from "vitest";
import { Gossip } from "../src/index.ts";

/** Real TCP, with free ports in the place of the two that the example names: somebody else may have those. */
const elsewhere = vi.hoisted(() => ({ ports: new Map<string, string>(), close: [] as (() => void)[] }));

vi.mock("@p2p/wire/tcp", async (original) => {
  const { TcpTransport } = await original<typeof import("@p2p/wire/tcp")>();
  class Elsewhere extends TcpTransport {
    constructor() {
      super();
      elsewhere.close.push(() => this.close());
    }

    override listen(at: Address, owner: LinkOwner, done: (bound: Address | P2PError) => void): void {
      super.listen("127.0.0.1:0" as Address, owner, (bound) => {
        elsewhere.ports.set(at, String(bound));
        done(bound);
      });
    }

    override dial(to: Address, owner: LinkOwner): Link {
      return super.dial((elsewhere.ports.get(to) ?? to) as Address, owner);
    }
  }
  return { TcpTransport: Elsewhere };
});

const here = (path: string): string => readFileSync(new URL(path, import.meta.url), "utf8");

test("the README shows the example that is compiled and run here", () => {
  expect(here("../README.md")).toContain(`\`\`\`ts\n${here("hello.ts")}\`\`\``);
});

test("the example says hello over TCP, and hears the answer", async () => {
  const { TcpTransport } = await import("@p2p/wire/tcp");
  const printed = vi.spyOn(console, "log").mockImplementation(() => undefined);
  const friend = new Lobby({ transport: new TcpTransport(), listen: "127.0.0.1:7000" });
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
