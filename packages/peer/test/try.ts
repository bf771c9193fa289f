import { Network } from "./network.ts";
  const t0 = Date.now();
  const lines: string[] = [];
  const network = new Network({ seed: 2, pace: "lan", trace: (l) => { lines.push(l); if (lines.length > 30000) { console.log(lines.slice(-60).join("\n")); process.exit(); } } });
 network.settle();
  network.world.run(30_000);
  network.peerHosts[0]!.crash();
  for (let i = 0; i < 240; i++) { network.world.run(250); console.log(network.world.now, Date.now() - t0, lines.length, network.isSettled); }
