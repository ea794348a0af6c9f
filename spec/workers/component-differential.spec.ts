import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { transpileBytes } from '@bytecodealliance/jco-transpile';
import { expect } from 'chai';
import * as fc from 'fast-check';
import { echo } from './component-echo.ts';
import { assemble, bind } from './component-guest.ts';
import { valueOf } from './component-shape-values.ts';
import { anyShape } from './component-type-shapes.ts';

// Each run transpiles a component, some hundred times slower than binding one.
const RUNS = Math.ceil(Number(process.env['FC_RUNS'] ?? 100) / 8);

type Echo = (value: unknown) => unknown;

interface Transpiled {
  instantiate(
    getModule: (path: string) => WebAssembly.Module,
    imports: Readonly<Record<string, { readonly default: Echo }>>,
  ): { readonly echo: Echo };
}

describe('the canonical ABI beside jco', () => {
  let folder = '';
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'wasmatrix-jco-'));
  });
  after(async () => {
    await rm(folder, { recursive: true, force: true });
  });

  async function viaJco(bytes: Uint8Array, name: string, host: Echo): Promise<Echo> {
    const { files } = await transpileBytes(bytes, {
      name,
      instantiation: 'sync',
      emitTypescriptDeclarations: false,
    });
    const contents = new Map(Object.entries(files));
    const script = join(folder, `${name}.mjs`);
    await writeFile(script, contents.get(`${name}.js`) ?? '');
    const { instantiate } = (await import(pathToFileURL(script).href)) as Transpiled;
    const getModule = (path: string): WebAssembly.Module =>
      new WebAssembly.Module(contents.get(path) ?? new Uint8Array());
    return instantiate(getModule, { host: { default: host } }).echo;
  }

  it('shows host and caller the same values, for any type', async function () {
    this.timeout(120_000);
    let serial = 0;
    const anyCase = anyShape.chain((shape) =>
      fc.record({ shape: fc.constant(shape), values: fc.array(valueOf(shape), { minLength: 1 }) }),
    );
    await fc.assert(
      fc.asyncProperty(anyCase, async ({ shape, values }) => {
        const bytes = await assemble(echo(shape, 'utf8'));
        const seen: { readonly ours: unknown[]; readonly theirs: unknown[] } = {
          ours: [],
          theirs: [],
        };
        const record = (list: unknown[]): Echo => {
          return (value) => {
            list.push(value);
            return value;
          };
        };
        const ours = bind(bytes, { host: record(seen.ours) });
        const theirs = await viaJco(bytes, `c${serial++}`, record(seen.theirs));
        for (const value of values) {
          expect(ours.invoke('echo', [[value]])).to.deep.equal(theirs([value]));
        }
        expect(seen.ours).to.deep.equal(seen.theirs);
      }),
      { numRuns: RUNS },
    );
  });
});
