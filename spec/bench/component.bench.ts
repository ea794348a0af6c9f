import { transpileBytes } from '@bytecodealliance/jco-transpile';
import { admitModule } from '../../lib/wasm/admit-module.ts';
import { readComponent } from '../../lib/wasm/component-reader.ts';
import { type HostFunction, HostResource } from '../../workers/abi/component/host-imports.ts';
import { guestBytes } from '../guests/guest-file.ts';
import { bind } from '../workers/component-guest.ts';
import { JcoFolder, type JcoFunction } from '../workers/component-jco.ts';
import type { BenchRun } from './effort.ts';
import { largeComponent } from './large-component.ts';
import { type Measurement, measurementOf } from './measurement.ts';
import { alternate, alternateOnce, scaled } from './rounds.ts';

/** Calls that are timed together. */
const BATCH = 100;
const KEY = 'key';
/** Of the module's own limits, which play no part. */
const LIMITS = { abi: 'auto', memoryBytes: 67_108_864, tableEntries: 1_000_000 } as const;

/** What both call: three functions that do next to nothing, and the drop of a handle. */
class Counter {
  count = 0n;
  readonly open = (): Bucket => new Bucket();
  readonly increment = (): bigint => ++this.count;
  readonly log = (): void => undefined;
}

class Bucket extends HostResource {
  get(): undefined {
    return undefined;
  }
  set(): void {}
  delete(): void {}
  exists(): boolean {
    return false;
  }
  listKeys(): object {
    return { keys: [], cursor: undefined };
  }
}

const unused: HostFunction = () => {
  throw new Error('the benchmark does not call this');
};

const STORE = 'wasi:keyvalue/store@0.2.0-draft';

function bound(counter: Counter): () => unknown {
  const rest = ['get', 'set', 'delete', 'exists', 'list-keys'].map(
    (name) => [`${STORE}#[method]bucket.${name}`, unused] as const,
  );
  const batch = ['get-many', 'set-many', 'delete-many'].map(
    (name) => [`wasi:keyvalue/batch@0.2.0-draft#${name}`, unused] as const,
  );
  const guest = bind(guestBytes('counter-c'), {
    [`${STORE}#open`]: counter.open,
    'wasi:keyvalue/atomics@0.2.0-draft#increment': counter.increment,
    'wasi:logging/logging@0.1.0-draft#log': counter.log,
    ...Object.fromEntries([...rest, ...batch]),
  });
  return () => guest.invoke('bump', [KEY]);
}

async function transpiled(counter: Counter, folder: JcoFolder): Promise<() => unknown> {
  const component = await folder.transpile(guestBytes('counter-c'));
  const { bump } = component.instantiate({
    'wasi:keyvalue/store': { Bucket, open: counter.open },
    'wasi:keyvalue/atomics': { increment: counter.increment },
    'wasi:keyvalue/batch': { getMany: unused, setMany: unused, deleteMany: unused },
    'wasi:logging/logging': { log: counter.log },
  });
  return () => (bump as JcoFunction)(KEY);
}

async function benchCalls(run: BenchRun): Promise<Measurement> {
  run.progress('calls with three imports, against jco');
  await using folder = await JcoFolder.open();
  const counters = [new Counter(), new Counter()] as const;
  const [ours, theirs] = [bound(counters[0]), await transpiled(counters[1], folder)];
  const many = (bump: () => unknown) => async (): Promise<void> => {
    for (let call = 0; call < BATCH; call++) bump();
  };
  const rounds = await alternate(run, many(theirs), many(ours));
  if (ours() !== counters[0].count || theirs() !== counters[1].count) {
    throw new Error('the calls did not count');
  }
  return measurementOf(
    {
      name: 'component call with three imports, against jco',
      what: `the export \`bump\` of \`counter-c\`, which opens a bucket, increments, logs and drops the bucket, with functions in the same thread that do nothing more; ${BATCH} calls, divided by ${BATCH}`,
      floor:
        'no floor but a peer: the same component and the same functions through the JavaScript that `@bytecodealliance/jco-transpile` makes of it',
      unit: 'µs',
      aim: { kind: 'ratio', atMost: 0.2 },
    },
    scaled(rounds, 1_000 / BATCH),
  );
}

async function timed(work: () => unknown): Promise<number> {
  const beganAt = performance.now();
  await work();
  return performance.now() - beganAt;
}

const LOADS = [
  {
    name: 'load of a large component, against jco',
    what: 'reading and admitting, until it can be compiled, with the survey of all code for what could not be killed',
    load: (bytes: Uint8Array) => admitModule(bytes, LIMITS),
    aim: { kind: 'ratio', atMost: 0.02 },
  },
  {
    name: 'reading a large component, against jco',
    what: 'reading alone, without looking into its core module,',
    load: (bytes: Uint8Array) => readComponent(bytes),
  },
] as const;

async function benchLoads(run: BenchRun): Promise<Measurement[]> {
  const mib = run.effort.componentBytes / 1_048_576;
  const bytes = await largeComponent(run.effort.componentBytes);
  const once = Math.min(run.effort.once, 10);
  const transpile = (): Promise<number> =>
    timed(() =>
      transpileBytes(bytes, {
        name: 'large',
        instantiation: 'sync',
        emitTypescriptDeclarations: false,
      }),
    );
  const measured: Measurement[] = [];
  for (const { load, what, ...subject } of LOADS) {
    run.progress(subject.name);
    const rounds = await alternateOnce({ ...run, effort: { ...run.effort, once } }, transpile, () =>
      timed(() => load(bytes)),
    );
    const floor =
      'no floor but a peer: `transpileBytes` of `@bytecodealliance/jco-transpile`, which ends before anything is compiled, too';
    const told = `${what} of a component of ${mib} MiB; nearly all of it is generated code of one core module, no real program`;
    measured.push(measurementOf({ ...subject, what: told, floor, unit: 'ms' }, rounds));
  }
  return measured;
}

/** Our interpreter of the canonical ABI beside the code that jco generates for it. */
export async function benchComponent(run: BenchRun): Promise<Measurement[]> {
  return [await benchCalls(run), ...(await benchLoads(run))];
}
