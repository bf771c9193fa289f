/**
 * Bundles TypeScript entries of one package to ES modules that Node runs, and returns their paths in that order.
 * Default of `outdir`: `.bundle` in the entries' package. Safe to call from several processes at once.
 */
export function bundle(entries: readonly string[], outdir?: string): Promise<string[]>;
