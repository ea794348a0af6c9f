/** What keeps a process alive, or would: threads, ports, timers, files. */
export function activeResources(): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const name of process.getActiveResourcesInfo()) counts[name] = (counts[name] ?? 0) + 1;
  // The runner's own timeout comes and goes with each test.
  delete counts['Timeout'];
  delete counts['Immediate'];
  return counts;
}
