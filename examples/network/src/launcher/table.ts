import { shortId } from "@p2p/identity";
import type { Cluster } from "./cluster.ts";

/** How every node stands, as a table. Ask the cluster for its status first. */
export function statusTable(cluster: Cluster): string {
  const names = new Map(
    cluster.peers.flatMap(({ id, name }) => (id === undefined ? [] : [[id, name.slice(5)] as const])),
  );
  const seeds = cluster.seeds.map(({ name, status, isRunning }) => {
    if (status?.role !== "seed") return [name, isRunning ? "does not answer" : "down", ""];
    const members = status.members.map((member) => member.split(" ")[0]?.split(":").at(-1));
    return [name, status.fresh ? "fresh" : "not fresh", `list: ${members.join(" ") || "nobody"}`];
  });
  const peers = cluster.peers.map(({ name, status, isRunning, frozen }) => {
    if (status?.role !== "peer")
      return [name, frozen ? "frozen" : isRunning ? "does not answer" : "gone", ""];
    const neighbours = status.neighbours.map((id) => names.get(id) ?? shortId(id)).toSorted();
    const counts = `sent ${status.published}, seen ${status.delivered}`;
    return [name, `degree ${neighbours.length}`, `${counts}, neighbours: ${neighbours.join(" ") || "none"}`];
  });
  const rows = [...seeds, ...peers];
  const widths = [0, 1].map((column) => Math.max(...rows.map((row) => (row[column] as string).length)) + 2);
  return rows
    .map(
      ([name = "", state = "", rest = ""]) =>
        name.padEnd(widths[0] ?? 0) + state.padEnd(widths[1] ?? 0) + rest,
    )
    .join("\n");
}
