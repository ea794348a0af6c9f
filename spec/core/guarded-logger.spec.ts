import { expect } from 'chai';
import { guardedLogger } from '../../lib/core/guarded-logger.ts';
import { type Logger, silentLogger } from '../../lib/core/logger.ts';
import { isPromiseLike } from '../../lib/core/promise-like.ts';
import { settled } from '../thrown.ts';

const LEVELS = ['debug', 'info', 'warn', 'error'] as const;

/** A logger whose every level does the same. */
function loggerOf(write: (...line: unknown[]) => unknown): Logger {
  return Object.fromEntries(
    LEVELS.map((level) => [level, (...line: unknown[]) => write(level, ...line)]),
  ) as unknown as Logger;
}

/** What comes with a `then` that need not be one. */
function thenable(then: unknown): unknown {
  // oxlint-disable-next-line unicorn/no-thenable -- what such an object does is what is tested
  return { then };
}

describe('a guarded logger', () => {
  it('writes each line at its own level', () => {
    const written: unknown[] = [];
    const logger = guardedLogger(loggerOf((...line) => written.push(line)));
    for (const level of LEVELS) logger[level]({ of: level }, `a line of ${level}`);
    expect(written).to.deep.equal(
      LEVELS.map((level) => [level, { of: level }, `a line of ${level}`]),
    );
  });

  it('loses a line that cannot be written, and nothing else', () => {
    const logger = guardedLogger(
      loggerOf(() => {
        throw new Error('the disk is full');
      }),
    );
    for (const level of LEVELS) expect(logger[level]({}, 'x')).to.equal(undefined);
  });

  it('hears of a line that fails later, so that it does not end the process', async () => {
    const unheard: unknown[] = [];
    const note = (reason: unknown): void => void unheard.push(reason);
    process.on('unhandledRejection', note);
    try {
      guardedLogger(loggerOf(() => Promise.reject(new Error('later')))).info({}, 'x');
      await settled();
      await settled();
    } finally {
      process.off('unhandledRejection', note);
    }
    expect(unheard).to.deep.equal([]);
  });

  it('may guard one that answers anything', () => {
    for (const answer of [undefined, null, 5, 'x', {}, thenable(5)]) {
      expect(() => guardedLogger(loggerOf(() => answer)).warn({}, 'x')).to.not.throw();
    }
  });
});

describe('the silent logger', () => {
  it('has every level and says nothing', () => {
    for (const level of LEVELS) expect(silentLogger[level]({}, 'x')).to.equal(undefined);
  });
});

describe('what is answered later', () => {
  it('is whatever has a then to call, of whichever realm or library', () => {
    expect(isPromiseLike(Promise.resolve())).to.equal(true);
    expect(isPromiseLike(thenable(() => undefined))).to.equal(true);
    const others = [undefined, null, 0, 'then', {}, thenable(true), [], () => undefined];
    for (const value of others) expect(isPromiseLike(value)).to.equal(false);
  });
});
