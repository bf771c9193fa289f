/** A host's program threw, at its boot or in a callback. The error itself is the `cause`. */
export class HostFailure extends Error {
  override readonly name = "HostFailure";
  readonly host: string;
  /** Virtual milliseconds. */
  readonly at: number;

  constructor(host: string, at: number, cause: unknown) {
    const what = cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause);
    super(`${host} at ${at.toFixed(3)} ms: ${what}`, { cause });
    this.host = host;
    this.at = at;
  }
}

/** Makes one error out of several, and leaves one alone. */
export function combined(failures: readonly HostFailure[]): Error {
  const [first] = failures;
  if (first !== undefined && failures.length === 1) return first;
  return new AggregateError(failures, failures.map(({ message }) => message).join("; "));
}
