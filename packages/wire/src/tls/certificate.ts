import type { KeyObject } from "node:crypto";
import { createPublicKey } from "node:crypto";
import type { NodeSigner } from "@p2p/identity/node";
import {
  type BaseBlock,
  BitString,
  Constructed,
  fromBER,
  GeneralizedTime,
  Integer,
  ObjectIdentifier,
  Sequence,
  Set as SetOf,
  UTCTime,
  Utf8String,
} from "asn1js";

const ED25519 = "1.3.101.112";
const COMMON_NAME = "2.5.4.3";

/**
 * The X.509 certificate of `signer`'s key, signed by itself, in PEM: the same at every start. TLS wants one to carry the
 * key, and nobody looks at anything else in it; so it names the id, for people, and holds from 2000 to the end of
 * all dates (RFC 5280 §4.1.2.5), for clocks that are wrong.
 */
export function certificateOf(signer: NodeSigner): string {
  const name = nameOf(signer.id);
  const content = new Sequence({
    value: [
      new Constructed({ idBlock: { tagClass: 3, tagNumber: 0 }, value: [new Integer({ value: 2 })] }), // version 3
      new Integer({ value: 1 }),
      algorithm(),
      name,
      new Sequence({
        value: [new UTCTime({ value: "000101000000Z" }), new GeneralizedTime({ value: "99991231235959Z" })],
      }),
      name,
      publicKeyInfo(signer.privateKey),
    ],
  });
  const signature = signer.sign(new Uint8Array(content.toBER()));
  const certificate = new Sequence({ value: [content, algorithm(), new BitString({ valueHex: signature })] });
  return pem(Buffer.from(certificate.toBER()));
}

function algorithm(): Sequence {
  return new Sequence({ value: [new ObjectIdentifier({ value: ED25519 })] });
}

function nameOf(id: string): Sequence {
  const commonName = new Sequence({
    value: [new ObjectIdentifier({ value: COMMON_NAME }), new Utf8String({ value: id })],
  });
  return new Sequence({ value: [new SetOf({ value: [commonName] })] });
}

function publicKeyInfo(privateKey: KeyObject): BaseBlock {
  return fromBER(createPublicKey(privateKey).export({ format: "der", type: "spki" })).result;
}

function pem(der: Buffer): string {
  const lines = der.toString("base64").match(/.{1,64}/g) ?? [];
  return ["-----BEGIN CERTIFICATE-----", ...lines, "-----END CERTIFICATE-----", ""].join("\n");
}
