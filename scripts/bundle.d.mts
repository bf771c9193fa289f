/** How {@link bundle} builds. */
export interface BundleOptions {
  /** Default: `.bundle` in the entries' package. */
  readonly outdir?: string;
  /**
   * Gets each TypeScript source with its path, and returns what is to be built in its place. Default: as it is.
   */
  readonly rewrite?: (file: string, source: string) => string;
}

/**
 * Bundles TypeScript entries of one package to ES modules that Node runs, and returns their paths in that order.
 * Safe to call from several processes at once.
 */
export function bundle(entries: readonly string[], options?: BundleOptions): Promise<string[]>;
