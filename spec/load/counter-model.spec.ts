import { expect } from 'chai';
import { CounterModel } from './counter-model.ts';

describe('the model of a counter', () => {
  it('wants each acknowledged increment and bears those whose fate is unknown', async () => {
    const model = new CounterModel();
    await model.count(3, () => Promise.resolve());
    const lost = model.count(2, () => Promise.reject(new Error('killed')));
    expect(await lost.catch((error: Error) => error.message)).to.equal('killed');
    const told = [2n, 3n, 5n, 6n].map((value) => model.faultOf(value));
    expect(told).to.deep.equal([
      'the counter shows 2, not 3 to 5',
      undefined,
      undefined,
      'the counter shows 6, not 3 to 5',
    ]);
    expect(model.acknowledged).to.equal(3n);
  });
});
