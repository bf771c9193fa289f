import { counted } from "../counted.ts";
import type { Summary } from "./summary.ts";

/** The summary for people. */
export function summaryText(summary: Summary): string {
  const { gossip, removals, restarts, falseRemovals, lists, overlay, processes } = summary;
  const again = gossip.repeated === 0 ? "none delivered again" : `${gossip.repeated} delivered again`;
  return [
    "",
    `Summary after ${summary.seconds} s (profile ${summary.profile})`,
    row(
      "gossip",
      `${gossip.deliveries} of ${gossip.expected} deliveries (${gossip.percent} %) of ${counted(gossip.messages, "message")}, ${again}`,
    ),
    row("cost", `${gossip.copiesPerDelivery} copies received for each delivery`),
    ...removals.map(({ address, fault, secondsAtSeeds }) =>
      row(fault, `${address}, removed at ${secondsText(secondsAtSeeds)}`),
    ),
    ...restarts.map(({ address, secondsAway }) =>
      row(
        "restarted",
        `${address}, ${secondsAway === null ? "not back" : `a member again after ${secondsAway} s`}`,
      ),
    ),
    row(
      "innocent",
      `${falseRemovals.length === 0 ? "nobody" : falseRemovals.length} removed without a reason`,
    ),
    row("lists", `${lists.equal ? "equal" : "NOT EQUAL"} at all seeds, ${counted(lists.members, "member")}`),
    row("overlay", overlayText(overlay)),
    ...processes.map(({ name, rssBytes, cpuSeconds, cpuPercent }) =>
      row(
        name,
        `${(rssBytes / 2 ** 20).toFixed(0)} MiB, ${cpuSeconds.toFixed(2)} s CPU, ${cpuPercent.toFixed(2)} % of a core once ready`,
      ),
    ),
    summary.ok ? "All is well." : `NOT WELL: ${summary.problems.join("; ")}.`,
  ].join("\n");
}

function overlayText({ components, degrees }: Summary["overlay"]): string {
  if (components === 0) return "nobody is left";
  const shape = components === 1 ? "in one piece" : `in ${components} pieces`;
  return `${shape}, degrees ${Object.values(degrees).join(" ")}`;
}

function secondsText(seconds: Readonly<Record<string, number | null>>): string {
  return Object.entries(seconds)
    .map(([seed, value]) => `${seed} ${value === null ? "never" : `after ${value} s`}`)
    .join(", ");
}

function row(name: string, text: string): string {
  return `  ${name.padEnd(12)}${text}`;
}
