import { createNodeSigner } from "@p2p/identity/node";
import type { Address } from "@p2p/wire";
import { expect, test } from "vitest";
import { parseConfig } from "../src/config-file.ts";
import { withOwnId } from "../src/seed-setup.ts";

const signer = createNodeSigner();
const OTHER = "ab".repeat(32);

const complaint = (text: string, address: string): string => {
  try {
    withOwnId(parseConfig(text, "config.txt"), address as Address, signer);
  } catch (error) {
    return (error as Error).message;
  }
  throw new Error("the seed was accepted");
};

test("a seed whose line names another address is told that one", () => {
  expect(complaint(`192.0.2.1:6000 ${signer.id}`, "0.0.0.0:6000")).toBe(
    "config.txt:1 has this seed at 192.0.2.1:6000, and not at 0.0.0.0:6000; give --advertise 192.0.2.1:6000, and where to listen with --listen",
  );
});

test("a seed without a line is asked to add one only while the file's first lines may still change", () => {
  expect(complaint(`127.0.0.1:1 ${OTHER}`, "127.0.0.1:2")).toContain(`add "127.0.0.1:2 ${signer.id}"`);
  const line = complaint(`127.0.0.1:1 ${OTHER}\noperators = ${OTHER}`, "127.0.0.1:2");
  expect(line).toMatch(/the file that the operator's last change wrote with --config, or --join/);
  expect(line).not.toContain("; add ");
});
