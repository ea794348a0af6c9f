import { expect } from 'chai';
import * as fc from 'fast-check';
import { countTypes, newTypeAccount } from '../../lib/protocol/type-account.ts';
import { thrownBy } from '../thrown.ts';

describe('the account of types', () => {
  it('W3 · lets in what fits, refuses the rest with the numbers, and forgets what it refused', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(40)), (modules) => {
        const account = newTypeAccount();
        const most = 100;
        let used = 0;
        for (const types of modules) {
          if (used + types <= most) {
            countTypes(account, types, most);
            used += types;
            continue;
          }
          const { code, details } = thrownBy(() => countTypes(account, types, most));
          expect(code).to.equal('RESOURCE_EXHAUSTED');
          expect(details).to.include({ resource: 'types', used, limit: most, needed: types });
        }
      }),
    );
  });
});
