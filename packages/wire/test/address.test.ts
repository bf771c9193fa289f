import { P2PError } from "@p2p/identity";
import { describe, expect, test } from "vitest";
import {
  ADDRESS_LENGTH_MAX,
  type Address,
  isExemptFromPrefixRules,
  isHostName,
  isLoopback,
  isWildcard,
  joinAddress,
  machineOf,
  netgroup,
  parseAddress,
  prefixOf,
  splitAddress,
  tryJoinAddress,
  tryParseAddress,
} from "../src/address.ts";

const LONGEST_NAME = `${`${"a".repeat(63)}.`.repeat(3)}${"b".repeat(61)}`;

test.each([
  ["127.0.0.1:6000", "127.0.0.1:6000"],
  ["0.0.0.0:0", "0.0.0.0:0"],
  ["255.255.255.255:65535", "255.255.255.255:65535"],
  ["Seed.Example:6000", "seed.example:6000"],
  ["localhost:00080", "localhost:80"],
  ["my_host-1:1", "my_host-1:1"],
  ["[::1]:6000", "[::1]:6000"],
  ["[::]:6000", "[::]:6000"],
  ["[2001:DB8::7]:6000", "[2001:db8::7]:6000"],
  ["[1:2:3:4:5:6:7:8]:1", "[1:2:3:4:5:6:7:8]:1"],
  [`${LONGEST_NAME}:65535`, `${LONGEST_NAME}:65535`],
])("%s is an address, written %s", (text, written) => {
  expect(parseAddress(text)).toBe(written);
  expect(parseAddress(written)).toBe(written);
});

test.each([
  "",
  ":",
  "host",
  ":6000",
  "host:",
  "host:port",
  "host:-1",
  "host:65536",
  "host:123456",
  "host:6000 ",
  " host:6000",
  "host:6000\n",
  "ho st:6000",
  "-host:6000",
  "host-:6000",
  "host..name:6000",
  "host.:6000",
  "256.0.0.1:6000",
  "192.000.2.1:6000",
  "010.0.0.1:6000",
  "1.2.3:6000",
  "1.2.3.4.5:6000",
  "::1:6000",
  "[::1:6000",
  "[]:6000",
  "[:::]:6000",
  "[1::2::3]:6000",
  "[1:2:3:4:5:6:7]:6000",
  "[1:2:3:4:5:6:7:8:9]:6000",
  "[1:2:3:4:5:6:7::8]:6000 ",
  "[12345::]:6000",
  "[fe80::1%eth0]:6000",
  "user@host:6000",
  "http://host:6000",
  `${"a".repeat(64)}:6000`,
  `${LONGEST_NAME}b:6000`,
  `${"a.".repeat(ADDRESS_LENGTH_MAX)}a:1`,
])("%j is no address", (text) => {
  expect(tryParseAddress(text)).toBeUndefined();
  expect(() => parseAddress(text)).toThrow(new P2PError("ADDRESS_INVALID", `not host:port: "${text}"`));
});

test.each([
  ["127.0.0.1:6000", "127.0.0.1", 6000],
  ["[::1]:6000", "::1", 6000],
  ["seed.example:1", "seed.example", 1],
])("%s has the host %s and the port %i", (text, host, port) => {
  expect(splitAddress(at(text))).toEqual({ host, port });
  expect(joinAddress(host, port)).toBe(text);
});

test("an IPv4 address that came over IPv6 is written as what it is", () => {
  expect(joinAddress("::ffff:10.0.0.7", 6000)).toBe("10.0.0.7:6000");
  expect(joinAddress("::FFFF:10.0.0.7", 6000)).toBe("10.0.0.7:6000");
});

test.each([
  ["0.0.0.0:1", true],
  ["[::]:1", true],
  ["[0:0:0:0:0:0:0:0]:1", true],
  ["[::ffff:0:0]:1", true],
  ["127.0.0.1:1", false],
  ["[::1]:1", false],
  ["[::ffff:0:1]:1", false],
  ["0.0.0.0.example:1", false],
])("whether %s is a wildcard: %s", (text, expected) => {
  expect(isWildcard(at(text))).toBe(expected);
});

test.each([
  ["127.0.0.1:1", true],
  ["127.9.9.9:1", true],
  ["localhost:1", true],
  ["[::1]:1", true],
  ["[0:0:0:0:0:0:0:1]:1", true],
  ["[0::0001]:1", true],
  ["[::ffff:7f00:1]:1", true],
  ["[0:0:0:0:0:ffff:7fff:1]:1", true],
  ["[64:ff9b::7f00:1]:1", true],
  ["[2002:7f00:1::9]:1", true],
  ["[::7f00:1]:1", false],
  ["[1::1]:1", false],
  ["128.0.0.1:1", false],
  ["[::2]:1", false],
  ["127.example:1", false],
])("whether %s is the machine itself: %s", (text, expected) => {
  expect(isLoopback(at(text))).toBe(expected);
});

describe("the netgroup", () => {
  test.each([
    ["8.8.8.8:6000", "8.8.8.0/24"],
    ["8.8.8.255:1", "8.8.8.0/24"],
    ["172.15.0.1:1", "172.15.0.0/24"],
    ["172.32.0.1:1", "172.32.0.0/24"],
    ["100.63.0.1:1", "100.63.0.0/24"],
    ["100.128.0.1:1", "100.128.0.0/24"],
    ["169.253.0.1:1", "169.253.0.0/24"],
    ["seed.example:6000", "seed.example"],
    ["fcbank.example:6000", "fcbank.example"],
    ["fe80.example:6000", "fe80.example"],
    ["[2001:db8:7:8::1]:6000", "2001:db8:7::/48"],
    ["[2001:db8::1]:6000", "2001:db8:0::/48"],
    ["[2001:0db8:0007::]:1", "2001:db8:7::/48"],
    ["[::ffff:808:808]:1", "8.8.8.0/24"],
    ["[0:0:0:0:0:ffff:0808:08ff]:1", "8.8.8.0/24"],
    ["[64:ff9b::808:808]:1", "8.8.8.0/24"],
    ["[2002:808:808:1::9]:1", "8.8.8.0/24"],
    ["[64:ff9b:1::808:808]:1", "64:ff9b:1::/48"],
    ["[fd::1]:1", "fd:0:0::/48"],
    ["[fe8::1]:1", "fe8:0:0::/48"],
  ])("of %s is %s", (text, group) => {
    expect(netgroup(at(text))).toBe(group);
  });

  test.each([
    "127.0.0.1:6000",
    "localhost:6000",
    "10.1.2.3:6000",
    "172.16.0.1:6000",
    "172.31.255.1:6000",
    "192.168.0.1:6000",
    "169.254.1.1:6000",
    "100.64.0.1:6000",
    "100.127.0.1:6000",
    "[::1]:6000",
    "[fc00::1]:6000",
    "[fdff::1]:6000",
    "[fe80::1]:6000",
    "[febf::1]:6000",
    "[0:0:0:0:0:0:0:1]:6000",
    "[::ffff:a01:203]:6000",
    "[64:ff9b::c0a8:1]:6000",
  ])("of %s is the address itself, unless rules are for all", (text) => {
    expect(netgroup(at(text))).toBe(text);
    expect(netgroup(at(text), "all")).not.toBe(text);
  });

  test("is the address itself everywhere, if there are no rules", () => {
    expect(netgroup(at("8.8.8.8:6000"), "none")).toBe("8.8.8.8:6000");
  });

  test("of an IPv4 address on a private network is its /24, if rules are for all", () => {
    expect(netgroup(at("192.168.7.9:1"), "all")).toBe("192.168.7.0/24");
  });
});

test.each([
  ["192.0.2.7:1", "192.0.2.7:2", true],
  ["192.0.2.7:1", "192.0.2.8:1", false],
  ["[2001:db8:0:1::1]:1", "[2001:db8:0:1:ffff::2]:1", true],
  ["[2001:db8:0:1::1]:1", "[2001:db8:0:2::1]:1", false],
  ["[::1]:1", "[::2]:1", true],
  ["192.0.2.7:1", "[::ffff:c000:207]:2", true],
  ["192.0.2.7:1", "[64:ff9b::c000:207]:2", true],
  ["192.0.2.7:1", "[2002:c000:207:ffff::9]:2", true],
  ["192.0.2.7:1", "[::ffff:c000:208]:1", false],
  ["seed.example:1", "seed.example:2", true],
])("%s and %s are one machine to limits: %s", (one, other, isOne) => {
  expect(machineOf(at(one)) === machineOf(at(other))).toBe(isOne);
});

function at(text: string): Address {
  return parseAddress(text);
}

test("tryJoinAddress answers nothing where joinAddress throws", () => {
  expect(tryJoinAddress("::ffff:10.0.0.7", 6000)).toBe("10.0.0.7:6000");
  for (const host of ["", "::1.2.3.4", "fe80::1%eth0", "a b"]) {
    expect(tryJoinAddress(host, 6000)).toBeUndefined();
    expect(() => joinAddress(host, 6000)).toThrow("not host:port");
  }
});

test.each([
  ["203.0.113.7:6000", 24, 64, "203.0.113/24"],
  ["203.0.113.7:6000", 16, 48, "203.0/16"],
  ["203.0.113.7:6000", 32, 128, "203.0.113.7/32"],
  ["10.1.2.3:1", 24, 64, "10.1.2/24"],
  ["[2001:db8:7:8::1]:1", 24, 64, "2001:db8:7:8/64"],
  ["[2001:db8:7:8::1]:1", 16, 48, "2001:db8:7/48"],
  ["[2001:db8::1]:1", 16, 32, "2001:db8/32"],
  ["[::ffff:cb00:7107]:1", 24, 64, "203.0.113/24"],
  ["[64:ff9b::cb00:7107]:1", 16, 48, "203.0/16"],
  ["[2002:cb00:7107:8::1]:1", 24, 64, "203.0.113/24"],
  ["[2001:db8:0:0:9::1]:1", 24, 64, "2001:db8:0:0/64"],
  ["peer.example:1", 24, 64, "peer.example"],
] as const)("the prefix of %s, %i or %i bits, is %s", (text, v4, v6, prefix) => {
  expect(prefixOf(at(text), { v4, v6 })).toBe(prefix);
});

test.each([
  ["8.8.8.8:1", "public", false],
  ["8.8.8.8:1", "none", true],
  ["10.0.0.1:1", "public", true],
  ["10.0.0.1:1", "all", false],
  ["[fd00::1]:1", "public", true],
  ["peer.example:1", "public", false],
] as const)("whether rules for prefixes pass over %s where they are for %s: %s", (text, rules, expected) => {
  expect(isExemptFromPrefixRules(at(text), rules)).toBe(expected);
});

test.each([
  ["peer.example:1", true],
  ["localhost:1", true],
  ["203.0.113.7:1", false],
  ["[2001:db8::1]:1", false],
  ["[::ffff:cb00:7107]:1", false],
])("whether %s is a name: %s", (text, expected) => {
  expect(isHostName(at(text))).toBe(expected);
});
