import { expect } from 'chai';
import * as fc from 'fast-check';
import {
  INBOX_ROOT,
  isInbox,
  isTopic,
  isTopicPattern,
  patternCovers,
  topicMatches,
} from '../../lib/core/topic-pattern.ts';
import { RUNS } from './property-runs.ts';

/** Every topic of up to four tokens; no pattern of three can tell `c` from other letters it lacks. */
function topics(): string[] {
  const letters = ['a', 'b', 'c', INBOX_ROOT];
  let level = letters;
  const all = [...level];
  for (let length = 2; length <= 4; length++) {
    level = level.flatMap((topic) => letters.map((letter) => `${topic}.${letter}`));
    all.push(...level);
  }
  return all;
}

const everyTopic = topics();
const token = fc.constantFrom('a', 'b', '*', INBOX_ROOT);
const pattern = fc
  .tuple(fc.array(token, { maxLength: 3 }), fc.boolean())
  .map(([tokens, isOpen]) => (isOpen || tokens.length === 0 ? [...tokens, '>'] : tokens).join('.'));

describe('a pattern of topics', () => {
  it('P4 · covers another exactly when it matches all that the other matches', () => {
    fc.assert(
      fc.property(pattern, pattern, (outer, inner) => {
        const isCovered = everyTopic.every(
          (topic) => !topicMatches(inner, topic) || topicMatches(outer, topic),
        );
        expect(patternCovers(outer, inner), `${outer} over ${inner}`).to.equal(isCovered);
      }),
      RUNS,
    );
  });

  it('P4 · covers no other pattern of open length by one of fixed length', () => {
    expect(patternCovers('a.>', 'a.*')).to.equal(true);
    expect(patternCovers('>', 'a.*')).to.equal(true);
    expect(patternCovers('*.>', '>')).to.equal(false);
    expect(patternCovers('a.*', 'a.>')).to.equal(false);
    expect(patternCovers('a.*', 'a')).to.equal(false);
    expect(patternCovers('a', 'a.b')).to.equal(false);
  });

  it('P19 · reaches the topics of replies by no wildcard in front', () => {
    for (const wide of ['>', '*', '*.>', '*.*']) {
      expect(topicMatches(wide, `${INBOX_ROOT}.x`), wide).to.equal(false);
      expect(patternCovers(wide, `${INBOX_ROOT}.x`), wide).to.equal(false);
    }
    expect(isTopicPattern(INBOX_ROOT)).to.equal(false);
    expect(isTopicPattern(`${INBOX_ROOT}.>`)).to.equal(false);
    expect([`${INBOX_ROOT}.x`, INBOX_ROOT, `${INBOX_ROOT}x`, 'a'].map(isInbox)).to.deep.equal([
      true,
      true,
      false,
      false,
    ]);
  });

  it('is well formed within its bounds only', () => {
    const good = ['a', 'a.b', 'order-1.ключ.🗝', '_INBOXES', 'a'.repeat(256)];
    for (const text of good) {
      expect([isTopic(text), isTopicPattern(text)], text).to.deep.equal([true, true]);
    }
    for (const text of ['*', '>', 'a.*', 'a.>', '*.*.b']) {
      expect([isTopic(text), isTopicPattern(text)], text).to.deep.equal([false, true]);
    }
    const bad = [
      '',
      '.',
      'a.',
      '.a',
      'a..b',
      'a b',
      'a\tb',
      'a\u0000',
      'a\u2028b',
      '\ud800',
      'a*',
      '>.a',
      'a.b>',
      'a'.repeat(257),
      Array.from({ length: 33 }, () => 'a').join('.'),
    ];
    for (const text of bad) {
      expect([isTopic(text), isTopicPattern(text)], JSON.stringify(text)).to.deep.equal([
        false,
        false,
      ]);
    }
  });
});
