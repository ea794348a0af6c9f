import { expect } from 'chai';
import { deepFrozen } from '../../lib/core/deep-frozen.ts';

describe('plain data that is frozen', () => {
  it('cannot be changed at any depth, and is the same object', () => {
    const given = { list: [{ deep: { x: 1 } }], none: null, text: 'a', nothing: undefined };
    expect(deepFrozen(given)).to.equal(given);
    expect(Object.isFrozen(given.list)).to.equal(true);
    expect(Object.isFrozen(given.list[0])).to.equal(true);
    expect(() => {
      given.list[0]!.deep.x = 2;
    }).to.throw(TypeError);
    expect(() => given.list.pop()).to.throw(TypeError);
  });

  it('may hold bytes, which stay as they are', () => {
    const bytes = new Uint8Array([1]);
    expect(deepFrozen({ bytes }).bytes).to.equal(bytes);
    bytes[0] = 2;
    expect(bytes[0]).to.equal(2);
  });

  it('is left alone where it is frozen already, even if it holds itself', () => {
    const round: { self?: unknown; loose: { x: number } } = { loose: { x: 1 } };
    round.self = round;
    Object.freeze(round);
    expect(deepFrozen(round)).to.equal(round);
    expect(Object.isFrozen(round.loose)).to.equal(false);
  });

  it('may be any single value', () => {
    const act = (): void => undefined;
    for (const value of [undefined, null, 0, '', true, 5n, act]) {
      expect(deepFrozen(value)).to.equal(value);
    }
    expect(Object.isFrozen(act)).to.equal(false);
  });
});
