import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { assertNodeVersion } from '../../lib/core/node-version.ts';
import { REPOSITORY_ROOT } from '../repository-root.ts';
import { thrownBy } from '../thrown.ts';

describe('the version of Node', () => {
  it('is refused where the package does not run, and nowhere else', () => {
    for (const version of ['20.20.2', '22.17.9', '0.10.0', '18.99.0']) {
      const { code, details, message } = thrownBy(() => assertNodeVersion(version));
      expect({ code, field: details['field'] }).to.deep.equal({
        code: 'INVALID_REQUEST',
        field: 'node',
      });
      expect(message).to.include(version);
    }
    for (const version of ['22.18.0', '22.99.1', '24.0.0', process.versions.node]) {
      expect(() => assertNodeVersion(version)).to.not.throw();
    }
  });

  it('is the one that the package says it needs', () => {
    const text = readFileSync(join(REPOSITORY_ROOT, 'package.json'), 'utf8');
    const { engines } = JSON.parse(text) as { readonly engines: { readonly node: string } };
    const least = engines.node.replace('>=', '');
    const [major, minor] = least.split('.').map(Number) as [number, number];
    expect(() => assertNodeVersion(`${least}.0`)).to.not.throw();
    expect(() => assertNodeVersion(`${major}.${minor - 1}.0`)).to.throw();
  });
});
