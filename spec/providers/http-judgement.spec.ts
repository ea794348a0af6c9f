import { expect } from 'chai';
import * as fc from 'fast-check';
import { judgeAddress } from '../../providers/http/address-judgement.ts';
import { checkTarget } from '../../providers/http/target-check.ts';
import { parseTarget } from '../../providers/http/target-url.ts';
import { RUNS } from '../core/property-runs.ts';

describe('the judgement of an address', () => {
  /** The private and forbidden parts of IPv4, told by another way of reckoning. */
  function isPublicIpv4(bytes: readonly number[]): boolean {
    const [a = 0, b = 0, c = 0] = bytes;
    if (a === 0 || a === 10 || a === 127 || a >= 224) return false;
    if (a === 100) return b < 64 || b > 127;
    if (a === 169) return b !== 254;
    if (a === 172) return b < 16 || b > 31;
    if (a === 198) return b !== 18 && b !== 19 && !(b === 51 && c === 100);
    if (a === 203) return !(b === 0 && c === 113);
    if (a !== 192) return true;
    if (b === 0) return c !== 0 && c !== 2;
    return (
      b !== 168 &&
      !(b === 88 && c === 99) &&
      !(b === 31 && c === 196) &&
      !(b === 52 && c === 193) &&
      !(b === 175 && c === 48)
    );
  }

  const ipv4 = fc.tuple(
    fc.oneof(fc.nat(255), fc.constantFrom(0, 10, 100, 127, 169, 172, 192, 198, 203, 224, 255)),
    fc.oneof(fc.nat(255), fc.constantFrom(0, 16, 31, 51, 64, 168, 175, 18, 254)),
    fc.oneof(fc.nat(255), fc.constantFrom(0, 2, 48, 99, 100, 113, 193, 196)),
    fc.nat(255),
  );

  const hex = (high: number, low: number): string => (high * 256 + low).toString(16);

  it('P4 · for any IPv4 address is that of an independent reckoning', () => {
    fc.assert(
      fc.property(ipv4, (bytes) => {
        expect(judgeAddress(bytes.join('.')) === 'public').to.equal(isPublicIpv4(bytes));
      }),
      RUNS,
    );
  });

  it('P4 · for any IPv6 address that carries an IPv4 address is never milder than for that', () => {
    const rank = { public: 0, private: 1, forbidden: 2 };
    fc.assert(
      fc.property(ipv4, ([a, b, c, d]) => {
        const [high, low] = [hex(a, b), hex(c, d)];
        const carriers = [
          `::ffff:${high}:${low}`,
          `::${high}:${low}`,
          `::ffff:0:${high}:${low}`,
          `64:ff9b::${high}:${low}`,
          `64:ff9b:1::${high}:${low}`,
          `2002:${high}:${low}::1`,
          `2001:0:${high}:${low}::f7f7:f7f7`,
          `2606:4700::5efe:${high}:${low}`,
          `2001:0:808:808::${hex(a ^ 255, b ^ 255)}:${hex(c ^ 255, d ^ 255)}`,
        ];
        const own = rank[judgeAddress([a, b, c, d].join('.'))];
        for (const carrier of carriers) {
          expect(rank[judgeAddress(carrier)], carrier).to.be.at.least(own);
        }
      }),
      RUNS,
    );
  });

  it('P4 · for any way to write an IPv4 address is that of the address', async () => {
    const part = (value: number, base: number): string =>
      base === 16 ? `0x${value.toString(16)}` : base === 8 ? `0${value.toString(8)}` : `${value}`;
    const base = fc.constantFrom(8, 10, 16);
    await fc.assert(
      fc.asyncProperty(
        ipv4,
        fc.tuple(base, base, base, base),
        fc.integer({ min: 1, max: 4 }),
        async (bytes, bases, parts) => {
          const rest = bytes.slice(parts - 1).reduce((sum, byte) => sum * 256 + byte, 0);
          const numbers = [...bytes.slice(0, parts - 1), rest];
          const host = numbers.map((value, index) => part(value, bases[index] ?? 10)).join('.');
          const target = parseTarget(`http://${host}/`);
          expect(target.host).to.equal(bytes.join('.'));
          const check = checkTarget(
            target,
            { allows: () => false },
            {
              resolve: () => expect.fail('resolved'),
              judge: judgeAddress,
            },
          );
          const isAllowed = await check.then(
            () => true,
            () => false,
          );
          expect(isAllowed).to.equal(isPublicIpv4(bytes));
        },
      ),
      RUNS,
    );
  });

  it('of what is no address is that nobody may connect', () => {
    for (const text of ['', 'x', '127.1', '1.2.3.4.5', '::g', '0x7f.0.0.1', '127.0.0.01']) {
      expect(judgeAddress(text), text).to.equal('forbidden');
    }
  });
});
