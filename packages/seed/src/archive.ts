import {
  BUCKETS,
  type Certificate,
  type Council,
  decodeCertificate,
  encodeCertificate,
  knows,
  type Ledger,
  type TickCertificate,
  tickCertificate,
} from "@p2p/consensus";
import { P2PError } from "@p2p/identity";
import { type Disk, type DiskDone, edge, integer, Malformed, read, record, write } from "@p2p/wire";
import type { EdgeBook, HeldEdge } from "./edge-book.ts";
import { Journal, readPayloads } from "./journal.ts";

/** Name of the file. */
export const ARCHIVE_FILE = "archive.log";

const FIX =
  "Delete the file while the seed is stopped: everything in it is certified, and the other seeds send it again";

/** What a record is about: its first byte. */
const Tag = { certificate: 1, edge: 2, tick: 3 } as const;

const edgeLine = record({ edge, sinceTick: integer(), seenTick: integer() });

/**
 * What this seed holds that others can check: the time, certificates, with the registrations in them, and edges. It
 * knows no wall clock: what has an age has it in ticks. Registrations
 * that are not certified yet lie in the vote log, beside the votes for them. PROTOCOL.md §10.
 */
export class Archive {
  readonly #journal: Journal;
  readonly #configuration: Council;
  readonly #ledger: Ledger;
  readonly #edges: EdgeBook;
  #tick: TickCertificate | undefined;

  constructor(disk: Disk, configuration: Council, ledger: Ledger, edges: EdgeBook) {
    this.#configuration = configuration;
    this.#ledger = ledger;
    this.#edges = edges;
    this.#journal = new Journal({ disk, file: ARCHIVE_FILE, fix: FIX, contents: () => this.#contents() });
  }

  /** What time it was when something was last written. */
  get tick(): TickCertificate | undefined {
    return this.#tick;
  }

  /** Fills the ledger and the edge book; see {@link Journal.open}. @param now monotonic milliseconds. */
  open(now: number, tickMs: number, done: DiskDone): void {
    const edges: HeldEdge[] = [];
    this.#journal.open(
      (payload) => this.#load(payload, edges),
      (error) => {
        this.#ledger.advance(this.#tick?.tick ?? 0);
        for (const held of edges) this.#edges.restore(held, now, this.#ledger.tick, tickMs);
        done(error);
      },
    );
  }

  /** `done` runs once the time is on stable storage, or is not. */
  keepTick(certificate: TickCertificate, done: DiskDone): void {
    this.#journal.append(tagged(Tag.tick, write(tickCertificate, certificate)), (error) => {
      if (error === undefined) this.#tick = certificate;
      done(error);
    });
  }

  /** `done` runs once the certificate is on stable storage, or is not. */
  keep(certificate: Certificate, done: DiskDone): void {
    this.#journal.append(tagged(Tag.certificate, encodeCertificate(certificate)), done);
  }

  /** Keeps an edge, and since when, in ticks, this seed has seen it and its chain. */
  keepEdge(held: HeldEdge, done: DiskDone): void {
    this.#journal.append(tagged(Tag.edge, write(edgeLine, held)), done);
  }

  /** See {@link Journal.whenIdle}. */
  whenIdle(done: () => void): void {
    this.#journal.whenIdle(done);
  }

  #load(payload: Uint8Array, edges: HeldEdge[]): string | undefined {
    const body = payload.subarray(1);
    if (payload[0] === Tag.certificate) return this.#loadCertificate(body);
    if (payload[0] === Tag.tick) return this.#loadTick(body);
    if (payload[0] !== Tag.edge) return "a record of an unknown kind";
    const value = read(edgeLine, body);
    if (value instanceof Malformed) return value.detail;
    edges.push(value);
    return undefined;
  }

  #loadTick(body: Uint8Array): string | undefined {
    const certificate = read(tickCertificate, body);
    if (certificate instanceof Malformed) return certificate.detail;
    if (!knows(this.#configuration, certificate.cfg)) return "the time of another network";
    if (certificate.tick > (this.#tick?.tick ?? 0)) this.#tick = certificate;
    return undefined;
  }

  #loadCertificate(body: Uint8Array): string | undefined {
    const certificate = decodeCertificate(body);
    if (certificate instanceof Malformed) return certificate.detail;
    if (certificate.votes.some(({ cfg }) => !knows(this.#configuration, cfg))) {
      return "a certificate of another network";
    }
    this.#ledger.admit(certificate);
    return undefined;
  }

  *#contents(): Iterable<Uint8Array> {
    if (this.#tick !== undefined) yield tagged(Tag.tick, write(tickCertificate, this.#tick));
    for (let bucket = 0; bucket < BUCKETS; bucket++) {
      for (const held of this.#ledger.inBucket(bucket))
        yield tagged(Tag.certificate, encodeCertificate(held));
    }
    for (const held of this.#edges.held()) yield tagged(Tag.edge, write(edgeLine, held));
  }
}

/**
 * The certificates in an {@link ARCHIVE_FILE}, in the order they were written; a torn last record is left out.
 * @throws P2PError `STORE_CORRUPT` where the seed would refuse the file for them.
 */
export function readCertificates(bytes: Uint8Array): Certificate[] {
  const payloads = readPayloads(ARCHIVE_FILE, bytes).filter(([tag]) => tag === Tag.certificate);
  return payloads.map((payload) => {
    const certificate = decodeCertificate(payload.subarray(1));
    if (!(certificate instanceof Malformed)) return certificate;
    throw new P2PError("STORE_CORRUPT", `${ARCHIVE_FILE}: ${certificate.detail}`);
  });
}

/** A record's payload: what it is about, and that. */
export function tagged(tag: number, body: Uint8Array): Uint8Array {
  const payload = new Uint8Array(1 + body.length);
  payload[0] = tag;
  payload.set(body, 1);
  return payload;
}
