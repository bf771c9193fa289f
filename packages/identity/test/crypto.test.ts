import { sign } from "node:crypto";
import { Point, verify as verifyWithCofactor } from "@noble/ed25519";
import { sha512 } from "@noble/hashes/sha2.js";
import { describe, expect, test } from "vitest";
import { fromHex, keyOfPeerId, parsePeerId, type Signer, toHex, type Verifier } from "../src/index.ts";
import * as noble from "../src/noble/crypto.ts";
import * as node from "../src/node/crypto.ts";

/** RFC 8032 §7.1, tests 1 to 3. */
const VECTORS = [
  {
    privateKey: "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
    id: "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
    message: "",
    signature:
      "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
  },
  {
    privateKey: "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
    id: "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
    message: "72",
    signature:
      "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
  },
  {
    privateKey: "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
    id: "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
    message: "af82",
    signature:
      "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
  },
];

interface Crypto {
  readonly createSigner: (privateKey?: Uint8Array) => Signer;
  readonly sha256: (bytes: Uint8Array) => Uint8Array;
  readonly verifier: Verifier;
}

describe.each<[string, Crypto]>([
  ["node:crypto", node],
  ["plain JavaScript", noble],
])("Ed25519 on %s", (_, { createSigner, sha256, verifier }) => {
  test.each(VECTORS)("keeps to RFC 8032 ($id)", ({ privateKey, id, message, signature }) => {
    const signer = createSigner(fromHex(privateKey));
    expect(signer.id).toBe(id);
    expect(toHex(signer.sign(fromHex(message)))).toBe(signature);
    expect(verifier.verify(signer.id, fromHex(message), fromHex(signature))).toBe(true);
  });

  test("refuses a signature with any byte changed, over other bytes, or of another key", () => {
    const [signer, stranger] = [createSigner(), createSigner()];
    const message = Uint8Array.of(1, 2, 3);
    const signature = signer.sign(message);
    for (let index = 0; index < signature.length; index++) {
      const bent = Uint8Array.from(signature);
      bent[index] = (bent[index] as number) ^ 1;
      expect(verifier.verify(signer.id, message, bent)).toBe(false);
    }
    expect(verifier.verify(signer.id, Uint8Array.of(1, 2, 4), signature)).toBe(false);
    expect(verifier.verify(stranger.id, message, signature)).toBe(false);
  });

  test("answers no, and does not throw, at a wrong length or an id that is no key", () => {
    const signer = createSigner();
    const signature = signer.sign(Uint8Array.of(1));
    const noPoint = parsePeerId("02".padEnd(64, "0"));
    expect(verifier.verify(signer.id, Uint8Array.of(1), signature.subarray(1))).toBe(false);
    expect(verifier.verify(signer.id, Uint8Array.of(1), new Uint8Array(0))).toBe(false);
    expect(verifier.verify(noPoint, Uint8Array.of(1), signature)).toBe(false);
  });

  test("takes a private key of 32 bytes only, and makes a fresh one when given none", () => {
    expect(() => createSigner(new Uint8Array(31))).toThrow(RangeError);
    expect(createSigner().id).not.toBe(createSigner().id);
  });

  test("hashes as FIPS 180-4 says", () => {
    expect(toHex(sha256(new TextEncoder().encode("abc")))).toBe(
      "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
    );
  });
});

/** A signature with R = the identity and s = 0 checks for every message, if the key's order divides what is hashed. */
test.each([
  "00".repeat(32),
  `01${"00".repeat(31)}`,
  `01${"00".repeat(30)}80`,
  "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
  "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
  "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
  `ec${"ff".repeat(31)}`,
  `ed${"ff".repeat(30)}7f`,
  `ee${"ff".repeat(30)}7f`,
])("nothing is signed by the key of small order %s", (key) => {
  const signature = Uint8Array.from({ length: 64 }, (_, index) => (index === 0 ? 1 : 0));
  for (let message = 0; message < 16; message++) {
    for (const { verifier } of [node, noble]) {
      expect(verifier.verify(parsePeerId(key), Uint8Array.of(message), signature)).toBe(false);
    }
  }
});

test("a signature whose R was moved by a point of order eight is valid for neither", () => {
  const privateKey = fromHex(VECTORS[1]?.privateKey ?? "");
  const { id } = node.createSigner(privateKey);
  const message = Uint8Array.of(0x72);
  // R' = rB + T with T of order 8, h taken over R', s = r + ha: with the cofactor it checks, without it does not.
  const digest = sha512(privateKey);
  const scalar = clamp(digest.subarray(0, 32));
  const r = 12345n;
  const torsion = Point.fromHex("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a");
  const moved = Point.BASE.multiply(r).add(torsion).toBytes();
  const h = littleEndian(sha512(Uint8Array.of(...moved, ...keyOfPeerId(id), ...message))) % ORDER;
  const signature = Uint8Array.of(...moved, ...bytesOf((r + h * scalar) % ORDER));
  expect(verifyWithCofactor(signature, message, keyOfPeerId(id), { zip215: false })).toBe(true);
  expect(node.verifier.verify(id, message, signature)).toBe(false);
  expect(noble.verifier.verify(id, message, signature)).toBe(false);
});

const ORDER = 2n ** 252n + 27742317777372353535851937790883648493n;

function littleEndian(bytes: Uint8Array): bigint {
  return BigInt(`0x${toHex(bytes.toReversed())}`);
}

function bytesOf(scalar: bigint): Uint8Array {
  return fromHex(scalar.toString(16).padStart(64, "0")).toReversed();
}

/** RFC 8032 §5.1.5, step 2. */
function clamp(bytes: Uint8Array): bigint {
  return (littleEndian(bytes) & ((1n << 254n) - 8n)) | (1n << 254n);
}

test("what one of the two signs, the other accepts", () => {
  const privateKey = fromHex(VECTORS[0]?.privateKey ?? "");
  const message = Uint8Array.of(9, 9, 9);
  const [a, b] = [node.createSigner(privateKey), noble.createSigner(privateKey)];
  expect(noble.verifier.verify(a.id, message, a.sign(message))).toBe(true);
  expect(node.verifier.verify(b.id, message, b.sign(message))).toBe(true);
});

test("the cache of imported keys holds more nodes than it has places for", () => {
  const message = Uint8Array.of(1);
  const first = node.createSigner();
  const signature = first.sign(message);
  for (let index = 0; index <= node.CACHED_KEYS_MAX; index++) {
    const id = parsePeerId(index.toString(16).padStart(64, "0"));
    node.verifier.verify(id, message, signature);
  }
  expect(node.verifier.verify(first.id, message, signature)).toBe(true);
});

describe("a signer in Node", () => {
  test("lends the key that it signs with", () => {
    const signer = node.createNodeSigner();
    const bytes = Uint8Array.of(1, 2, 3);
    expect(node.isNodeSigner(signer)).toBe(true);
    expect(toHex(sign(null, bytes, signer.privateKey))).toBe(toHex(signer.sign(bytes)));
  });

  test("is told from one that keeps its key to itself", () => {
    expect(node.isNodeSigner(node.createSigner())).toBe(true);
    expect(node.isNodeSigner(noble.createSigner())).toBe(false);
  });
});
