import { expect } from 'chai';
import { Silence } from '../../lib/shards/silence.ts';

/** Looks, one after the other. */
function standings(silence: Silence, looks: number): string[] {
  return Array.from({ length: looks }, () => silence.look());
}

describe('the silence of a shard', () => {
  it('means nothing at first, then that it is suspect, then that it is lost', () => {
    const silence = new Silence();
    expect(standings(silence, 3)).to.deep.equal(['well', 'well', 'well']);
    expect(standings(silence, 1)).to.deep.equal(['suspect']);
    const later = standings(silence, 27);
    expect(later.slice(0, -1)).to.not.include('lost');
    expect(later.at(-1)).to.equal('lost');
  });

  it('is over with the first word', () => {
    const silence = new Silence();
    standings(silence, 20);
    silence.heard();
    expect(silence.standing).to.equal('well');
    expect(standings(silence, 3)).to.deep.equal(['well', 'well', 'well']);
  });
});
