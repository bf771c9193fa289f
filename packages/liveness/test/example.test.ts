import { readFileSync } from "node:fs";
import type { PeerId } from "@p2p/identity";
import { createNodeSigner } from "@p2p/identity/node";
import { LAN_TIMING, Liveness } from "@p2p/liveness";
import { keepLink, Lobby, parseAddress } from "@p2p/wire";
import { TlsTransport } from "@p2p/wire/tls";
import { expect, test } from "vitest";
import { watch } from "./example.ts";

const here = (path: string): string => readFileSync(new URL(path, import.meta.url), "utf8");

test("the README shows the example that is run here", () => {
  expect(here("../README.md")).toContain(here("example.ts"));
});

test("three nodes on real sockets: two of them notice that the third is dead", async () => {
  const deaths: PeerId[] = [];
  let everybodyKnows: (() => void) | undefined;
  const known = new Promise<void>((resolve) => {
    everybodyKnows = resolve;
  });
  const dead = (id: PeerId): void => {
    if (deaths.push(id) === 2) everybodyKnows?.();
  };
  const a = await watch("127.0.0.1:0", [], dead);
  const b = await watch("127.0.0.1:0", [String(a.address)], dead);
  const victim = await linkedWith([a, b]);
  victim.crash();
  await known;
  expect(deaths).toEqual([victim.id, victim.id]);
  await Promise.all([a.stop(), b.stop()]);
});

/** A third node, once it is linked with the others. Its crash is one to them: no goodbye, and a closed port. */
async function linkedWith(others: readonly Lobby[]): Promise<{ id: PeerId; crash: () => void }> {
  const signer = createNodeSigner();
  const transport = new TlsTransport({ signer });
  const lobby = new Lobby({ signer, transport });
  const liveness = new Liveness({ lobby, timing: LAN_TIMING });
  await lobby.start();
  const isLinked = new Promise<void>((resolve) => {
    lobby.links.on("joined", () => {
      if (lobby.links.size === others.length) resolve();
    });
  });
  const cancels = others.map(({ address }) => keepLink(lobby, parseAddress(String(address))));
  await isLinked;
  const crash = (): void => {
    for (const cancel of cancels) cancel();
    liveness.stop();
    transport.close();
  };
  return { id: lobby.id, crash };
}
