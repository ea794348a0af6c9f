import { expect } from 'chai';
import { INSTANCE_STATUSES, NEXT_STATUSES } from '../../lib/core/lifecycle.ts';

describe('the statuses of an instance', () => {
  it('are those of the contract, in the order of a life', () => {
    expect(INSTANCE_STATUSES).to.deep.equal([
      'starting',
      'running',
      'stopping',
      'stopped',
      'crashed',
    ]);
  });

  it('follow each other as the lifecycle is drawn', () => {
    const drawn = [
      'starting running',
      'starting crashed',
      'starting stopped',
      'running stopping',
      'running stopped',
      'running crashed',
      'running starting',
      'stopping stopped',
      'stopping starting',
      'stopped starting',
      'crashed starting',
      'crashed stopped',
    ];
    const pairs = INSTANCE_STATUSES.flatMap((from) =>
      NEXT_STATUSES[from].map((to) => `${from} ${to}`),
    );
    expect(pairs).to.deep.equal(drawn);
  });
});
