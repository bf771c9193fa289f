import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { type JointCertificate, jointCertificate } from "@p2p/consensus";
import { DEFAULT_NETWORK_NAME, isPeerId, type Operators, P2PError, type PeerId } from "@p2p/identity";
import { type Address, Malformed, read, tryParseAddress, write } from "@p2p/wire";

/** A seed as a line of the config file names it. */
export interface SeedLine {
  readonly address: Address;
  /** Undefined when the line names no id: then it is asked for (on loopback), or the node refuses to start. */
  readonly id: PeerId | undefined;
  /** Counted from 1, for messages. */
  readonly line: number;
}

/** What a config file says. */
export interface Config {
  readonly file: string;
  readonly seeds: readonly SeedLine[];
  /** `f = …`: how many seeds may be compromised. Default 0. */
  readonly faulty: number;
  /** `network = …`. Default `p2p`. */
  readonly network: string;
  /** `operators = …`: who may change the seeds. Default: nobody, ever. */
  readonly operators?: Operators | undefined;
  /** `change = …`: how the seeds have changed since, in order. */
  readonly changes?: readonly JointCertificate[] | undefined;
}

const SETTING = /^(\w+)\s*=\s*(.*)$/;

/**
 * Reads a config file: a seed a line, `host:port` or `host:port id`; `f = 1`, `network = NAME`, `operators = ID` or
 * `operators = 2 of ID ID ID`, and a `change = …` for each time that these changed the seeds; blank lines and what follows
 * a `#` do not count.
 * @throws P2PError `CONFIG_MISSING` or `CONFIG_INVALID`, with file, line number and text.
 */
export function readConfig(file: string): Config {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === "ENOENT";
    const fix = missing ? "; write one seed a line into it, e.g. 127.0.0.1:6000" : "";
    throw new P2PError("CONFIG_MISSING", `cannot read ${file}: ${(error as Error).message}${fix}`, error);
  }
  return parseConfig(text, file);
}

/** As {@link readConfig}, of text that was read from `file`. */
export function parseConfig(text: string, file: string): Config {
  const seeds: SeedLine[] = [];
  let [faulty, network] = [0, DEFAULT_NETWORK_NAME as string];
  let operators: Operators | undefined;
  const changes: JointCertificate[] = [];
  const settings = new Map<string, number>();
  for (const [index, whole] of text.split(/\r?\n/).entries()) {
    const content = whole.replace(/#.*$/, "").trim();
    if (content === "") continue;
    const wrong = (why: string): P2PError => new P2PError("CONFIG_INVALID", `${file}:${index + 1}: ${why}`);
    const [, key, value] = SETTING.exec(content) ?? [];
    if (value === "") throw wrong(`nothing stands behind "${content}"`);
    const earlier = key === undefined || key === "change" ? undefined : settings.get(key);
    if (earlier !== undefined) throw wrong(`"${key}" is set in line ${earlier} already; keep one of the two`);
    if (key !== undefined) settings.set(key, index + 1);
    if (key === "f") faulty = readFaulty(value as string, wrong);
    else if (key === "network") network = value as string;
    else if (key === "operators") operators = readOperators(value as string, wrong);
    else if (key === "change") changes.push(readChange(value as string, changes.length + 1, wrong));
    else if (key !== undefined)
      throw wrong(`unknown setting "${key}"; there are f, network, operators and change`);
    else seeds.push(readSeed(content, index + 1, seeds, wrong));
  }
  if (seeds.length === 0) {
    throw new P2PError("CONFIG_INVALID", `${file} names no seed; write one a line, e.g. 127.0.0.1:6000`);
  }
  if (changes.length > 0 && operators === undefined)
    throw new P2PError("CONFIG_INVALID", `${file} has changes and no operators; copy all of the file`);
  return { file, seeds, faulty, network, operators, changes };
}

/** Who the seeds are after all changes that a config file has; not checked. */
export function seedsNow({ seeds, changes = [] }: Config): readonly Pick<SeedLine, "address" | "id">[] {
  return changes.at(-1)?.proposal.terms.seeds ?? seeds;
}

/** Writes a config file in the form {@link readConfig} reads. */
export function writeConfig({ file, seeds, faulty, network, operators, changes = [] }: Config): void {
  const lines = seeds.map(({ address, id }) => (id === undefined ? address : `${address} ${id}`));
  if (faulty > 0) lines.push(`f = ${faulty}`);
  if (network !== DEFAULT_NETWORK_NAME) lines.push(`network = ${network}`);
  if (operators !== undefined) lines.push(`operators = ${operatorsText(operators)}`);
  lines.push(...changes.map(changeLine));
  const head = "# The seeds, one a line: host:port, and its id if it is to be nobody else.";
  writeWhole(file, `${[head, ...lines].join("\n")}\n`);
}

/** The line of a config file for one change of the seeds. */
export function changeLine(change: JointCertificate): string {
  return `change = ${Buffer.from(write(jointCertificate, change)).toString("base64url")}`;
}

/**
 * Writes a file so that whoever reads it meanwhile, or after a crash, finds all of it or what was there before.
 * @throws P2PError `CONFIG_MISSING` when it cannot be written.
 */
export function writeWhole(file: string, text: string): void {
  const draft = `${file}.${process.pid}.tmp`;
  try {
    writeFileSync(draft, text);
    renameSync(draft, file);
  } catch (error) {
    rmSync(draft, { force: true });
    const why = existsSync(dirname(file)) ? (error as Error).message : "its folder does not exist";
    throw new P2PError("CONFIG_MISSING", `cannot write ${file}: ${why}`, error);
  }
}

function readSeed(
  content: string,
  line: number,
  earlier: readonly SeedLine[],
  wrong: (why: string) => P2PError,
): SeedLine {
  const [place = "", said, ...rest] = content.split(/\s+/);
  const id = said?.toLowerCase();
  const address = tryParseAddress(place);
  if (address === undefined || address.endsWith(":0")) throw wrong(`not host:port: "${content}"`);
  if (id !== undefined && (!isPeerId(id) || rest.length > 0)) {
    throw wrong(`after host:port comes nothing, or an id of 64 hexadecimal digits: "${content}"`);
  }
  const twin = earlier.find((seed) => seed.address === address || (id !== undefined && seed.id === id));
  if (twin) throw wrong(`"${content}" names the same seed as line ${twin.line}`);
  return { address, id, line };
}

function operatorsText({ needed, keys }: Operators): string {
  return needed === 1 && keys.length === 1 ? (keys[0] as PeerId) : `${needed} of ${keys.join(" ")}`;
}

function readOperators(value: string, wrong: (why: string) => P2PError): Operators {
  const [, count, list = ""] = /^(?:(\d{1,2})\s+of\s+)?(.+)$/.exec(value) ?? [];
  const keys = list.toLowerCase().split(/\s+/);
  if (!keys.every(isPeerId) || (count === undefined && keys.length > 1))
    throw wrong(
      `operators are an id, or how many of which have to sign, as in "2 of ID ID ID"; not "${value}"`,
    );
  return { needed: Number(count ?? 1), keys };
}

function readChange(value: string, number: number, wrong: (why: string) => P2PError): JointCertificate {
  const change = read(jointCertificate, Buffer.from(value, "base64url"));
  if (change instanceof Malformed) throw wrong(`change ${number} is damaged; copy all of the file`);
  if (change.proposal.terms.number === number) return change;
  throw wrong(`change ${number} is missing, or not in its place; copy all of the file`);
}

function readFaulty(value: string, wrong: (why: string) => P2PError): number {
  if (!/^\d{1,2}$/.test(value)) throw wrong(`f is a small number, not "${value}"`);
  return Number(value);
}
