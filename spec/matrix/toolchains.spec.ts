import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import * as fc from 'fast-check';
import type { Supervisor } from '../../lib/actors/supervisor.ts';
import { createSupervisor } from '../../lib/create-supervisor.ts';
import { PROPERTY_TIMEOUT_MS, THREAD_RUNS } from '../e2e/fixtures.ts';
import { run } from '../gates/run-tool.ts';
import { REPOSITORY_ROOT } from '../repository-root.ts';

const BUILDS = {
  'core-O0': 'core',
  'core-O3': 'core',
  'core-simd': 'core',
  reactor: 'core',
  component: 'component',
} as const;

describe('one C source, built in five ways', function () {
  this.timeout(PROPERTY_TIMEOUT_MS + 60_000);
  let folder: string;
  let supervisor: Supervisor;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'wasmatrix-builds-'));
    const script = join(REPOSITORY_ROOT, 'spec', 'matrix', 'build-compute.mjs');
    const { code, output } = await run(process.execPath, [script, folder], REPOSITORY_ROOT);
    expect(code, output).to.equal(0);
    supervisor = await createSupervisor();
  });

  after(async () => {
    await supervisor.destroy();
    await rm(folder, { recursive: true, force: true });
  });

  it('gives the same answers through the same calls', async () => {
    const ids: string[] = [];
    const hashes = new Set<string>();
    for (const [name, abi] of Object.entries(BUILDS)) {
      const module = join(folder, `${name}.wasm`);
      const info = await supervisor.inspectModule(module);
      expect(info.abi, name).to.equal(abi);
      hashes.add(info.sha256);
      // Without imports a reactor of WASI is a core module too, unless it is said what it is.
      const isWasi = name === 'reactor';
      ids.push(await supervisor.startInstance({ module, abi: isWasi ? 'wasi' : 'auto' }));
    }
    expect(hashes.size, 'five different modules').to.equal(5);
    const call = fc.oneof(
      fc.tuple(fc.constant('sieve'), fc.nat(3_000)),
      fc.tuple(fc.constant('fib'), fc.nat(15)),
      fc.tuple(fc.constant('hash'), fc.nat(5_000)),
    );
    await fc.assert(
      fc.asyncProperty(call, async ([name, argument]) => {
        const answers = await Promise.all(ids.map((id) => supervisor.invoke(id, name, [argument])));
        // A core function has no sign; a component's type says that there is none.
        const unsigned = new Set(answers.map((answer) => Number(answer) >>> 0));
        expect([...unsigned]).to.have.length(1);
      }),
      { numRuns: THREAD_RUNS },
    );
    expect(await supervisor.invoke(ids[0] ?? '', 'sieve', [100])).to.equal(25);
    expect(await supervisor.invoke(ids.at(-1) ?? '', 'fib', [20])).to.equal(6_765);
  });
});
