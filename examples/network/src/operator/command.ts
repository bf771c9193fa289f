import type { Given, OptionTable } from "../options.ts";

/** One command of the operator's program. */
export interface Command {
  /** What it is for, and an example. */
  readonly usage: string;
  readonly options: OptionTable;
  run(given: Given): Promise<void>;
}
