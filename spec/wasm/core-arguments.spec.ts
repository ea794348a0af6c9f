import { expect } from 'chai';
import { coreArgumentProblem } from '../../lib/wasm/core-arguments.ts';

describe('an argument that no caller can give', () => {
  it('is called by its type, with the article that goes with it', () => {
    expect(coreArgumentProblem(['externref'], [1])?.problem).to.equal(
      'an externref cannot come from outside',
    );
    expect(coreArgumentProblem(['funcref'], [1])?.problem).to.equal(
      'a funcref cannot come from outside',
    );
  });
});
