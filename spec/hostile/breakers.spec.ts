import { expect } from 'chai';
import { BREAKERS } from './breakers.ts';
import { runApart } from './hostile-apart.ts';
import { outcomeText } from './hostile-guest.ts';
import { shortfalls } from './hostile-verdict.ts';

describe('guests that the engine is no match for', function () {
  this.timeout(60_000);

  for (const guest of BREAKERS) {
    it(`${guest.promise} · ${guest.title}: ${outcomeText(guest.expected)}, neighbours answer`, async () => {
      expect(shortfalls(guest, await runApart(guest))).to.deep.equal([]);
    });
  }
});
