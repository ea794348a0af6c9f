import { availableParallelism } from 'node:os';
import { DEFAULT_MAX_THREADS, ownBound } from '../core/capacity-options.ts';
import { type DoctorOptions, type DoctorReport, diagnosis } from '../core/doctor.ts';
import { integerIn, knownFields } from '../core/field-checks.ts';
import { machineBounds } from '../core/machine-figures.ts';
import { machineFigures } from './process-figures.ts';
import { textOf } from './text-file.ts';

const PAGE_BYTES = 65_536;
const MOST_MEMORY_BYTES = 2 ** 32;
const MOST_MEMORIES = 32;
const MOST_THREADS = 100_000;

/**
 * Finds out what this process could carry on this machine, and what limits it. Starts nothing; what runs
 * already is counted as used.
 *
 * @throws `INVALID_REQUEST` naming the option.
 * @public
 */
export async function doctor(options: DoctorOptions = {}): Promise<DoctorReport> {
  const given = knownFields(options, 'options', ['memoryBytes', 'memories', 'maxThreads']);
  const integer = (name: keyof DoctorOptions, max: number, fallback: number): number =>
    integerIn(given[name], name, { min: 0, max, fallback });
  const guest = {
    memoryBytes: integer('memoryBytes', MOST_MEMORY_BYTES, PAGE_BYTES),
    memories: integer('memories', MOST_MEMORIES, 1),
  };
  const maxThreads = integer('maxThreads', MOST_THREADS, DEFAULT_MAX_THREADS);
  const [figures, overcommit] = await Promise.all([
    machineFigures(),
    textOf('/proc/sys/vm/overcommit_memory'),
  ]);
  return diagnosis(
    {
      platform: `${process.platform}-${process.arch}`,
      nodeVersion: process.versions.node,
      cores: availableParallelism(),
      memoryBytes: figures.totalBytes,
      availableBytes: figures.availableBytes,
      ...(overcommit === undefined ? {} : { overcommit: Number(overcommit) }),
    },
    [...ownBound('threads', 0, maxThreads, 'maxThreads'), ...machineBounds(figures)],
    guest,
  );
}
