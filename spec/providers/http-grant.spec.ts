import { expect } from 'chai';
import * as fc from 'fast-check';
import { httpProvider } from '../../providers/http/index.ts';
import { ENVIRONMENT } from '../contract/call-context.ts';
import { HttpStage, judge, PUBLIC, words } from '../contract/http-stage.ts';
import { RUNS } from '../core/property-runs.ts';

const stage = new HttpStage();

afterEach(() => stage.close());

describe('an assignment of http', () => {
  const check = (permissions: readonly string[], config = {}): unknown => {
    try {
      httpProvider.checkAssignment?.({ permissions, config });
    } catch (error) {
      return (error as { details: { field: string } }).details.field;
    }
    return undefined;
  };

  it('takes requests, private targets, host patterns and methods', () => {
    const permissions = words(`
      http:request http:private http:domain:example.com http:domain:*.example.com:443
      http:domain:[::1]:80 http:domain:127.0.0.1 http:method:GET http:method:propfind
      kv:read:anything:*
    `);
    expect(check(permissions)).to.equal(undefined);
  });

  it('is refused with any other, by its place', () => {
    const malformed = [
      'http',
      'http:',
      'http:requests',
      'http:request:',
      'http:request:x',
      'http:private:x',
      'http:domain',
      'http:domain:',
      'http:domain:*',
      'http:domain:example.com:0',
      'http:domain:example.com:65536',
      'http:domain:::1',
      'http:domain:http://example.com',
      'http:domain:a..b',
      'http:method',
      'http:method:',
      'http:method:A B',
      'http:method:CONNECT',
      'http:method:trace',
      'http:method:TRACK',
      'http:get',
    ];
    for (const permission of malformed) {
      expect(check(['http:request', permission]), permission).to.equal('permissions[1]');
    }
  });

  it('has no options', () => {
    expect(check(['http:request'], { proxy: 'x' })).to.equal('config.proxy');
  });
});

describe('P4 · for any grant and any target', () => {
  it('a request reaches the server exactly when the grant covers it', async () => {
    const hosts = { [PUBLIC]: false, '127.0.0.1': true };
    const caller = await stage.open({
      resolve: async (name) => [name.startsWith('private') ? '127.0.0.1' : PUBLIC],
      judge,
    });
    const targets = await Promise.all(
      Object.keys(hosts).map((host) => stage.http((_q, response) => response.end(), { host })),
    );
    const permission = fc.constantFrom<string>(
      'http:request',
      'http:private',
      'http:domain:public.test',
      'http:domain:*.test',
      'http:domain:private.test',
      'http:method:GET',
      'http:method:DELETE',
    );
    const property = fc.asyncProperty(
      fc.uniqueArray(permission),
      fc.boolean(),
      fc.constantFrom('GET', 'DELETE', 'PUT'),
      async (permissions, isPrivate, method) => {
        const host = isPrivate ? 'private.test' : 'public.test';
        const server = targets[isPrivate ? 1 : 0]!;
        const held = new Set<string>(permissions);
        const domains = permissions.filter((each) => each.startsWith('http:domain:'));
        const methods = permissions.filter((each) => each.startsWith('http:method:'));
        const isCovered =
          held.has('http:request') &&
          (!isPrivate || held.has('http:private')) &&
          (domains.length === 0 ||
            held.has(`http:domain:${host}`) ||
            held.has('http:domain:*.test')) &&
          (methods.length === 0 || held.has(`http:method:${method}`));
        const before = server.requests.length;
        const guest = caller.guest(permissions);
        const fate = await guest.fateOf(`http://${host}:${server.port}/`, { method });
        guest.context.end();
        expect(fate).to.equal(isCovered ? 'served' : 'PERMISSION_DENIED');
        expect(server.requests.length - before).to.equal(isCovered ? 1 : 0);
      },
    );
    await fc.assert(property, RUNS);
  });
});

describe('the public provider', () => {
  it('is of type http, opens without options and closes', async () => {
    expect(httpProvider.type).to.equal('http');
    const state = await httpProvider.open({}, ENVIRONMENT);
    await httpProvider.close?.(state);
  });
});
