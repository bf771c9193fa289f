/**
 * Looks over the names of what a caller gave: one that nobody reads is a mistake, as in `{ messageMax: 10 }`.
 * @param known what there is, from an object that has a place for each.
 * @param prefix what stands before a name in words, as `store.` does.
 * @throws TypeError that says what is unknown, and what was meant by it, as far as that can be guessed.
 */
export function checkNames(given: object, known: Readonly<Record<string, unknown>>, prefix = ""): void {
  const names = Object.keys(known);
  for (const name of Object.keys(given)) {
    if (Object.hasOwn(known, name)) continue;
    const near = nearest(name, names);
    const hint = near === undefined ? `there are ${names.join(", ")}` : `did you mean ${prefix}${near}?`;
    throw new TypeError(`there is no option ${prefix}${name}: ${hint}`);
  }
}

/** The name that is like `word` but for a third of its letters or fewer; the first of several. Case does not count. */
function nearest(word: string, names: readonly string[]): string | undefined {
  const distances = names.map((name) => editDistance(word.toLowerCase(), name.toLowerCase()));
  const least = Math.min(...distances);
  return least <= Math.max(1, word.length / 3) ? names[distances.indexOf(least)] : undefined;
}

/** How many letters have to be put in, taken away or changed to make one word of the other. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let index = 0; index < a.length; index++) {
    const above = row;
    row = [index + 1];
    for (let column = 0; column < b.length; column++) {
      const change = (above[column] as number) + (b[column] === a[index] ? 0 : 1);
      row.push(Math.min(change, (above[column + 1] as number) + 1, (row[column] as number) + 1));
    }
  }
  return row.at(-1) as number;
}
