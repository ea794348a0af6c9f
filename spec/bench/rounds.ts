import { Bench } from 'tinybench';
import type { BenchRun } from './effort.ts';
import type { Round } from './measurement.ts';

/** Something to be timed many times over. */
export type Work = () => Promise<unknown>;

/** Does something once and answers how long the part of interest took, in milliseconds. */
export type Attempt = () => Promise<number>;

/** Iterations that fill a turn even where one alone exceeds its time. */
const LEAST_ITERATIONS = 3;

/**
 * Times two pieces of work in turn: floor, ours, floor, ours … Samples are in milliseconds. One round
 * goes first and is not counted: it lets both be compiled.
 *
 * @param beforeFloor - done before each piece of the floor, and not timed.
 */
export async function alternate(
  run: BenchRun,
  floor: Work,
  ours: Work,
  beforeFloor?: () => Promise<void>,
): Promise<Round[]> {
  const { rounds, turnMs } = run.effort;
  const taken: Round[] = [];
  for (let index = 0; index <= rounds; index++) {
    const bench = new Bench({
      time: turnMs,
      iterations: LEAST_ITERATIONS,
      warmup: false,
      retainSamples: true,
      throws: true,
      signal: run.signal,
    });
    const hooks = beforeFloor === undefined ? {} : { beforeEach: beforeFloor };
    bench.add('floor', floor, { async: true, ...hooks });
    bench.add('ours', ours, { async: true });
    await bench.run();
    run.signal.throwIfAborted();
    const round = { floor: samplesOf(bench, 'floor'), ours: samplesOf(bench, 'ours') };
    if (index > 0) taken.push(round);
  }
  return taken;
}

function samplesOf(bench: Bench, name: string): readonly number[] {
  const result = bench.getTask(name)?.result;
  if (result === undefined || !('latency' in result)) throw new Error(`${name} has no result`);
  return result.latency.samples ?? [];
}

/** Makes attempts in turn: floor, ours, floor, ours … One pair goes first and is not counted. */
export async function alternateOnce(
  run: BenchRun,
  floor: Attempt | undefined,
  ours: Attempt,
): Promise<Round[]> {
  const taken: Round[] = [];
  for (let index = 0; index <= run.effort.once; index++) {
    run.signal.throwIfAborted();
    const round = { floor: floor === undefined ? [] : [await floor()], ours: [await ours()] };
    if (index > 0) taken.push(round);
  }
  return taken;
}

/** The rounds in another unit, or per part of what was timed. */
export function scaled(rounds: readonly Round[], factor: number): Round[] {
  const scale = (samples: readonly number[]): number[] => samples.map((each) => each * factor);
  return rounds.map(({ floor, ours }) => ({ floor: scale(floor), ours: scale(ours) }));
}
