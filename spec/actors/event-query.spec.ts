import { expect } from 'chai';
import { checkedEventFilter } from '../../lib/actors/event-query.ts';
import { thrownBy } from '../thrown.ts';

describe('a filter of facts', () => {
  it('P18 · is refused by the name of the field that is wrong', () => {
    const bad: [unknown, string][] = [
      [{ instanceId: 7 }, 'instanceId'],
      [{ instanceId: null }, 'instanceId'],
      [{ types: 'instance_started' }, 'types'],
      [{ types: ['instance_flew'] }, 'types[0]'],
      [{ sinceSeq: -1 }, 'sinceSeq'],
      [{ signal: {} }, 'signal'],
      [{ signal: { aborted: false, addEventListener: () => undefined } }, 'signal'],
      [{ since: 1 }, 'filter.since'],
    ];
    for (const [value, field] of bad) {
      const error = thrownBy(() => checkedEventFilter(value as object, ['signal']));
      expect(error.code).to.equal('INVALID_REQUEST');
      expect(error.details['field']).to.equal(field);
    }
  });

  it('is taken as it is where nothing is wrong', () => {
    const { signal } = new AbortController();
    const filter = { instanceId: 'i', sinceSeq: 3, signal };
    expect(checkedEventFilter(filter, ['signal'])).to.equal(filter);
  });
});
