import { execFileSync } from "node:child_process";
import type { Address } from "@p2p/wire";
import type { Ground, Spot } from "./network.ts";

/** The port that every node listens at, each at its own address. */
const PORT = 6000;
const PREFIX = "p2p-hosts-";
/** No command here takes long. */
const PATIENCE_MS = 20_000;

/** Which of the two switches a cable ends at. */
export type Site = "here" | "there";

/**
 * Machines of their own, as far as Linux goes: each has a network namespace, an interface, an address and a cable to one
 * of two switches, which are not connected. Everything is inside namespaces, so nothing of the machine's own network
 * changes, and nothing is left once they are gone.
 */
export class Hosts implements Ground {
  readonly #name: string;
  #count = 0;

  constructor() {
    dropLeftOvers();
    this.#name = `${PREFIX}${process.pid}-${++made}`;
    ip("netns", "add", this.#name);
    try {
      for (const site of ["here", "there"]) this.#switch("link", "add", site, "up", "type", "bridge");
    } catch (error) {
      this.close();
      throw error;
    }
  }

  async next(): Promise<Spot> {
    const index = ++this.#count;
    const [host, cable] = [this.#host(index), cableOf(index)];
    ip("netns", "add", host);
    ip("-n", host, "link", "set", "lo", "up");
    this.#switch("link", "add", cable, "type", "veth", "peer", "name", "eth0", "netns", host);
    this.#switch("link", "set", cable, "master", "here", "up");
    ip("-n", host, "address", "add", `10.77.0.${index}/24`, "dev", "eth0");
    ip("-n", host, "link", "set", "eth0", "up");
    return { address: `10.77.0.${index}:${PORT}` as Address, prefix: ["ip", "netns", "exec", host] };
  }

  /** Pulls the cable of the host at `address`, as a hand does: both ends notice. */
  unplug(address: Address): void {
    this.#switch("link", "set", cableOf(indexOf(address)), "down");
  }

  plug(address: Address): void {
    this.#switch("link", "set", cableOf(indexOf(address)), "up");
  }

  /** Moves a cable to a switch: nobody notices, but what is sent across arrives nowhere. */
  move(address: Address, site: Site): void {
    this.#switch("link", "set", cableOf(indexOf(address)), "master", site);
  }

  /** What `from` sends to `to` is lost from now on, and only that. */
  mute(from: Address, to: Address): void {
    const nobody = "02:00:00:00:00:01";
    const [host, ip4] = [this.#host(indexOf(from)), hostOf(to)];
    ip("-n", host, "neigh", "replace", ip4, "lladdr", nobody, "nud", "permanent", "dev", "eth0");
  }

  unmute(from: Address, to: Address): void {
    ip("-n", this.#host(indexOf(from)), "neigh", "del", hostOf(to), "dev", "eth0");
  }

  close(): void {
    drop((name) => name === this.#name || name.startsWith(`${this.#name}-`));
  }

  #host(index: number): string {
    return `${this.#name}-${index}`;
  }

  #switch(...args: string[]): void {
    ip("-n", this.#name, ...args);
  }
}

let made = 0;

/** Why there can be no {@link Hosts} here, as what stands behind a test's name; undefined if there can. */
export const hostsMissing: string | undefined = tryHosts();

function tryHosts(): string | undefined {
  try {
    const hosts = new Hosts();
    hosts.close();
    return undefined;
  } catch (error) {
    const { code, stderr } = error as { code?: string; stderr?: string };
    if (code === "ENOENT") return "needs Linux and the program ip (apt-get install iproute2)";
    return `needs root, to make network namespaces: ${String(stderr ?? error).trim()}`;
  }
}

/** Those of test runs that were killed: whoever made them is gone. */
function dropLeftOvers(): void {
  drop((name) => {
    const [, pid] = new RegExp(`^${PREFIX}(\\d+)-`).exec(name) ?? [];
    return pid !== undefined && Number(pid) !== process.pid && !exists(Number(pid));
  });
}

function drop(isMeant: (name: string) => boolean): void {
  const names = ip("netns", "list")
    .split("\n")
    .flatMap((line) => line.split(" ")[0] ?? []);
  for (const name of names.filter(isMeant)) {
    for (const pid of ip("netns", "pids", name).split("\n").filter(Boolean))
      process.kill(Number(pid), "SIGKILL");
    ip("netns", "del", name);
  }
}

function ip(...args: string[]): string {
  return execFileSync("ip", args, { encoding: "utf8", stdio: "pipe", timeout: PATIENCE_MS });
}

function exists(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

function cableOf(index: number): string {
  return `cable${index}`;
}

function hostOf(address: Address): string {
  return address.slice(0, address.indexOf(":"));
}

function indexOf(address: Address): number {
  return Number(hostOf(address).slice(hostOf(address).lastIndexOf(".") + 1));
}
