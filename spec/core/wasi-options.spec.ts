import { expect } from 'chai';
import * as fc from 'fast-check';
import { resolveWasiOptions } from '../../lib/core/wasi-options.ts';
import { thrownBy } from '../thrown.ts';
import { RUNS } from './property-runs.ts';

const content = new Uint8Array(1);

function filesAt(paths: readonly string[]): Record<string, Uint8Array> {
  return Object.fromEntries(paths.map((path) => [path, content]));
}

describe('the files of a WASI guest', () => {
  it('P18 · are refused by path where two of them cannot be there together', () => {
    const bad: readonly (readonly [readonly string[], string])[] = [
      [['a', 'a/b'], 'a/b'],
      [['a/b', 'a'], 'a/b'],
      [['a', 'a.txt', 'a/b/c'], 'a/b/c'],
      [['a', './a'], './a'],
      [['a/b', '/a//b'], '/a//b'],
    ];
    for (const [paths, path] of bad) {
      const error = thrownBy(() => resolveWasiOptions({ files: filesAt(paths) }));
      expect(error.code).to.equal('INVALID_REQUEST');
      expect(error.details['field']).to.equal(`wasi.files.${path}`);
    }
  });

  it('P18 · are refused where a name is longer than a guest can open', () => {
    const fitting = `${'n'.repeat(255)}/${'é'.repeat(127)}`;
    expect(Object.keys(resolveWasiOptions({ files: filesAt([fitting]) }).files)).to.have.length(1);
    for (const path of ['n'.repeat(256), `a/${'é'.repeat(128)}`, `${'n'.repeat(256)}/b`]) {
      const error = thrownBy(() => resolveWasiOptions({ files: filesAt([path]) }));
      expect(error.code).to.equal('INVALID_REQUEST');
      expect(error.details['field']).to.equal(`wasi.files.${path}`);
    }
  });

  it('P18 · are refused exactly where one is the same as, or a folder of, another', () => {
    const path = fc
      .array(fc.constantFrom('a', 'b', 'a b', 'a\u0001', '.', ''), { minLength: 1, maxLength: 4 })
      .map((steps) => [...steps, 'a'].join('/'));
    fc.assert(
      fc.property(fc.uniqueArray(path, { maxLength: 4 }), (paths) => {
        const keys = paths.map((one) =>
          one
            .split('/')
            .filter((step) => step !== '' && step !== '.')
            .map((step) => `${step}/`)
            .join(''),
        );
        const clashes = keys.some((key, at) =>
          keys.some((other, where) => at !== where && other.startsWith(key)),
        );
        const resolve = (): unknown => resolveWasiOptions({ files: filesAt(paths) });
        if (clashes) expect(thrownBy(resolve).code).to.equal('INVALID_REQUEST');
        else expect(resolve).to.not.throw();
      }),
      RUNS,
    );
  });
});
