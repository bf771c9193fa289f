import { copyFileSync, existsSync, readFileSync } from "node:fs";
import { type ConfigurationChain, changeTick, type JointCertificate } from "@p2p/consensus";
import { P2PError } from "@p2p/identity";
import { type Config, changeLine, writeWhole } from "../config-file.ts";

/**
 * Adds what has changed since to a config file; the file as it was is kept, with the number of its configuration behind its
 * name. What people wrote into it stays.
 * @returns where the old one is, or nothing if there was nothing to add.
 * @throws P2PError `CONFIG_MISSING` when one of them cannot be written.
 */
export function writeChanges({ file, changes = [] }: Config, chain: ConfigurationChain): string | undefined {
  const news = chain.after(changes.length);
  if (news.length === 0) return undefined;
  const old = keep(file, changes.length);
  const lines = news.map((change) => `${commentOn(change)}\n${changeLine(change)}\n`);
  writeWhole(file, `${readFileSync(file, "utf8").trimEnd()}\n${lines.join("")}`);
  return old;
}

function commentOn(change: JointCertificate): string {
  const { number, seeds, faulty } = change.proposal.terms;
  const places = seeds.map(({ address, id }) => `#   ${address} ${id}`);
  const head = `# Configuration ${number}, since tick ${changeTick(change, faulty)}; f = ${faulty}; the seeds are now:`;
  return [head, ...places].join("\n");
}

function keep(file: string, number: number): string {
  const old = freeName(`${file}.${number}`);
  try {
    copyFileSync(file, old);
  } catch (error) {
    throw new P2PError("CONFIG_MISSING", `cannot keep ${file} as ${old}: ${(error as Error).message}`, error);
  }
  return old;
}

function freeName(name: string): string {
  for (let count = 1; ; count++) {
    const candidate = count === 1 ? name : `${name}-${count}`;
    if (!existsSync(candidate)) return candidate;
  }
}
