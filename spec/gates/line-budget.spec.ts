import { expect } from 'chai';
import { repositoryText, sourceFiles } from './source-files.ts';

const MOST_LINES = 300;

function linesOf(file: string): number {
  return repositoryText(file).split('\n').length - 1;
}

describe('the line budget', () => {
  it(`is kept by every file: ${MOST_LINES} lines at most`, () => {
    const tooLong = sourceFiles()
      .map((file) => [file, linesOf(file)] as const)
      .filter(([, lines]) => lines > MOST_LINES);
    expect(tooLong).to.deep.equal([]);
  });

  it('leaves nine of ten product files below 200 lines', () => {
    const lengths = sourceFiles(['lib', 'workers', 'providers'])
      .map(linesOf)
      .toSorted((a, b) => a - b);
    const quantile = (share: number): number => lengths[Math.floor(lengths.length * share)] ?? 0;
    console.log(
      `      ${lengths.length} files, ${lengths.reduce((sum, each) => sum + each, 0)} lines: ` +
        `median ${quantile(0.5)}, p90 ${quantile(0.9)}, longest ${lengths.at(-1)}`,
    );
    expect(quantile(0.9)).to.be.at.most(200);
  });
});
