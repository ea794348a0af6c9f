import { expect } from 'chai';
import { ERROR_CODES } from '../../lib/core/error-codes.ts';
import { namedRows, repositoryText, sourceFiles } from './source-files.ts';

const inTable = Object.entries(ERROR_CODES).map(([code, { meaning, blame, isRetryable }]) => [
  code,
  meaning,
  blame,
  isRetryable ? 'yes' : 'no',
]);

describe('the error codes', () => {
  it('are eleven', () => {
    expect(inTable).to.have.length(11);
  });

  it('are documented with meaning, blame and whether a retry may help', () => {
    const isCode = (name: string): boolean => /^[A-Z_]+$/.test(name);
    const inDocs = namedRows('docs/errors.md').filter(([name]) => isCode(name));
    expect(inDocs).to.deep.equal(inTable);
  });

  it('are the ones that the published type names', () => {
    const report = repositoryText('spec/api/wasmatrix.api.md');
    const [, union = ''] = /^export type ErrorCode = (.*);$/m.exec(report) ?? [];
    const inType = [...union.matchAll(/'(\w+)'/g)].map(([, code]) => code);
    expect(inType).to.have.members(Object.keys(ERROR_CODES));
  });

  it('are all in use', () => {
    const text = sourceFiles(['lib', 'workers', 'providers'])
      .filter((file) => file !== 'lib/core/error-codes.ts')
      .map(repositoryText)
      .join('');
    const unused = Object.keys(ERROR_CODES).filter((code) => !text.includes(`'${code}'`));
    expect(unused).to.deep.equal([]);
  });
});
