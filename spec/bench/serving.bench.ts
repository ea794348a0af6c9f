import type { Host } from '../../lib/host/host.ts';
import { startHost } from '../../lib/start-host.ts';
import { guestPath } from '../guests/guest-file.ts';
import type { BenchRun } from './effort.ts';
import { type Measurement, measurementOf, type Round } from './measurement.ts';
import { Workerd, type WorkerUrls } from './workerd/workerd.ts';
import { type LoadRequest, Wrk } from './workerd/wrk.ts';

const ROUNDS_OF_FULL_EFFORT = 5;
const SECONDS_OF_FULL_EFFORT = 3;
const REUSED = 1_000;

interface Serving {
  readonly name: string;
  readonly what: string;
  readonly floor: string;
  readonly worker: keyof WorkerUrls;
  readonly json?: string;
  ours(host: Host): string;
}

const SERVING: readonly Serving[] = [
  {
    name: 'invoke over HTTP',
    what: '`POST /v1/instances/core/invoke/add` with `{"args":[1,2]}`, the microseconds from one answer to the next at 16 connections of `wrk`, with metrics and every check as by default',
    floor:
      '`workerd` with a worker that reads the same JSON, calls the same export of the same module and answers alike',
    worker: 'invoke',
    json: '{"args":[1,2]}',
    ours: ({ url }) => `${url}/v1/instances/core/invoke/add`,
  },
  {
    name: 'trigger, an instantiation each',
    what: 'a `GET` that a trigger leads to `serve-c`, a fresh instantiation of the component for each request as by default',
    floor:
      '`workerd` with the same component translated by jco and a lean `wasi:http`, instantiated for each request',
    worker: 'fresh',
    ours: ({ triggerUrl }) => `${triggerUrl}/count/fresh`,
  },
  {
    name: 'trigger, kept instantiation',
    what: `the same with \`requestsPerInstantiation: ${REUSED}\``,
    floor: 'the same worker, which keeps its instantiation',
    worker: 'kept',
    ours: ({ triggerUrl }) => `${triggerUrl}/count`,
  },
];

async function startServing(): Promise<Host> {
  const host = await startHost({
    listen: '127.0.0.1:0',
    triggerListen: '127.0.0.1:0',
    triggers: [
      { name: 'fresh', path: '/count/fresh', instanceId: 'fresh' },
      { name: 'kept', path: '/count', instanceId: 'kept' },
    ],
  });
  const { supervisor } = host;
  const module = guestPath('serve-c');
  await supervisor.startInstance({ instanceId: 'core', module: guestPath('core') });
  await supervisor.startInstance({ instanceId: 'fresh', module });
  await supervisor.startInstance({
    instanceId: 'kept',
    module,
    limits: { requestsPerInstantiation: REUSED },
  });
  return host;
}

async function measured(
  run: BenchRun,
  wrk: Wrk,
  floor: LoadRequest,
  ours: LoadRequest,
): Promise<Round[]> {
  const isFull = run.effort.rounds > 1;
  const seconds = isFull ? SECONDS_OF_FULL_EFFORT : 1;
  const rounds: Round[] = [];
  for (let round = isFull ? -1 : 0; round < (isFull ? ROUNDS_OF_FULL_EFFORT : 1); round += 1) {
    const taken = {
      floor: [await wrk.microsecondsEach(floor, seconds, run.signal)],
      ours: [await wrk.microsecondsEach(ours, seconds, run.signal)],
    };
    if (round >= 0) rounds.push(taken);
  }
  return rounds;
}

/** What guests answer over HTTP, beside the same guests in `workerd`; empty where that, or `wrk`, is missing. */
export async function benchServing(run: BenchRun): Promise<Measurement[]> {
  await using wrk = await Wrk.open();
  if (wrk === undefined) {
    run.progress('SKIPPED: wrk is not installed (Debian has it)');
    return [];
  }
  await using workerd = await Workerd.open();
  if (workerd === undefined) {
    run.progress('SKIPPED: there is no workerd for this platform');
    return [];
  }
  const host = await startServing();
  try {
    const results: Measurement[] = [];
    for (const { name, what, floor, worker, json, ours } of SERVING) {
      run.progress(name);
      const request = (url: string): LoadRequest => ({
        url,
        ...(json === undefined ? {} : { json }),
      });
      const rounds = await measured(run, wrk, request(workerd.urls[worker]), request(ours(host)));
      const subject = { name, what, floor, unit: 'µs', aim: { kind: 'ratio', atMost: 1 } } as const;
      results.push(measurementOf(subject, rounds));
    }
    return results;
  } finally {
    await host.destroy();
  }
}
