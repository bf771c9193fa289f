import { emitKeypressEvents } from "node:readline";
import type { Cluster } from "./cluster.ts";
import type { Console } from "./console.ts";
import type { Drill } from "./drill.ts";
import type { NodeProcess } from "./node-process.ts";
import { statusTable } from "./table.ts";

export interface KeyboardOptions {
  readonly cluster: Cluster;
  readonly drill: Drill;
  readonly output: Console;
  readonly quit: () => void;
}

const HELP =
  "Keys: k kills a random peer, l makes one leave, r restarts one, a adds one, s shows how all stand, q quits";

/** Takes orders from the keyboard, if there is one; else the run goes on until a signal ends it. */
export function listenToKeys({ cluster, drill, output, quit }: KeyboardOptions): void {
  if (!process.stdin.isTTY)
    return output.say(
      "No terminal, no keys: runs until SIGINT or SIGTERM. With --duration it would end by itself",
    );
  const strike = (blow: (peer: NodeProcess) => void): void => {
    const victim = drill.pickVictim();
    if (victim) blow(victim);
    else output.say("*** no peer is left");
  };
  const orders: Readonly<Record<string, () => void>> = {
    k: () => strike((peer) => drill.kill(peer)),
    l: () => strike((peer) => drill.leave(peer)),
    r: () => strike((peer) => drill.restart(peer)),
    a: () => drill.add(),
    s: () => void cluster.askStatus().then(() => output.say(statusTable(cluster))),
    q: quit,
  };
  emitKeypressEvents(process.stdin);
  process.stdin.setRawMode(true);
  process.stdin.on("keypress", (text: string | undefined, key: { name?: string; ctrl?: boolean }) => {
    const name = key.ctrl && key.name === "c" ? "q" : key.name;
    if (name !== undefined && Object.hasOwn(orders, name)) orders[name]?.();
    else if (text !== undefined && /^[!-~]$/.test(text)) output.say(HELP);
  });
  output.say(HELP);
}
