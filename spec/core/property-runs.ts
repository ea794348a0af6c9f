/** How often fast-check tries a property: 100 by default, more in the deep runs. */
export const RUNS: { readonly numRuns: number } = {
  numRuns: Number(process.env['FC_RUNS'] ?? 100),
};
