/** Skips a spec and says why, so that nobody takes it for one that has passed. */
export function skipLoudly(context: Mocha.Context, why: string): never {
  console.error(`      SKIPPED: ${why}`);
  return context.skip();
}
