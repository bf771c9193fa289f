/**
 * Looks over the names of what a caller gave: one that nobody reads is a mistake, as in `{ messageMax: 10 }`.
 * @param known what there is, from an object that has a place for each.
 * @param prefix what stands before a name in words, as `store.` does.
 * @throws TypeError that says what is unknown, and what there is.
 */
export function checkNames(given: object, known: Readonly<Record<string, unknown>>, prefix = ""): void {
  for (const name of Object.keys(given)) {
    if (Object.hasOwn(known, name)) continue;
    throw new TypeError(`there is no option ${prefix}${name}: there are ${Object.keys(known).join(", ")}`);
  }
}
