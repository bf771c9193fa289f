import { P2PError } from "@p2p/identity";

/**
 * Where a node can be dialled: `host:port`, the host a name, an IPv4 address or an IPv6 address in brackets, the port
 * without leading zeros, as {@link parseAddress} writes it.
 */
export type Address = string & { readonly __brand: "Address" };

/** Longest address, in characters: the longest host name (RFC 1035 §2.3.4) and a port. */
export const ADDRESS_LENGTH_MAX = 261;

// No leading zeros: some read them as octal, and one machine would have many addresses, and netgroups.
const IPV4 = /^(0|[1-9]\d{0,2})\.(0|[1-9]\d{0,2})\.(0|[1-9]\d{0,2})\.(0|[1-9]\d{0,2})$/;
const NAME = /^(?!-)[A-Za-z0-9_-]{1,63}(?<!-)(\.[A-Za-z0-9_-]{1,63})*$/;

/**
 * Reads what a person or another node supplied.
 * @param text `host:port`, e.g. `127.0.0.1:6000`, `[::1]:6000`, `seed.example:6000`; port 0 asks the system for one.
 * @throws P2PError `ADDRESS_INVALID`, with `text` in the message.
 */
export function parseAddress(text: string): Address {
  const address = tryParseAddress(text);
  if (address === undefined) throw new P2PError("ADDRESS_INVALID", `not host:port: "${text}"`);
  return address;
}

/** As {@link parseAddress}, but `undefined` where that throws: for what comes from the network. */
export function tryParseAddress(text: string): Address | undefined {
  if (text.length > ADDRESS_LENGTH_MAX) return undefined;
  const colon = text.lastIndexOf(":");
  const host = text.slice(0, colon);
  const port = text.slice(colon + 1);
  if (colon < 1 || !/^\d{1,5}$/.test(port) || Number(port) > 65535 || !isHost(host)) return undefined;
  return `${host.toLowerCase()}:${Number(port)}` as Address;
}

/** The two halves of an address; an IPv6 host comes without its brackets. */
export function splitAddress(address: Address): { readonly host: string; readonly port: number } {
  const colon = address.lastIndexOf(":");
  return { host: address.slice(0, colon).replace(/^\[|\]$/g, ""), port: Number(address.slice(colon + 1)) };
}

/**
 * The address of `host` and `port`. An IPv4 address mapped into IPv6 (`::ffff:1.2.3.4`) is written as IPv4.
 * @throws P2PError `ADDRESS_INVALID` when there is no such address.
 */
export function joinAddress(host: string, port: number): Address {
  return parseAddress(hostPort(host, port));
}

/** As {@link joinAddress}, but `undefined` where that throws: for what comes from the network. */
export function tryJoinAddress(host: string, port: number): Address | undefined {
  return tryParseAddress(hostPort(host, port));
}

function hostPort(host: string, port: number): string {
  const plain = host.replace(/^::ffff:(?=\d+\.\d+\.\d+\.\d+$)/i, "");
  return plain.includes(":") ? `[${plain}]:${port}` : `${plain}:${port}`;
}

/** Whether the host is a wildcard (`0.0.0.0`, `::`): good to listen at, impossible to dial. */
export function isWildcard(address: Address): boolean {
  const { quad, groups } = readHost(address);
  return (quad ?? groups)?.every((part) => part === 0) === true;
}

/** Whether the host is the machine itself, however that is written. */
export function isLoopback(address: Address): boolean {
  const { host, quad, groups } = readHost(address);
  if (quad) return quad[0] === 127;
  return groups === undefined ? host === "localhost" : isOne(groups);
}

/** Which addresses prefix rules apply to. `public` (the default): all but loopback, private, link-local and CGNAT. */
export type PrefixRules = "public" | "all" | "none";

/**
 * The group an address shares its fate with: the /24 of an IPv4 address, the /48 of an IPv6 address, a host name
 * itself. Diversity of neighbours and witnesses is counted in groups. An exempt address is a group of its own, port
 * included: on a LAN or one machine everything would be one group otherwise. PROTOCOL.md §3.4.
 */
export function netgroup(address: Address, rules: PrefixRules = "public"): string {
  if (isExemptFromPrefixRules(address, rules)) return address;
  const { host, quad, groups } = readHost(address);
  if (quad) return `${quad.slice(0, 3).join(".")}.0/24`;
  return groups === undefined ? host : `${hex(groups.slice(0, 3))}::/48`;
}

/** Whether prefix rules pass the address over. Default rules: `public`. */
export function isExemptFromPrefixRules(address: Address, rules: PrefixRules = "public"): boolean {
  return rules === "none" || (rules === "public" && isExempt(readHost(address)));
}

/** How many bits of an address make a prefix: of IPv4 in eights, 8 to 32, of IPv6 in sixteens, 16 to 128. */
export interface PrefixBits {
  readonly v4: number;
  readonly v6: number;
}

/** The first bits of an address, e.g. `192.0.2/24` or `2001:db8:1:0/64`, whatever is exempt; a host name itself. */
export function prefixOf(address: Address, { v4, v6 }: PrefixBits): string {
  const { host, quad, groups } = readHost(address);
  if (quad) return `${quad.slice(0, v4 / 8).join(".")}/${v4}`;
  return groups === undefined ? host : `${hex(groups.slice(0, v6 / 16))}/${v6}`;
}

/** Whom limits per host count as one: an IPv4 address or a name itself, the /64 of an IPv6 address. */
export function machineOf(address: Address): string {
  const { host, quad, groups } = readHost(address);
  if (quad) return quad.join(".");
  return groups === undefined ? host : hex(groups.slice(0, 4));
}

/** Whether the host is a name, which stands for whatever its owner's resolver says at the moment. */
export function isHostName(address: Address): boolean {
  const { quad, groups } = readHost(address);
  return quad === undefined && groups === undefined;
}

/** A host as what it is: four numbers of an IPv4 address, eight of an IPv6 address, or neither. */
interface Host {
  readonly host: string;
  readonly quad?: readonly number[] | undefined;
  readonly groups?: readonly number[] | undefined;
}

/** An IPv6 address that stands for an IPv4 one is that one: else one machine had two places wherever places are counted. */
function readHost(address: Address): Host {
  const { host } = splitAddress(address);
  const quad = IPV4.exec(host);
  if (quad) return { host, quad: quad.slice(1).map(Number) };
  if (!host.includes(":")) return { host };
  const groups = expandIPv6(host);
  const embedded = embeddedIPv4(groups);
  return embedded ? { host, quad: embedded } : { host, groups };
}

/** Mapped (RFC 4291 §2.5.5.2), translated by NAT64 (RFC 6052 §2.1), or the site of an IPv4 address (6to4, RFC 3056). */
function embeddedIPv4(groups: readonly number[]): readonly number[] | undefined {
  const [first, second = 0, third = 0, , , , seventh = 0, last = 0] = groups;
  const prefix = hex(groups.slice(0, 6));
  if (prefix === "0:0:0:0:0:ffff" || prefix === "64:ff9b:0:0:0:0") return bytesOf(seventh, last);
  return first === 0x2002 ? bytesOf(second, third) : undefined;
}

function bytesOf(high: number, low: number): readonly number[] {
  return [high >> 8, high & 0xff, low >> 8, low & 0xff];
}

/** Loopback, RFC 1918, link-local, CGNAT (RFC 6598), ULA (RFC 4193). */
function isExempt({ host, quad, groups }: Host): boolean {
  if (quad) {
    const [first = 0, second = 0] = quad;
    return (
      first === 127 ||
      first === 10 ||
      (first === 172 && second >= 16 && second <= 31) ||
      (first === 192 && second === 168) ||
      (first === 169 && second === 254) ||
      (first === 100 && second >= 64 && second <= 127)
    );
  }
  if (groups === undefined) return host === "localhost";
  const [first = 0] = groups;
  return isOne(groups) || (first & 0xfe00) === 0xfc00 || (first & 0xffc0) === 0xfe80;
}

function isOne(groups: readonly number[]): boolean {
  return groups.every((group, index) => group === (index === 7 ? 1 : 0));
}

function isHost(host: string): boolean {
  const quad = IPV4.exec(host);
  if (quad) return quad.slice(1).every((part) => Number(part) <= 255);
  if (host.startsWith("[")) return host.endsWith("]") && isIPv6(host.slice(1, -1));
  // A name of digits and dots only is an IPv4 address gone wrong, not a name.
  return host.length <= 253 && NAME.test(host) && !/^[\d.]+$/.test(host);
}

function isIPv6(text: string): boolean {
  const halves = text.split("::");
  if (halves.length > 2) return false;
  const groups = halves.flatMap((half) => (half === "" ? [] : half.split(":")));
  const shortened = halves.length === 2;
  return (
    groups.every((group) => /^[0-9a-fA-F]{1,4}$/.test(group)) &&
    (shortened ? groups.length <= 7 : groups.length === 8)
  );
}

function expandIPv6(host: string): readonly number[] {
  const [head = "", tail] = host.split("::");
  const before = head === "" ? [] : head.split(":");
  const after = tail === undefined || tail === "" ? [] : tail.split(":");
  const zeros = tail === undefined ? 0 : 8 - before.length - after.length;
  return [...before, ...Array.from({ length: zeros }, () => "0"), ...after].map((group) =>
    Number.parseInt(group, 16),
  );
}

function hex(groups: readonly number[]): string {
  return groups.map((group) => group.toString(16)).join(":");
}
