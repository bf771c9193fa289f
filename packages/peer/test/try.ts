import { aftermath, Trouble } from "./trouble.ts";

const [a = "1", b = "10", v] = process.argv.slice(2);
for (let seed = +a; seed <= +b; seed++) {
  const t = performance.now();
  const trouble = new Trouble(seed);
  trouble.run();
  const wrong = aftermath(trouble);
  console.log(
    seed,
    trouble.network.seedHosts.length,
    trouble.network.peerHosts.length,
    ((performance.now() - t) / 1000).toFixed(1),
    wrong.join("; "),
    trouble.network.removals.length,
    trouble.network.peerHosts.map((h) => trouble.network.peer(h).overlay.degree).join(" "),
  );
  if (v) console.log(trouble.story.join("\n"));
}
