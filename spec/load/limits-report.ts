/** What one phase has come to. */
export interface LimitsPhase {
  readonly phase: 'start' | 'ask' | 'stop half' | 'start again' | 'stop all';
  /** Instances that run at its end. */
  readonly instances: number;
  readonly seconds: number;
  readonly mappings: number;
  readonly rssBytes: number;
}

/** What the load has come to. */
export interface LimitsReport {
  readonly wasInterrupted: boolean;
  readonly phases: readonly LimitsPhase[];
  /** Details of the refusals that ended the starts. */
  readonly refusals: readonly Readonly<Record<string, unknown>>[];
  /** What should not have happened; none in a good run. */
  readonly faults: readonly string[];
}

const HEADINGS = ['phase', 'instances', 'seconds', 'mappings', 'RSS MiB'];

/** The report for people. */
export function limitsText({ wasInterrupted, phases, refusals, faults }: LimitsReport): string {
  const rows = [HEADINGS, ...phases.map(cellsOf)];
  const widths = HEADINGS.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows
    .map((row) =>
      row
        .map((cell, at) => (at === 0 ? cell.padEnd(widths[at]!) : cell.padStart(widths[at]!)))
        .join('  '),
    )
    .concat(
      refusals.map((details) => `refused: ${JSON.stringify(details)}`),
      faults.map((fault) => `FAULT: ${fault}`),
      wasInterrupted ? ['interrupted'] : [],
      faults.length === 0 ? 'nothing was wrong' : `${faults.length} faults`,
    )
    .join('\n');
}

function cellsOf({ phase, instances, seconds, mappings, rssBytes }: LimitsPhase): string[] {
  return [
    phase,
    String(instances),
    seconds.toFixed(1),
    String(mappings),
    (rssBytes / 1_048_576).toFixed(0),
  ];
}
