import { type NetworkId, type Signer, Statement, StatementKind, sha256, type Verifier } from "@p2p/identity";
import type { Batch } from "./batch.ts";

/** A batch before its origin signed it. */
export type UnsignedBatch = Omit<Batch, "signature">;

/**
 * The bytes an origin signs: id ‖ u64 incarnation ‖ u64 first sequence ‖ time ‖ u8 count ‖ SHA-256 of each payload.
 * Hashes and not the payloads, so that one payload can later be shown to be his without the others. PROTOCOL.md §7.1.
 */
export function batchStatement(batch: UnsignedBatch, networkId: NetworkId): Uint8Array {
  const statement = new Statement(StatementKind.batch, networkId)
    .id(batch.origin)
    .u64(batch.incarnation)
    .u64(batch.firstSequence)
    .wallTime(batch.at)
    .u8(batch.payloads.length);
  for (const payload of batch.payloads) statement.bytes32(sha256(payload));
  return statement.finish();
}

/** The batch with its origin's signature. */
export function signBatch(batch: UnsignedBatch, networkId: NetworkId, signer: Signer): Batch {
  return { ...batch, signature: signer.sign(batchStatement(batch, networkId)) };
}

/** Whether the origin signed this. */
export function verifyBatch(batch: Batch, networkId: NetworkId, verifier: Verifier): boolean {
  return verifier.verify(batch.origin, batchStatement(batch, networkId), batch.signature);
}
