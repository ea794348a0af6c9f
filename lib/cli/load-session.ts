import type { Supervisor } from '../actors/supervisor.ts';
import { bytesText } from '../core/bytes-text.ts';
import { invalidField, isWasmatrixError } from '../core/errors.ts';
import { createSupervisor } from '../index.ts';
import { callArguments } from './call-arguments.ts';
import { exampleModule } from './example-project.ts';
import { progressOf } from './progress.ts';
import type { LoadOptions } from './session-options.ts';
import { stopSignals } from './stop-signal.ts';
import { Terminal } from './terminal.ts';

/** Starts and calls at a time. */
const AT_ONCE = 16;
const MOST_INSTANCES = 100_000;

interface LoadReport {
  readonly instances: number;
  /** Why there are fewer than were asked for: what the first refusal said. */
  readonly refusal?: string;
  readonly startMs: number;
  readonly startsPerSecond: number;
  readonly calls: number;
  readonly failedCalls: number;
  readonly callsPerSecond: number;
  readonly callMs: { readonly p50: number; readonly p99: number; readonly max: number };
  readonly threads: number;
  readonly rssBytes: number;
  readonly bytesPerInstance: number;
}

/** Starts instances until there are enough or no more fit, calls each, and says what came of it. */
export async function runLoad(
  file: string | undefined,
  args: readonly string[],
  options: LoadOptions,
): Promise<void> {
  const { instances, invoke = file === undefined ? 'add' : undefined } = options;
  if (instances < 1 || instances > MOST_INSTANCES) {
    throw invalidField('instances', `must be between 1 and ${MOST_INSTANCES}`);
  }
  const terminal = new Terminal(options.json);
  using signals = stopSignals();
  await using supervisor = await createSupervisor();
  const module = file ?? exampleModule();
  const info = await supervisor.inspectModule(module);
  const target = info.exports.find(({ name }) => name === invoke);
  const callArgs = callArguments(file === undefined ? ['2', '3'] : args, target?.params);
  const before = (await supervisor.stats()).memory.rssBytes;

  const ids: string[] = [];
  let refusal: string | undefined;
  const startedAt = performance.now();
  await each(instances, 'starts', signals.gentle, async () => {
    if (refusal !== undefined) return;
    try {
      ids.push(await supervisor.startInstance({ module, residency: options.residency }));
    } catch (error) {
      if (!isWasmatrixError(error) || error.code !== 'RESOURCE_EXHAUSTED') throw error;
      refusal = error.message;
    }
  });
  const startMs = performance.now() - startedAt;

  const timesMs: number[] = [];
  let failedCalls = 0;
  const calledAt = performance.now();
  const calls = invoke === undefined ? 0 : ids.length * options.calls;
  await each(calls, 'calls', signals.gentle, async (index) => {
    const began = performance.now();
    try {
      await supervisor.invoke(ids[index % ids.length] ?? '', invoke ?? '', callArgs);
      timesMs.push(performance.now() - began);
    } catch {
      failedCalls += 1;
    }
  });
  const callsMs = performance.now() - calledAt;

  const rest = { refusal, startMs, timesMs, failedCalls, callsMs, before };
  const report = await reportOf(supervisor, ids.length, rest);
  terminal.result(report, () => reportText(report));
}

async function reportOf(
  supervisor: Supervisor,
  instances: number,
  {
    refusal,
    startMs,
    timesMs,
    failedCalls,
    callsMs,
    before,
  }: {
    readonly refusal: string | undefined;
    readonly startMs: number;
    readonly timesMs: number[];
    readonly failedCalls: number;
    readonly callsMs: number;
    readonly before: number;
  },
): Promise<LoadReport> {
  const { threads, memory } = await supervisor.stats();
  const sorted = timesMs.toSorted((a, b) => a - b);
  const quantile = (share: number): number =>
    sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
  return {
    instances,
    ...(refusal === undefined ? {} : { refusal }),
    startMs,
    startsPerSecond: (instances / Math.max(1, startMs)) * 1_000,
    calls: sorted.length,
    failedCalls,
    callsPerSecond: (sorted.length / Math.max(1, callsMs)) * 1_000,
    callMs: { p50: quantile(0.5), p99: quantile(0.99), max: sorted.at(-1) ?? 0 },
    threads: threads.total,
    rssBytes: memory.rssBytes,
    bytesPerInstance: Math.round(Math.max(0, memory.rssBytes - before) / Math.max(1, instances)),
  };
}

function reportText(report: LoadReport): string {
  const { instances, refusal, startMs, startsPerSecond, calls, failedCalls, callMs } = report;
  return [
    `${instances} instances in ${(startMs / 1_000).toFixed(2)} s, ${startsPerSecond.toFixed(0)} a second`,
    ...(refusal === undefined ? [] : [`no more: ${refusal}`]),
    `${calls} calls, ${report.callsPerSecond.toFixed(0)} a second, ${failedCalls} failed`,
    `  half of them within ${callMs.p50.toFixed(2)} ms, 99 % within ${callMs.p99.toFixed(2)} ms, ` +
      `all within ${callMs.max.toFixed(2)} ms`,
    `${report.threads} threads, ${bytesText(report.rssBytes)} of memory, ` +
      `${bytesText(report.bytesPerInstance)} for each instance`,
  ].join('\n');
}

/** Does something so many times, some at once, until it is done or nobody wants it any more. */
async function each(
  count: number,
  what: string,
  signal: AbortSignal,
  work: (index: number) => Promise<void>,
): Promise<void> {
  const progress = progressOf(what, count);
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < count && !signal.aborted) {
      const index = next++;
      await work(index);
      progress.step();
    }
  };
  try {
    await Promise.all(Array.from({ length: Math.min(AT_ONCE, count) }, lane));
  } finally {
    progress.stop();
  }
}
