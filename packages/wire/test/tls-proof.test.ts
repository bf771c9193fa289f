import { X509Certificate } from "node:crypto";
import { isPeerId, type PeerId } from "@p2p/identity";
import { createNodeSigner } from "@p2p/identity/node";
import { expect, test } from "vitest";
import { certificateOf } from "../src/tls/certificate.ts";
import { keyOf } from "../src/tls/proof.ts";
import { freshKey, type KeyKind, papers } from "./papers.ts";

/** More of them: `INPUTS=200000 npx vitest run --project @p2p/wire proof`. */
const INPUTS = Number(process.env["INPUTS"] ?? 2000);

const KINDS: readonly KeyKind[] = ["ed25519", "ed448", "ec", "rsa"];

const signer = createNodeSigner();
const CERTIFICATES = [
  certificateOf(signer),
  ...KINDS.map((kind) => papers({ key: freshKey(kind) }).cert),
].map((pem) => new X509Certificate(pem).raw);

/** The same numbers in every run: 0 to `max` − 1. */
function dice(seed: number): (max: number) => number {
  let state = seed;
  return (max) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * max);
  };
}

/** Nearly `der`: some bytes turned, a piece left out or put in from another one, or the end cut off. */
function damaged(der: Uint8Array, draw: (max: number) => number): Uint8Array {
  const bytes = [...der];
  for (let times = draw(4); times >= 0; times--) {
    const at = draw(bytes.length);
    const other = CERTIFICATES[draw(CERTIFICATES.length)] as Uint8Array;
    const piece = [...other.subarray(draw(other.length)).subarray(0, 1 + draw(12))];
    const turned = (bytes[at] as number) ^ (1 << draw(8));
    const how = draw(10);
    if (how < 5) bytes[at] = turned;
    else if (how < 7) bytes.splice(at, piece.length, ...piece);
    else if (how < 8) bytes.splice(at, draw(4));
    else if (how < 9) bytes.splice(at, 0, ...piece);
    else if (at > 0) bytes.length = at;
  }
  return Uint8Array.from(bytes);
}

/** What X.509 makes of it, if anything: OpenSSL has to get that far before anybody is asked whose key it is. */
function readable(der: Uint8Array): X509Certificate | undefined {
  try {
    return new X509Certificate(der);
  } catch {
    return undefined;
  }
}

test(`whose key a certificate has is said of ${INPUTS} damaged ones, or why not; nothing throws`, () => {
  const draw = dice(1);
  const told = { read: 0, keys: [] as PeerId[], complaints: new Set<string>() };
  for (let input = 0; input < INPUTS; input++) {
    const certificate = readable(damaged(CERTIFICATES[draw(CERTIFICATES.length)] as Uint8Array, draw));
    if (certificate === undefined) continue;
    told.read++;
    const key = keyOf(certificate);
    if (typeof key === "object") told.complaints.add(key.complaint);
    else told.keys.push(key);
  }
  console.info(`${told.read} were read, ${told.keys.length} hold: ${[...told.complaints].join("; ")}`);
  expect(told.read).toBeGreaterThan(INPUTS / 10);
  expect(told.keys.every(isPeerId)).toBe(true);
  expect(told.complaints).toContain("its certificate cannot be read");
  expect(told.complaints).toContain("its certificate is not signed by its own key");
});
