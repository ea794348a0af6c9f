import { expect } from 'chai';
import * as fc from 'fast-check';
import { PermissionSet, parsePermission, scopeCovers } from '../../lib/core/permissions.ts';
import { topicMatches } from '../../lib/core/topic-pattern.ts';
import { thrownBy } from '../thrown.ts';
import { RUNS } from './property-runs.ts';

/** A small alphabet, so that generated patterns and things often meet. */
const text = fc.string({ unit: fc.constantFrom('a', 'b', '.', '*', ':', '>'), maxLength: 6 });
const nonEmpty = text.filter((each) => each !== '');
const action = fc.constantFrom('kv:read', 'kv:write', 'msg:publish', 'http:domain');
const permission = fc
  .tuple(action, fc.option(nonEmpty, { nil: undefined }))
  .map(([name, scope]) => (scope === undefined ? name : `${name}:${scope}`));
const token = fc.constantFrom('a', 'b', '*', '>', '');
const dotted = fc.array(token, { minLength: 1, maxLength: 4 }).map((parts) => parts.join('.'));

/** Topics by recursion over tokens. */
function topicModel([first, ...pattern]: string[], [actual, ...topic]: string[]): boolean {
  if (first === undefined) return actual === undefined;
  if (actual === undefined) return false;
  if (first === '>' && pattern.length === 0) return true;
  return (first === '*' || first === actual) && topicModel(pattern, topic);
}

const naiveTopic = (pattern: string, topic: string): boolean =>
  !/^$|^\.|\.\.|\.$/.test(topic) && topicModel(pattern.split('.'), topic.split('.'));

/** A host of the small alphabet, which may end in one dot. */
const naiveHost = (host: string): string | undefined =>
  /^[ab]+(\.[ab]+)*\.?$/.test(host) ? host.replace(/\.$/, '') : undefined;

function naiveDomain(pattern: string, target: string): boolean {
  const isBelow = pattern.startsWith('*.');
  const wanted = naiveHost(isBelow ? pattern.slice(2) : pattern);
  const actual = naiveHost(target);
  if (wanted === undefined || actual === undefined) return false;
  return isBelow ? actual.endsWith(`.${wanted}`) : actual === wanted;
}

/** The whole rule with strings only. */
function naive(permissions: readonly string[], wanted: string, scope: string | undefined): boolean {
  for (const each of permissions) {
    if (each === wanted) return true;
    if (!each.startsWith(`${wanted}:`)) continue;
    if (scope === undefined) return true;
    const pattern = each.slice(wanted.length + 1);
    if (wanted.startsWith('msg:')) {
      if (naiveTopic(pattern, scope)) return true;
    } else if (wanted === 'http:domain') {
      if (naiveDomain(pattern, scope)) return true;
    } else if (pattern === scope) {
      return true;
    } else if (pattern.at(-1) === '*' && scope.indexOf(pattern.slice(0, -1)) === 0) {
      return true;
    }
  }
  return false;
}

describe('permission sets', () => {
  it('P4 · allow exactly what a naive reading of the permissions allows', () => {
    fc.assert(
      fc.property(
        fc.array(permission, { maxLength: 6 }),
        action,
        fc.option(text, { nil: undefined }),
        (permissions, wanted, scope) => {
          const required = scope === undefined ? { action: wanted } : { action: wanted, scope };
          const allowed = new PermissionSet(permissions).allows(required);
          expect(allowed).to.equal(naive(permissions, wanted, scope));
        },
      ),
      RUNS,
    );
  });

  it('P4 · add up: the union allows what either part allows, and nothing else', () => {
    const some = fc.array(permission, { maxLength: 4 });
    fc.assert(
      fc.property(some, some, action, text, (left, right, wanted, scope) => {
        const required = { action: wanted, scope };
        const both = new PermissionSet([...left, ...right]).allows(required);
        const either = [left, right].some((set) => new PermissionSet(set).allows(required));
        expect(both).to.equal(either);
      }),
      RUNS,
    );
  });

  it('P4 · allow nothing when empty', () => {
    const none = new PermissionSet([]);
    expect(none.allows({ action: 'kv:read' })).to.equal(false);
    expect(none.allows({ action: 'kv:read', scope: '' })).to.equal(false);
    for (const name of ['constructor', '__proto__', 'toString', 'size', '']) {
      expect(none.allows({ action: name }), name).to.equal(false);
    }
  });

  it('leave it to the operation to filter when no scope is asked for', () => {
    const narrow = new PermissionSet(['kv:read:users/*']);
    expect(narrow.allows({ action: 'kv:read' })).to.equal(true);
    expect(narrow.allows({ action: 'kv:write' })).to.equal(false);
    expect(narrow.allows({ action: 'kv:read', scope: 'other' })).to.equal(false);
    expect(narrow.allows({ action: 'kv:read', scope: 'users/1' })).to.equal(true);
    expect(narrow.allows({ action: 'kv:read', scope: 'users/*' })).to.equal(true);
  });

  it('name the permission that is malformed by its place', () => {
    const error = thrownBy(() => new PermissionSet(['kv:read', 'kv'], 'permissions'));
    expect(error.code).to.equal('INVALID_REQUEST');
    expect(error.details['field']).to.equal('permissions[1]');
  });

  it('refuse a hole in the list', () => {
    // oxlint-disable-next-line unicorn/no-new-array
    const error = thrownBy(() => new PermissionSet(new Array<unknown>(1)));
    expect(error.details['field']).to.equal('permissions[0]');
  });
});

describe('the grammar of a permission', () => {
  it('takes area, verb and a scope that may itself hold colons', () => {
    expect(parsePermission('kv:read', 'p')).to.deep.equal({ action: 'kv:read' });
    expect(parsePermission('kv:read:a:b:*', 'p')).to.deep.equal({
      action: 'kv:read',
      scope: 'a:b:*',
    });
    expect(parsePermission('http:domain:example.com:8080', 'p').scope).to.equal('example.com:8080');
    expect(parsePermission('kv:read:ключ 🔑', 'p').scope).to.equal('ключ 🔑');
  });

  it('gives back what it was made of', () => {
    const word = fc.stringMatching(/^[a-z][a-z0-9-]{0,31}$/);
    const scopes = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 50 });
    fc.assert(
      fc.property(word, word, fc.option(scopes, { nil: undefined }), (area, verb, scope) => {
        fc.pre(scope === undefined || !/\p{Cc}/u.test(scope));
        const parsed = parsePermission(
          [area, verb, scope].filter((s) => s !== undefined).join(':'),
          'p',
        );
        expect(parsed.action).to.equal(`${area}:${verb}`);
        expect(parsed.scope).to.equal(scope);
      }),
      RUNS,
    );
  });

  for (const bad of [
    '',
    'kv',
    ':',
    'kv:',
    ':read',
    'kv:read:',
    'KV:read',
    'kv:Read',
    'kv read',
    ' kv:read',
    'kv:read ',
    'kv:read\n',
    'kv:read:a\nb',
    'kv:read:a\u0000',
    'kv:read:\u007f',
    '9kv:read',
    `kv:read:${'x'.repeat(1_025)}`,
    `${'k'.repeat(33)}:read`,
    7,
    null,
    undefined,
    ['kv:read'],
    { toString: () => 'kv:read' },
  ]) {
    it(`refuses ${JSON.stringify(bad)?.slice(0, 40) ?? 'undefined'}`, () => {
      const error = thrownBy(() => parsePermission(bad, 'permissions[3]'));
      expect(error.code).to.equal('INVALID_REQUEST');
      expect(error.details['field']).to.equal('permissions[3]');
    });
  }
});

describe('scope patterns', () => {
  it('P4 · for topics are those of a naive reading, token by token', () => {
    fc.assert(
      fc.property(dotted, dotted, (pattern, topic) => {
        expect(topicMatches(pattern, topic)).to.equal(naiveTopic(pattern, topic));
        expect(scopeCovers('msg:publish', pattern, topic)).to.equal(naiveTopic(pattern, topic));
      }),
      RUNS,
    );
  });

  it('for topics take * for one token and > for one or more at the end', () => {
    expect(topicMatches('a.*', 'a.b')).to.equal(true);
    expect(topicMatches('a.*', 'a')).to.equal(false);
    expect(topicMatches('a.*', 'a.b.c')).to.equal(false);
    expect(topicMatches('a.>', 'a.b.c')).to.equal(true);
    expect(topicMatches('a.>', 'a')).to.equal(false);
    expect(topicMatches('>', 'a.b')).to.equal(true);
    expect(topicMatches('a.>.c', 'a.b.c')).to.equal(false);
    for (const empty of ['', '.', 'a.', '.a', 'a..b']) {
      expect(topicMatches('>', empty), `"${empty}" is no topic`).to.equal(false);
    }
  });

  it('elsewhere are an exact text or a prefix that ends in *', () => {
    expect(scopeCovers('kv:read', 'user', 'user')).to.equal(true);
    expect(scopeCovers('kv:read', 'user', 'user1')).to.equal(false);
    expect(scopeCovers('kv:read', 'user*', 'user')).to.equal(true);
    expect(scopeCovers('kv:read', 'user*', 'user/1')).to.equal(true);
    expect(scopeCovers('kv:read', '*', '')).to.equal(true);
    expect(scopeCovers('kv:read', 'u*r', 'user'), 'only the last * is a pattern').to.equal(false);
    expect(scopeCovers('kv:read', 'u*r', 'u*r')).to.equal(true);
    expect(scopeCovers('kv:read', 'u**', 'u*x')).to.equal(true);
    expect(scopeCovers('kv:read', 'u**', 'ux')).to.equal(false);
  });

  it('P4 · for methods are the same word, whatever its case', () => {
    expect(scopeCovers('http:method', 'get', 'GET')).to.equal(true);
    expect(scopeCovers('http:method', 'GET', 'get')).to.equal(true);
    expect(scopeCovers('http:method', 'GET', 'POST')).to.equal(false);
    expect(scopeCovers('http:method', 'G*', 'GET')).to.equal(false);
    // Capitals have no shorter form of their own, and ß has a longer one.
    expect(scopeCovers('http:method', 'MASS', 'maß')).to.equal(true);
  });

  it('P4 · for domains are those of host patterns', () => {
    expect(scopeCovers('http:domain', '*.example.com', 'a.EXAMPLE.com:443')).to.equal(true);
    expect(scopeCovers('http:domain', 'example*', 'example.com:443')).to.equal(false);
  });

  it('P4 · that only narrow refuse what they do not cover, and nothing where there is none', () => {
    const post = { action: 'http:method', scope: 'POST' };
    const narrowing = { ...post, isNarrowing: true };
    expect(new PermissionSet(['http:request']).allows(narrowing)).to.equal(true);
    expect(new PermissionSet(['http:request']).allows(post)).to.equal(false);
    expect(new PermissionSet(['http:method:GET']).allows(narrowing)).to.equal(false);
    expect(new PermissionSet(['http:method:post']).allows(narrowing)).to.equal(true);
  });
});
