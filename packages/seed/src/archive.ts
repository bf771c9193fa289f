import {
  BUCKETS,
  type Certificate,
  type Configuration,
  decodeCertificate,
  encodeCertificate,
  type Ledger,
} from "@p2p/consensus";
import { type Edge, sameBytes } from "@p2p/identity";
import { type Disk, type DiskDone, edge, integer, Malformed, read, record, write } from "@p2p/wire";
import type { EdgeBook } from "./edge-book.ts";
import { Journal } from "./journal.ts";

/** Name of the file. */
const ARCHIVE_FILE = "archive.log";

const FIX =
  "Delete the file while the seed is stopped: everything in it is certified, and the other seeds send it again";

/** What a record is about: its first byte. */
const Tag = { certificate: 1, edge: 2 } as const;

const edgeLine = record({ edge, seenAt: integer() });

/**
 * What this seed holds that others can check: certificates, with the registrations in them, and edges. Registrations
 * that are not certified yet lie in the vote log, beside the votes for them. PROTOCOL.md §10.
 */
export class Archive {
  readonly #journal: Journal;
  readonly #configuration: Configuration;
  readonly #ledger: Ledger;
  readonly #edges: EdgeBook;

  constructor(disk: Disk, configuration: Configuration, ledger: Ledger, edges: EdgeBook) {
    this.#configuration = configuration;
    this.#ledger = ledger;
    this.#edges = edges;
    this.#journal = new Journal({ disk, file: ARCHIVE_FILE, fix: FIX, contents: () => this.#contents() });
  }

  /** Fills the ledger and the edge book; see {@link Journal.open}. */
  open(now: number, wallTime: number, done: DiskDone): void {
    this.#journal.open((payload) => this.#load(payload, now, wallTime), done);
  }

  /** `done` runs once the certificate is on stable storage, or is not. */
  keep(certificate: Certificate, done: DiskDone): void {
    this.#journal.append(tagged(Tag.certificate, encodeCertificate(certificate)), done);
  }

  /** @param seenAt wall time in milliseconds at which this seed first saw it. */
  keepEdge(kept: Edge, seenAt: number, done: DiskDone): void {
    this.#journal.append(tagged(Tag.edge, write(edgeLine, { edge: kept, seenAt })), done);
  }

  /** See {@link Journal.whenIdle}. */
  whenIdle(done: () => void): void {
    this.#journal.whenIdle(done);
  }

  #load(payload: Uint8Array, now: number, wallTime: number): string | undefined {
    const body = payload.subarray(1);
    if (payload[0] === Tag.certificate) return this.#loadCertificate(body);
    if (payload[0] !== Tag.edge) return "a record of an unknown kind";
    const value = read(edgeLine, body);
    if (value instanceof Malformed) return value.detail;
    this.#edges.restore(value.edge, value.seenAt, now, wallTime);
    return undefined;
  }

  #loadCertificate(body: Uint8Array): string | undefined {
    const certificate = decodeCertificate(body);
    if (certificate instanceof Malformed) return certificate.detail;
    if (certificate.votes.some(({ cfg }) => !sameBytes(cfg, this.#configuration.cfg))) {
      return "a certificate of another network";
    }
    this.#ledger.admit(certificate);
    return undefined;
  }

  *#contents(): Iterable<Uint8Array> {
    for (let bucket = 0; bucket < BUCKETS; bucket++) {
      for (const held of this.#ledger.inBucket(bucket))
        yield tagged(Tag.certificate, encodeCertificate(held));
    }
    for (const held of this.#edges.held()) yield tagged(Tag.edge, write(edgeLine, held));
  }
}

function tagged(tag: number, body: Uint8Array): Uint8Array {
  const payload = new Uint8Array(1 + body.length);
  payload[0] = tag;
  payload.set(body, 1);
  return payload;
}
