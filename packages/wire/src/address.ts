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
  const { host } = splitAddress(address);
  return host === "0.0.0.0" || /^[0:]+$/.test(host);
}

/** Whether the host is the machine itself. */
export function isLoopback(address: Address): boolean {
  const { host } = splitAddress(address);
  return host === "localhost" || host === "::1" || IPV4.exec(host)?.[1] === "127";
}

/** Which addresses prefix rules apply to. `public` (the default): all but loopback, private, link-local and CGNAT. */
export type PrefixRules = "public" | "all" | "none";

/**
 * The group an address shares its fate with: the /24 of an IPv4 address, the /48 of an IPv6 address, a host name
 * itself. Diversity of neighbours and witnesses is counted in groups. An exempt address is a group of its own, port
 * included: on a LAN or one machine everything would be one group otherwise. PROTOCOL.md §3.4.
 */
export function netgroup(address: Address, rules: PrefixRules = "public"): string {
  const { host } = splitAddress(address);
  if (rules === "none" || (rules === "public" && isExempt(host))) return address;
  const quad = IPV4.exec(host);
  if (quad) return `${quad[1]}.${quad[2]}.${quad[3]}.0/24`;
  if (!host.includes(":")) return host;
  return `${expandIPv6(host).slice(0, 3).join(":")}::/48`;
}

/** Whether prefix rules pass the address over. Default rules: `public`. */
export function isExemptFromPrefixRules(address: Address, rules: PrefixRules = "public"): boolean {
  return rules === "none" || (rules === "public" && isExempt(splitAddress(address).host));
}

/** How many bits of an address make a prefix: of IPv4 in eights, 8 to 32, of IPv6 in sixteens, 16 to 128. */
export interface PrefixBits {
  readonly v4: number;
  readonly v6: number;
}

/** The first bits of an address, e.g. `192.0.2/24` or `2001:db8:1:0/64`, whatever is exempt; a host name itself. */
export function prefixOf(address: Address, { v4, v6 }: PrefixBits): string {
  const { host } = splitAddress(address);
  if (host.includes(":"))
    return `${expandIPv6(host)
      .slice(0, v6 / 16)
      .join(":")}/${v6}`;
  if (!IPV4.test(host)) return host;
  return `${host
    .split(".")
    .slice(0, v4 / 8)
    .map(Number)
    .join(".")}/${v4}`;
}

/** Whom limits per host count as one: an IPv4 address or a name itself, the /64 of an IPv6 address. */
export function machineOf(address: Address): string {
  const { host } = splitAddress(address);
  return host.includes(":") ? expandIPv6(host).slice(0, 4).join(":") : host;
}

/** Loopback, RFC 1918, link-local, CGNAT (RFC 6598), ULA (RFC 4193). */
function isExempt(host: string): boolean {
  const quad = IPV4.exec(host);
  if (quad) {
    const [first, second] = [Number(quad[1]), Number(quad[2])];
    return (
      first === 127 ||
      first === 10 ||
      (first === 172 && second >= 16 && second <= 31) ||
      (first === 192 && second === 168) ||
      (first === 169 && second === 254) ||
      (first === 100 && second >= 64 && second <= 127)
    );
  }
  if (!host.includes(":")) return host === "localhost";
  return host === "::1" || /^(f[cd]|fe[89ab])/.test(host);
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

function expandIPv6(host: string): string[] {
  const [head = "", tail] = host.split("::");
  const before = head === "" ? [] : head.split(":");
  const after = tail === undefined || tail === "" ? [] : tail.split(":");
  const zeros = tail === undefined ? 0 : 8 - before.length - after.length;
  return [...before, ...Array.from({ length: zeros }, () => "0"), ...after].map((group) =>
    Number.parseInt(group, 16).toString(16),
  );
}
