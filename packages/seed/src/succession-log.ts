import {
  type ConfigurationChain,
  type JointCertificate,
  jointCertificate,
  type Proposal,
  proposal,
  type Seal,
  seal,
} from "@p2p/consensus";
import type { Verifier } from "@p2p/identity";
import { bytes32, type Disk, type DiskDone, integer, Malformed, read, record, write } from "@p2p/wire";
import { tagged } from "./archive.ts";
import { Journal, type RecordFault } from "./journal.ts";

/** Name of the file. */
const SUCCESSION_FILE = "configuration.log";

const FIX =
  "Restore the file from a copy that is up to date. Without one this seed may vote for two configurations of one number: delete the file only if no change of the configuration is under way";

/** What a record is about: its first byte. */
const Tag = { certificate: 1, proposal: 2, choice: 3, seal: 4, seated: 5 } as const;

const choiceLine = record({ number: integer(1), cfg: bytes32 });
const seatedLine = record({ number: integer(1) });

/**
 * What this seed knows and said about changes of the seeds: the chain of configurations, what is proposed, what it votes
 * for, that it votes no more under an earlier one, and that it has taken over from those before. PROTOCOL.md §10.8.
 */
export class SuccessionLog {
  readonly #journal: Journal;
  readonly #chain: ConfigurationChain;
  readonly #verifier: Verifier;
  /** Proposals for the next number. */
  #proposals: Proposal[] = [];
  #choice: { readonly number: number; readonly cfg: Uint8Array } | undefined;
  #seal: Seal | undefined;
  #seated = 0;
  /** The last configuration that the file has. */
  #held = 0;

  constructor(disk: Disk, chain: ConfigurationChain, verifier: Verifier) {
    this.#chain = chain;
    this.#verifier = verifier;
    this.#journal = new Journal({ disk, file: SUCCESSION_FILE, fix: FIX, contents: () => this.#contents() });
  }

  /**
   * Reads what is there, and lengthens the chain by it; see {@link Journal.open}. Writes down what the chain held beyond it:
   * what this seed says from now on is said under that.
   */
  open(done: DiskDone): void {
    this.#journal.open(
      (payload) => this.#load(payload),
      (error) => (error === undefined ? this.#keepAll(this.#chain.after(this.#held), done) : done(error)),
    );
  }

  /** What was proposed for the next number, to be examined again. */
  get proposals(): readonly Proposal[] {
    return this.#proposals.filter(({ terms }) => terms.number === this.#chain.number + 1);
  }

  /** What this seed votes for as the next configuration. */
  get choice(): Uint8Array | undefined {
    return this.#choice?.number === this.#chain.number + 1 ? this.#choice.cfg : undefined;
  }

  /** This seed's word that it votes no more under the configuration before. */
  get seal(): Seal | undefined {
    return this.#seal;
  }

  /** Whether this seed has taken over from the seeds before. */
  get isSeated(): boolean {
    return this.#seated === this.#chain.number;
  }

  keepCertificate(certificate: JointCertificate, done: DiskDone): void {
    this.#journal.append(tagged(Tag.certificate, write(jointCertificate, certificate)), done);
  }

  keepProposal(given: Proposal, done: DiskDone): void {
    this.#proposals.push(given);
    this.#journal.append(tagged(Tag.proposal, write(proposal, given)), done);
  }

  /** From this moment on nothing else may be chosen for this number, whatever becomes of the write. */
  keepChoice(number: number, cfg: Uint8Array, done: DiskDone): void {
    this.#choice = { number, cfg };
    this.#journal.append(tagged(Tag.choice, write(choiceLine, { number, cfg })), done);
  }

  keepSeal(given: Seal, done: DiskDone): void {
    this.#seal = given;
    this.#journal.append(tagged(Tag.seal, write(seal, given)), done);
  }

  keepSeated(number: number, done: DiskDone): void {
    this.#seated = number;
    this.#journal.append(tagged(Tag.seated, write(seatedLine, { number })), done);
  }

  /** See {@link Journal.whenIdle}. */
  whenIdle(done: () => void): void {
    this.#journal.whenIdle(done);
  }

  #keepAll([next, ...rest]: readonly JointCertificate[], done: DiskDone): void {
    if (next === undefined) return done();
    this.keepCertificate(next, (error) => (error === undefined ? this.#keepAll(rest, done) : done(error)));
  }

  #load(payload: Uint8Array): RecordFault | undefined {
    const body = payload.subarray(1);
    switch (payload[0]) {
      case Tag.certificate:
        return taken(read(jointCertificate, body), (value) => this.#extend(value));
      case Tag.proposal:
        return taken(read(proposal, body), (value) => void this.#proposals.push(value));
      case Tag.choice:
        return taken(read(choiceLine, body), (value) => {
          this.#choice = value;
        });
      case Tag.seal:
        return taken(read(seal, body), (value) => {
          this.#seal = value;
        });
      case Tag.seated:
        return taken(read(seatedLine, body), ({ number }) => {
          this.#seated = number;
        });
      default:
        return "a record of an unknown kind";
    }
  }

  #extend(certificate: JointCertificate): RecordFault | undefined {
    const answer = this.#chain.extend(certificate, this.#verifier);
    this.#held = Math.max(this.#held, certificate.proposal.terms.number);
    if (answer === "gap") return "a configuration without the one before";
    if (answer === "unreadable")
      return "the seeds sign in a version that this release does not read: nothing is wrong, install the newer one again";
    return typeof answer === "string"
      ? undefined
      : { foreign: `a configuration of another network: ${answer.fault}` };
  }

  *#contents(): Iterable<Uint8Array> {
    for (const one of this.#chain.after(0)) yield tagged(Tag.certificate, write(jointCertificate, one));
    for (const one of this.proposals) yield tagged(Tag.proposal, write(proposal, one));
    if (this.#choice !== undefined) yield tagged(Tag.choice, write(choiceLine, this.#choice));
    if (this.#seal !== undefined) yield tagged(Tag.seal, write(seal, this.#seal));
    if (this.#seated > 0) yield tagged(Tag.seated, write(seatedLine, { number: this.#seated }));
  }
}

function taken<T>(
  value: T | Malformed,
  take: (value: T) => RecordFault | undefined | void,
): RecordFault | undefined {
  return value instanceof Malformed ? value.detail : (take(value) ?? undefined);
}
