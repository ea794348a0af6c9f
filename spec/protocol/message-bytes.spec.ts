import { expect } from 'chai';
import { messageBytes } from '../../lib/protocol/message-bytes.ts';

describe('the bytes of a message', () => {
  it('are those of its texts and views, wherever they are', () => {
    expect(messageBytes(undefined)).to.equal(0);
    expect(messageBytes(5n)).to.equal(0);
    expect(messageBytes('abc')).to.equal(3);
    expect(messageBytes(new Float64Array(100).subarray(10, 20))).to.equal(80);
    const args = [new Uint8Array(1_000), { name: 'a'.repeat(500), list: [new Uint8Array(2_000)] }];
    expect(messageBytes({ kind: 'wasmatrix.call', args })).to.be.within(3_500, 3_600);
  });

  it('are more for many small values than for few', () => {
    expect(messageBytes(Array.from({ length: 1_000 }, () => 1))).to.equal(8_000);
  });
});
