import { expect } from 'chai';
import { namedRows, repositoryText } from './source-files.ts';

interface Manifest {
  readonly dependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
  readonly optionalDependencies: Readonly<Record<string, string>>;
}

const manifest = JSON.parse(repositoryText('package.json')) as Manifest;
const { dependencies, devDependencies, optionalDependencies } = manifest;
const rows = namedRows('docs/dependencies.md');

describe('docs/dependencies.md', () => {
  it('has one reason for each dependency and none for others', () => {
    const all = { ...dependencies, ...devDependencies, ...optionalDependencies };
    expect(rows.map(([name]) => name).toSorted()).to.deep.equal(Object.keys(all).toSorted());
    for (const [name, reason = ''] of rows) expect(reason, name).to.have.length.above(20);
  });

  it('begins with the ones that a consumer gets', () => {
    const first = rows.slice(0, Object.keys(dependencies).length).map(([name]) => name);
    expect(first.toSorted()).to.deep.equal(Object.keys(dependencies).toSorted());
  });

  it('is about exact versions, so that every machine builds the same', () => {
    const all = { ...dependencies, ...devDependencies, ...optionalDependencies };
    const loose = Object.entries(all).filter(
      ([, version]) => !/^(npm:.+@)?\d[^ ^~*]*$/.test(version),
    );
    expect(loose).to.deep.equal([]);
  });
});
