import type { Supervisor } from '../../lib/actors/supervisor.ts';
import type { InstanceSpec } from '../../lib/core/instance-spec.ts';
import type { ModuleInfo } from '../../lib/wasm/module-info.ts';

const HEADINGS = ['guest', 'abi', 'bytes', 'admit ms', 'start ms', 'result'];

interface MatrixRow {
  readonly guest: string;
  readonly abi: string;
  readonly bytes: number;
  readonly admitMs: number;
  readonly startMs: number;
  result: string;
}

/** A guest of the matrix that runs. */
export interface StartedGuest {
  readonly id: string;
  readonly info: ModuleInfo;
  /** Writes what came of it into the table. */
  conclude(result: string): void;
}

/** Starts guests, and remembers for a table what each took and what came of it. */
export class MatrixTable {
  readonly #rows: MatrixRow[] = [];
  readonly #skipped: string[] = [];

  /** Admits a module and starts it; until it is concluded its row says that it failed. */
  async start(supervisor: Supervisor, guest: string, spec: InstanceSpec): Promise<StartedGuest> {
    const begunMs = performance.now();
    const info = await supervisor.inspectModule(spec.module);
    const admittedMs = performance.now();
    const row: MatrixRow = {
      guest,
      abi: info.abi,
      bytes: info.sizeBytes,
      admitMs: admittedMs - begunMs,
      startMs: 0,
      result: 'FAILED',
    };
    const at = this.#rows.push(row) - 1;
    const id = await supervisor.startInstance(spec);
    const started = { ...row, startMs: performance.now() - admittedMs };
    this.#rows[at] = started;
    return {
      id,
      info,
      conclude: (result) => {
        started.result = result;
      },
    };
  }

  /** Notes a guest that is not there to be run. */
  skip(guest: string, why: string): void {
    this.#skipped.push(`SKIPPED ${guest}: ${why}`);
  }

  toString(): string {
    const cells = this.#rows.map(({ guest, abi, bytes, admitMs, startMs, result }) => [
      guest,
      abi,
      bytes.toLocaleString('en'),
      admitMs.toFixed(0),
      startMs.toFixed(0),
      result,
    ]);
    const lines = [HEADINGS, ...cells];
    const widths = HEADINGS.map((_, column) =>
      Math.max(...lines.map((line) => line[column]?.length ?? 0)),
    );
    const text = lines.map((line) =>
      line.map((cell, column) => {
        const width = widths[column] ?? 0;
        return column >= 2 && column <= 4 ? cell.padStart(width) : cell.padEnd(width);
      }),
    );
    return [...text.map((line) => line.join('  ').trimEnd()), ...this.#skipped].join('\n');
  }
}
