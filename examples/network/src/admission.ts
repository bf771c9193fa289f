import { readFileSync } from "node:fs";
import {
  faultOfInvitation,
  isPeerId,
  type NetworkId,
  P2PError,
  type PeerId,
  parseInvitation,
  readInvitation,
  verifier,
  verifyInvitation,
} from "@p2p/identity";
import { type AdmissionOptions, PREFIX_LIMITS, type PrefixLimits } from "@p2p/seed";
import type { PrefixRules } from "@p2p/wire";
import type { Config } from "./config-file.ts";
import { countOf, type Given, type OptionTable, textOf } from "./options.ts";
import { callersPath, UsageError } from "./program.ts";

const QUOTA_MAX = 10_000;

/** Whom a seed lets in. */
export const ADMISSION_OPTIONS: OptionTable = {
  quota: {
    value: "N|off",
    help: "members in a /24, or an IPv6 /64, of public addresses (default 4); 16 times as many in a /16",
  },
  "quota-everywhere": {
    help: "the quota is for private networks and loopback, too, and so is what bounds dials into one place",
  },
  "any-address": { help: "newcomers may name another address than the one they come from, e.g. a host name" },
  "newcomers-an-hour": {
    value: "N",
    help: "newcomers in any hour that are not invited (default: any number)",
  },
  hashcash: { value: "BITS", help: "bits of work that newcomers show who are not invited (default 0)" },
  inviters: { value: "ID,ID", help: "whose invitations count, beside those of the config file's operators" },
  allow: { value: "FILE", help: "ids of peers that need no invitation, one a line" },
  "invite-only": { help: "let in nobody who is not invited, or in the file of --allow" },
};

/** What a peer shows to be let in. */
export const NEWCOMER_OPTIONS: OptionTable = {
  invitation: { value: "TEXT|FILE", help: "what an operator gave this peer: the line, or a file with it" },
  hashcash: { value: "BITS", help: "bits of work that the seeds ask of newcomers (default 0)" },
  "print-id": { help: "print this peer's id, which an operator needs to invite it, and end" },
};

/**
 * Whom the caller wants to let in.
 * @throws UsageError on a value that cannot be, or when nobody could be let in; P2PError `CONFIG_INVALID` on a bad file.
 */
export function readAdmission(given: Given, { operators }: Pick<Config, "operators">): AdmissionOptions {
  const inviters = [...(operators?.keys ?? []), ...readInviters(given)];
  const allow = readAllowed(given);
  const vouchedOnly = given["invite-only"] === true;
  if (vouchedOnly && inviters.length === 0 && allow.length === 0)
    throw new UsageError(
      "--invite-only lets in nobody: name who may invite with --inviters or operators in the config file, or who may come with --allow",
    );
  const newcomersAnHour = countOf(given, "newcomers-an-hour", 0, 1, 100_000);
  return {
    quota: readQuota(given),
    prefixRules: readPrefixRules(given),
    anyAddress: given["any-address"] === true,
    newcomersAnHour: newcomersAnHour === 0 ? undefined : newcomersAnHour,
    workBits: workBitsOf(given),
    inviters,
    allow,
    vouchedOnly,
  };
}

/** Bits of work that are asked for, or done. */
export function workBitsOf(given: Given): number {
  return countOf(given, "hashcash", 0, 0, 30);
}

/**
 * The invitation that a peer was given, looked at before anybody is asked.
 * @throws P2PError `TOKEN_INVALID` when it is none, or for another peer or network; `CONFIG_INVALID` when its file cannot be read.
 */
export function readToken(given: Given, peer: PeerId, networkId: NetworkId): Uint8Array | undefined {
  const said = textOf(given, "invitation");
  if (said === undefined) return undefined;
  if (said.trim() === "")
    throw new UsageError("--invitation is the line that an operator gave, or a file with it");
  const token = parseInvitation(/^\s*[0-9a-fA-F]{64,}\s*$/.test(said) ? said : fileText(said, "invitation"));
  const invitation = readInvitation(token);
  if (invitation === undefined) return token;
  const fault = faultOfInvitation(invitation, { networkId, peer });
  if (fault !== undefined)
    throw new P2PError(
      "TOKEN_INVALID",
      `the invitation ${fault}; ask the operator of the seeds for one for ${peer}`,
    );
  if (verifyInvitation(invitation, verifier)) return token;
  throw new P2PError(
    "TOKEN_INVALID",
    "the invitation is damaged: its signature is false; copy all of what the operator of the seeds gave you",
  );
}

function readQuota(given: Given): PrefixLimits | false {
  const said = textOf(given, "quota");
  if (said === "off") return false;
  if (said !== undefined && !/^\d+$/.test(said))
    throw new UsageError(`--quota is off, or a whole number from 1 to ${QUOTA_MAX}, not "${said}"`);
  const narrow = countOf(given, "quota", PREFIX_LIMITS.narrow, 1, QUOTA_MAX);
  const scaled = Object.entries(PREFIX_LIMITS).map(([name, limit]) => [
    name,
    (limit / PREFIX_LIMITS.narrow) * narrow,
  ]);
  return Object.fromEntries(scaled) as PrefixLimits;
}

function readPrefixRules(given: Given): PrefixRules {
  if (given["quota-everywhere"] !== true) return "public";
  if (textOf(given, "quota") === "off")
    throw new UsageError(
      "--quota-everywhere says where the quota is for, and --quota off that there is none",
    );
  return "all";
}

function readInviters(given: Given): PeerId[] {
  const said = textOf(given, "inviters");
  return (said?.split(",") ?? []).map((one) => {
    const id = one.trim().toLowerCase();
    if (isPeerId(id)) return id;
    throw new UsageError(
      `--inviters are ids of 64 hexadecimal digits, with commas between them, not "${one}"`,
    );
  });
}

function readAllowed(given: Given): PeerId[] {
  const file = textOf(given, "allow");
  if (file === undefined) return [];
  const lines = fileText(file, "allow").split("\n");
  return lines.flatMap((line, index) => {
    const id = line.replace(/#.*/, "").trim().toLowerCase();
    if (id === "") return [];
    if (isPeerId(id)) return [id];
    throw new P2PError("CONFIG_INVALID", `${file}:${index + 1}: "${id}" is no id of 64 hexadecimal digits`);
  });
}

function fileText(file: string, option: string): string {
  try {
    return readFileSync(callersPath(file), "utf8");
  } catch (error) {
    throw new P2PError(
      "CONFIG_INVALID",
      `--${option}: cannot read ${file}: ${(error as Error).message}`,
      error,
    );
  }
}
