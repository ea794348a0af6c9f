import { expect } from 'chai';
import { HOSTILE_FAMILIES } from './hostile-families.ts';
import { outcomeText } from './hostile-guest.ts';
import { HostileStage } from './hostile-run.ts';
import { shortfalls } from './hostile-verdict.ts';

for (const [family, guests] of HOSTILE_FAMILIES) {
  describe(`hostile guests · ${family}`, function () {
    this.timeout(60_000);
    let stage: HostileStage;

    before(async () => {
      stage = await HostileStage.open();
    });

    after(() => stage[Symbol.asyncDispose]());

    for (const guest of guests) {
      it(`${guest.promise} · ${guest.title}: ${outcomeText(guest.expected)}, neighbours answer`, async () => {
        expect(shortfalls(guest, await stage.run(guest))).to.deep.equal([]);
      });
    }
  });
}
