import { createPublicKey, generateKeyPairSync, type KeyObject, sign, X509Certificate } from "node:crypto";
import {
  BitString,
  Constructed,
  fromBER,
  GeneralizedTime,
  Integer,
  Null,
  ObjectIdentifier,
  Sequence,
  Set as SetOf,
  Utf8String,
} from "asn1js";

/** What a TLS stranger shows. */
export interface Papers {
  readonly cert: string;
  readonly key: string;
}

export type KeyKind = "ed25519" | "ed448" | "ec" | "rsa";

const ALGORITHMS = {
  ed25519: ["1.3.101.112", null],
  ed448: ["1.3.101.113", null],
  ec: ["1.2.840.10045.4.3.2", "sha256"],
  rsa: ["1.2.840.113549.1.1.11", "sha256"],
} as const;

/** A fresh private key. */
export function freshKey(kind: KeyKind = "ed25519"): KeyObject {
  if (kind === "ec") return generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey;
  if (kind === "rsa") return generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey;
  return generateKeyPairSync(kind as "ed25519").privateKey;
}

/** What a certificate may say. By default it is as a node's own, but for the name. */
export interface Claims {
  readonly key?: KeyObject;
  /** Whose signature it has. Default: that of its own key. */
  readonly signedBy?: KeyObject;
  readonly name?: string;
  readonly issuer?: string;
  readonly from?: Date;
  readonly until?: Date;
}

/** A certificate that says whatever it likes, and the key that it carries. */
export function papers(claims: Claims = {}): Papers {
  const { key = freshKey(), signedBy = key, name = "somebody", issuer = name } = claims;
  const { from = new Date("2000-01-01"), until = new Date("2100-01-01") } = claims;
  const content = new Sequence({
    value: [
      new Constructed({ idBlock: { tagClass: 3, tagNumber: 0 }, value: [new Integer({ value: 2 })] }),
      new Integer({ value: 1 }),
      algorithmOf(signedBy),
      named(issuer),
      new Sequence({
        value: [new GeneralizedTime({ valueDate: from }), new GeneralizedTime({ valueDate: until })],
      }),
      named(name),
      fromBER(createPublicKey(key).export({ format: "der", type: "spki" })).result,
    ],
  });
  const bytes = new Uint8Array(content.toBER());
  const signature = sign(ALGORITHMS[kindOf(signedBy)][1], bytes, signedBy);
  const der = new Sequence({
    value: [content, algorithmOf(signedBy), new BitString({ valueHex: new Uint8Array(signature) })],
  }).toBER();
  const cert = new X509Certificate(Buffer.from(der)).toString();
  return { cert, key: key.export({ format: "pem", type: "pkcs8" }).toString() };
}

function kindOf(key: KeyObject): KeyKind {
  return key.asymmetricKeyType as KeyKind;
}

function algorithmOf(key: KeyObject): Sequence {
  const kind = kindOf(key);
  const id = new ObjectIdentifier({ value: ALGORITHMS[kind][0] });
  return new Sequence({ value: kind === "rsa" ? [id, new Null()] : [id] });
}

function named(name: string): Sequence {
  const value = [new ObjectIdentifier({ value: "2.5.4.3" }), new Utf8String({ value: name })];
  return new Sequence({ value: [new SetOf({ value: [new Sequence({ value })] })] });
}
