import { isAbsolute, resolve } from "node:path";

/** The caller gave an option that does not exist, a value that cannot be, or a file that is of no use. */
export class UsageError extends Error {}

/**
 * Runs a program. A {@link UsageError} becomes one sentence and exit code 2; anything else is a bug and shows its
 * stack. Where nobody reads what it prints, the program ends.
 */
export async function run(program: () => Promise<number> | number): Promise<void> {
  process.stdout.on("error", () => process.exit(1));
  try {
    process.exitCode = await program();
  } catch (error) {
    console.error(
      error instanceof UsageError ? `error: ${error.message.replaceAll(/\s*\n\s*/g, " ")}` : error,
    );
    process.exitCode = error instanceof UsageError ? 2 : 1;
  }
}

/** A path as the caller means it: npm changes the working directory, and says where the caller stood. */
export function callersPath(path: string): string {
  return isAbsolute(path) ? path : resolve(process.env["INIT_CWD"] ?? process.cwd(), path);
}
