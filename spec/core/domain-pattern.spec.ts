import { expect } from 'chai';
import * as fc from 'fast-check';
import { domainMatches, parseDomainPattern } from '../../lib/core/domain-pattern.ts';
import { RUNS } from './property-runs.ts';

const label = fc.stringMatching(/^[a-z][a-z0-9]{0,8}$/);
const name = fc
  .array(label, { minLength: 1, maxLength: 4 })
  .map((labels) => labels.join('.'))
  // What begins like this is read as punycode.
  .filter((text) => !text.includes('xn--'));
const port = fc.integer({ min: 1, max: 65_535 });

describe('a host pattern', () => {
  it('covers its own name on any port, or on the one port that it names', () => {
    expect(domainMatches('example.com', 'example.com:443')).to.equal(true);
    expect(domainMatches('example.com:8080', 'example.com:8080')).to.equal(true);
    expect(domainMatches('example.com:8080', 'example.com:443')).to.equal(false);
    expect(domainMatches('example.com', 'sub.example.com:443')).to.equal(false);
    expect(domainMatches('example.com', 'example.com.evil.test:443')).to.equal(false);
  });

  it('with *. covers everything below the name, and not the name or what merely ends like it', () => {
    expect(domainMatches('*.example.com', 'a.example.com:80')).to.equal(true);
    expect(domainMatches('*.example.com', 'a.b.example.com:80')).to.equal(true);
    expect(domainMatches('*.example.com', 'example.com:80')).to.equal(false);
    expect(domainMatches('*.example.com', 'badexample.com:80')).to.equal(false);
    expect(domainMatches('*.example.com:443', 'a.example.com:80')).to.equal(false);
  });

  it('means the same in every notation of its host', () => {
    const same: readonly (readonly [string, string])[] = [
      ['EXAMPLE.com', 'example.com:80'],
      ['example.com.', 'example.com:80'],
      ['example.com', 'example.com.:80'],
      ['bücher.example', 'xn--bcher-kva.example:80'],
      ['*.BÜCHER.example', 'a.xn--bcher-kva.example:80'],
      ['ｅｘａｍｐｌｅ。com', 'example.com:80'],
      ['[2001:db8::1]', '[2001:0DB8:0:0:0:0:0:1]:80'],
      ['[2001:DB8:0::0:1]:443', '[2001:db8::1]:443'],
      ['[::ffff:1.2.3.4]', '[::ffff:102:304]:80'],
      ['127.0.0.1', '127.0.0.1:80'],
      ['0x7f.1', '127.0.0.1:80'],
      ['127.0.0.1.', '127.0.0.1:80'],
    ];
    for (const [pattern, target] of same) {
      expect(domainMatches(pattern, target), `${pattern} ${target}`).to.equal(true);
    }
  });

  it('takes a homograph for the other name that it is', () => {
    expect(domainMatches('example.com', 'ехаmple.com:80')).to.equal(false);
    expect(domainMatches('google.com', 'gооgle.com:80')).to.equal(false);
    expect(domainMatches('[::1]', '127.0.0.1:80')).to.equal(false);
  });

  it('is refused where it is more or less than a host', () => {
    const malformed = [
      '',
      '*',
      '*.',
      '*.*',
      '*.*.com',
      'a.*.com',
      'a*.com',
      'exa mple.com',
      'example.com/',
      '/x',
      'example.com/path',
      'example.com?x',
      'example.com#x',
      'user@example.com',
      'http://example.com',
      'example.com:',
      'example.com:0',
      'example.com:65536',
      'example.com:080000',
      'example.com:-1',
      'example.com:80:80',
      'example..com',
      '.example.com',
      'example.com..',
      '.',
      '::1',
      '[::1',
      '[::1]x',
      '[::1%eth0]',
      '[::1]:',
      '*.[::1]',
      '*.127.0.0.1',
      '*.1',
      '*.0x7f',
      '1.2.3.4.5',
      '256.1.1.1',
      'exam%70le.com',
      'a\\b',
      'a\tb',
      'a\nb',
      'a\0b',
      'x'.repeat(64),
      'x.'.repeat(200),
      '[]',
      '[1.2.3.4]',
      'a,b',
      'a"b',
      '\ud800.com',
    ];
    for (const pattern of malformed) {
      expect(parseDomainPattern(pattern), JSON.stringify(pattern)).to.equal(undefined);
      expect(domainMatches(pattern, 'example.com:80'), JSON.stringify(pattern)).to.equal(false);
      expect(domainMatches('example.com', pattern), JSON.stringify(pattern)).to.equal(false);
    }
  });

  it('never matches by a target that is a pattern itself', () => {
    expect(domainMatches('*.example.com', '*.example.com:80')).to.equal(false);
    expect(domainMatches('*.example.com', '*.a.example.com:80')).to.equal(false);
  });

  it('P4 · for any names and ports it covers exactly what comparing labels says', () => {
    const subject = fc.record({
      pattern: name,
      isBelow: fc.boolean(),
      wanted: fc.option(port),
      actual: port,
      host: name,
      isRelated: fc.boolean(),
    });
    fc.assert(
      fc.property(subject, ({ pattern, isBelow, wanted, actual, host, isRelated }) => {
        const target = isRelated ? `${host}.${pattern}` : host;
        const text = `${isBelow ? '*.' : ''}${pattern}${wanted === null ? '' : `:${wanted}`}`;
        const [mine, theirs] = [pattern.split('.'), target.split('.')];
        const isHost = isBelow
          ? theirs.length > mine.length && theirs.slice(-mine.length).join() === mine.join()
          : theirs.join() === mine.join();
        const expected = isHost && (wanted === null || wanted === actual);
        expect(domainMatches(text, `${target}:${actual}`)).to.equal(expected);
      }),
      RUNS,
    );
  });

  it('P4 · for any text neither side throws, and what is covered is a host below the pattern', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), name, (text, host) => {
        expect(domainMatches(text, `${host}:80`)).to.be.a('boolean');
        expect(domainMatches(host, text)).to.be.a('boolean');
        const parsed = parseDomainPattern(text);
        if (parsed === undefined) return;
        // Its own form means the same again.
        expect(parseDomainPattern(parsed.host)?.host).to.equal(parsed.host);
      }),
      RUNS,
    );
  });
});
