import { type ConfigurationChain, type JointCertificate, jointCertificate } from "@p2p/consensus";
import { concatBytes, P2PError, type Verifier } from "@p2p/identity";
import { type Disk, type DiskDone, Malformed, read, write } from "@p2p/wire";
import { encodeRecord, readRecords } from "../record-file.ts";

/** Name of the file. */
const CHAIN_FILE = "configurations";

const FIX =
  "Delete the file: a seed that was one when the network began, or any peer, tells everything in it again";

/**
 * How the seeds have changed since the configuration that this peer was given, so that it finds those of today when it
 * starts. Written after each change; it holds nothing that others could not check. PROTOCOL.md §10.9.
 */
export class ChainFile {
  readonly #disk: Disk;
  readonly #chain: ConfigurationChain;

  constructor(disk: Disk, chain: ConfigurationChain) {
    this.#disk = disk;
    this.#chain = chain;
  }

  /** Lengthens the chain by what is there. @param done gets `STORE_CORRUPT`, with the fix, or `DISK_FAILED`. */
  read(verifier: Verifier, done: DiskDone): void {
    this.#disk.read(CHAIN_FILE, (error, file = new Uint8Array(0)) => {
      if (error) return done(error);
      for (const { payload } of readRecords(file).records) {
        const value: JointCertificate | Malformed = read(jointCertificate, payload);
        const answer =
          value instanceof Malformed ? { fault: value.detail } : this.#chain.extend(value, verifier);
        if (answer === "unreadable") break;
        if (typeof answer !== "string")
          return done(new P2PError("STORE_CORRUPT", `${CHAIN_FILE} is damaged: ${answer.fault}. ${FIX}`));
      }
      done();
    });
  }

  /** Writes the chain as it is now. */
  write(done: DiskDone): void {
    const records = this.#chain.after(0).map((one) => encodeRecord(write(jointCertificate, one)));
    this.#disk.replace(CHAIN_FILE, concatBytes(records), done);
  }
}
