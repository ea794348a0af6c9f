import { context, propagation, trace } from '@opentelemetry/api';
import { NodeTracerProvider, NoopSpanProcessor } from '@opentelemetry/sdk-trace-node';
import type { Supervisor } from '../../lib/actors/supervisor.ts';
import type { TelemetryOptions } from '../../lib/core/telemetry-options.ts';
import { createSupervisor } from '../../lib/create-supervisor.ts';
import { kvGrant } from '../e2e/fixtures.ts';
import { guestPath } from '../guests/guest-file.ts';
import type { BenchRun } from './effort.ts';
import { type Aim, type Measurement, measurementOf } from './measurement.ts';
import { alternate, scaled, type Work } from './rounds.ts';

const ON: Aim = { kind: 'ratio', atMost: 1.05 };

const KINDS: readonly {
  readonly name: string;
  readonly telemetry: TelemetryOptions;
  readonly aim?: Aim;
}[] = [
  // Against itself: what the others are to be read against.
  { name: 'off', telemetry: {} },
  { name: 'metrics', telemetry: { metrics: true }, aim: ON },
  { name: 'metrics and traces', telemetry: { metrics: true, traces: true } },
];

interface Subject {
  readonly supervisor: Supervisor;
  readonly id: string;
}

async function subjectOf(telemetry: TelemetryOptions): Promise<Subject> {
  const supervisor = await createSupervisor({ telemetry });
  const capabilities = [kvGrant(['kv:read', 'kv:write'])];
  const id = await supervisor.startInstance({ module: guestPath('counter-c'), capabilities });
  await supervisor.invoke(id, 'write', ['key', new Uint8Array(24)]);
  return { supervisor, id };
}

/** What it costs a call and a capability call that they are counted, timed and traced. */
export async function benchTelemetry(run: BenchRun): Promise<Measurement[]> {
  const provider = new NodeTracerProvider({ spanProcessors: [new NoopSpanProcessor()] });
  provider.register();
  try {
    const measured: Measurement[] = [];
    for (const kind of KINDS) measured.push(...(await measureKind(run, kind)));
    return measured;
  } finally {
    trace.disable();
    context.disable();
    propagation.disable();
    await provider.shutdown();
  }
}

async function measureKind(
  run: BenchRun,
  { name, telemetry, aim }: (typeof KINDS)[number],
): Promise<Measurement[]> {
  const floor = await subjectOf({});
  const ours = await subjectOf(telemetry);
  const { batch } = run.effort;
  const call =
    ({ supervisor, id }: Subject): Work =>
    () =>
      supervisor.invoke(id, 'add', [20, 22]);
  const capability =
    ({ supervisor, id }: Subject): Work =>
    () =>
      supervisor.invoke(id, 'read-many', ['key', batch]);
  const subject = (what: string, kind: string) => ({
    name: `${kind}, telemetry: ${name}`,
    what,
    floor: 'the same by another supervisor without the option `telemetry`',
    unit: 'µs' as const,
    ...(aim === undefined ? {} : { aim }),
  });
  try {
    run.progress(name);
    const calls = await alternate(run, call(floor), call(ours));
    const gets = await alternate(run, capability(floor), capability(ours));
    return [
      measurementOf(
        subject('`supervisor.invoke(id, "add", [20, 22])`, guest `counter-c`', 'invoke'),
        scaled(calls, 1_000),
      ),
      measurementOf(
        subject(`one \`bucket.get\` of ${batch} within a call, guest \`counter-c\``, 'kv get'),
        scaled(gets, 1_000 / batch),
      ),
    ];
  } finally {
    await floor.supervisor.destroy();
    await ours.supervisor.destroy();
  }
}
