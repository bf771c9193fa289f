import { existsSync, readFileSync, rmSync } from "node:fs";
import { type Proposal, proposal as proposalField } from "@p2p/consensus";
import { P2PError } from "@p2p/identity";
import { Malformed, read, write } from "@p2p/wire";
import { writeWhole } from "../config-file.ts";

const LINE = /^proposal = ([\w-]+)$/m;

/**
 * What operators have signed and the network has not decided yet, in a file beside the config file. It is there before any
 * seed hears of it: of two different ones of one number none might ever hold, so a command that is run again goes on with
 * this one. It is no secret.
 */
export class SignedChange {
  readonly file: string;

  /** @param config path of the config file. */
  constructor(config: string) {
    this.file = `${config}.change`;
  }

  /** @throws P2PError `STORE_CORRUPT` when the file holds none, `DISK_FAILED` when it cannot be read. */
  read(): Proposal | undefined {
    if (!existsSync(this.file)) return undefined;
    const [, text = ""] = LINE.exec(this.#text()) ?? [];
    const value = read(proposalField, Buffer.from(text, "base64url"));
    if (!(value instanceof Malformed)) return value;
    throw new P2PError(
      "STORE_CORRUPT",
      `${this.file} does not hold a change that was signed: restore it; delete it only if no seed has been told of it`,
    );
  }

  /** @param what it is, in a line for people. */
  write(proposal: Proposal, what: string): void {
    const text = Buffer.from(write(proposalField, proposal)).toString("base64url");
    writeWhole(
      this.file,
      `# Signed and under way: configuration ${proposal.terms.number}: ${what}\nproposal = ${text}\n`,
    );
  }

  remove(): void {
    rmSync(this.file, { force: true });
  }

  #text(): string {
    try {
      return readFileSync(this.file, "utf8");
    } catch (error) {
      throw new P2PError("DISK_FAILED", `cannot read ${this.file}: ${(error as Error).message}`, error);
    }
  }
}
