/** Slips of the hand that a word may be away from the one that was meant. */
const MOST_SLIPS = 3;

/**
 * The known word that a misspelt one was meant to be.
 *
 * @returns undefined where none is near enough.
 * @internal
 */
export function closestWord(word: string, known: readonly string[]): string | undefined {
  const most = Math.min(MOST_SLIPS, Math.floor(word.length / 2));
  let best: { readonly name: string; readonly slips: number } | undefined;
  for (const name of known) {
    if (Math.abs(name.length - word.length) > most) continue;
    const slips = slipsBetween(word.toLowerCase(), name.toLowerCase());
    if (slips <= most && (best === undefined || slips < best.slips)) best = { name, slips };
  }
  return best?.name;
}

/** Levenshtein's distance. */
function slipsBetween(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const exchange = (row[j - 1] ?? 0) + Number(a[i - 1] !== b[j - 1]);
      next.push(Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, exchange));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
