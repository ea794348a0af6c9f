import { expect } from 'chai';
import * as fc from 'fast-check';
import type { WireValue } from '../../lib/core/provider.ts';
import { ByteQueue } from '../../providers/http/byte-queue.ts';
import { HttpFailure } from '../../providers/http/http-failure.ts';
import { httpProvider } from '../../providers/http/index.ts';
import { checkHeaders } from '../../providers/http/request-headers.ts';
import { parseTarget } from '../../providers/http/target-url.ts';
import { HttpStage, urlOf, WITH_PRIVATE, words } from '../contract/http-stage.ts';
import { RUNS } from '../core/property-runs.ts';
import { thrownBy } from '../thrown.ts';

const stage = new HttpStage();

afterEach(() => stage.close());

const LIMITS = { maxHeaderBytes: 1_000, maxRequestBytes: 100 };

function headersOrTag(
  headers: readonly (readonly [string, string | Uint8Array])[],
  bodyBytes?: number,
): unknown {
  try {
    const target = parseTarget('http://example.com:8080/');
    return checkHeaders(headers, target, LIMITS, bodyBytes);
  } catch (error) {
    if (error instanceof HttpFailure) return error.tag;
    throw error;
  }
}

function permissionOf(name: string, args: readonly WireValue[]): unknown {
  return httpProvider.operations[name]?.permission(args);
}

describe('a method', () => {
  it('is any token, sent in upper case, but none that makes a mirror or a tunnel', async () => {
    const server = await stage.http((_request, response) => response.end());
    const guest = (await stage.open()).guest(WITH_PRIVATE);
    for (const method of words('get POST Head delete PROPFIND options')) {
      expect(await guest.fateOf(urlOf(server), { method }), method).to.equal('served');
    }
    const seen = server.requests.map(({ method }) => method);
    expect(seen).to.deep.equal(words('GET POST HEAD DELETE PROPFIND OPTIONS'));
    for (const method of [
      'CONNECT',
      'trace',
      'Track',
      '',
      'A B',
      'GET\r\nx:',
      'GÉT',
      'x'.repeat(33),
    ]) {
      expect(await guest.fateOf(urlOf(server), { method })).to.equal('HTTP-request-method-invalid');
    }
    expect(server.requests).to.have.length(6);
  });
});

describe('the headers of a request', () => {
  it('go through, in order, doubled or not', () => {
    const headers = [
      ['Accept', 'a'],
      ['X-B', '\tb '],
      ['accept', 'c'],
    ] as const;
    const kept = [
      ['accept', 'a'],
      ['x-b', 'b'],
      ['accept', 'c'],
    ];
    expect(headersOrTag(headers)).to.deep.equal(kept);
    const bytes = new Uint8Array([0x20, 0xe0, 0xa0, 0x20]);
    expect(headersOrTag([['x', bytes]])).to.deep.equal([['x', '\u00e0\u00a0']]);
  });

  it('leave out what is about the connection, and a host that says what the URL says', () => {
    const names = 'Connection Keep-Alive Proxy-Connection TE Trailer Transfer-Encoding Expect';
    expect(headersOrTag(words(names).map((name) => [name, 'x'] as const))).to.deep.equal([]);
    expect(headersOrTag([['Host', 'Example.com:8080']])).to.deep.equal([]);
  });

  it('are refused where they would deceive the server or a proxy', () => {
    for (const host of ['example.com', 'evil.test', 'example.com:80', '127.0.0.1', '']) {
      expect(headersOrTag([['host', host]]), host).to.equal('HTTP-request-denied');
    }
    for (const name of words('Upgrade HTTP2-Settings Proxy-Authorization Proxy-Authenticate')) {
      expect(headersOrTag([[name, 'x']]), name).to.equal('HTTP-request-denied');
    }
  });

  it('are refused where they are none', () => {
    for (const name of ['', 'a b', 'a:', 'ä', 'a\r\nb', 'a\0']) {
      expect(headersOrTag([[name, 'x']]), JSON.stringify(name)).to.equal(
        'HTTP-request-header-size',
      );
    }
    for (const value of ['a\r\nb: c', 'a\nb', 'a\rb', 'a\0', '\u007f', 'a\n', '\r']) {
      expect(headersOrTag([['x', value]]), JSON.stringify(value)).to.equal(
        'HTTP-request-header-size',
      );
    }
  });

  it('give the length of the body truly or not at all', () => {
    const length = (value: string): readonly (readonly [string, string])[] => [
      ['Content-Length', value],
    ];
    expect(headersOrTag(length('7'))).to.deep.equal([['content-length', '7']]);
    expect(headersOrTag(length('7'), 7)).to.deep.equal([]);
    expect(headersOrTag(length('8'), 7)).to.equal('HTTP-request-body-size');
    expect(headersOrTag(length('101'))).to.equal('HTTP-request-body-size');
    for (const value of ['-1', '+1', '1, 1', '0x1', '1e1', '', '1'.repeat(16)]) {
      expect(headersOrTag(length(value)), value).to.equal('HTTP-request-denied');
    }
    expect(headersOrTag([...length('7'), ...length('7')])).to.equal('HTTP-request-denied');
  });

  it('have a limit together', () => {
    expect(headersOrTag([['x', 'x'.repeat(999)]])).to.be.an('array');
    expect(headersOrTag([['x', 'x'.repeat(1_000)]])).to.equal('HTTP-request-header-section-size');
    const many = Array.from({ length: 1_001 }, () => ['x', ''] as const);
    expect(headersOrTag(many)).to.equal('HTTP-request-header-section-size');
  });

  it('never smuggle a line, whatever bytes they have', () => {
    const bytes = fc.uint8Array({ maxLength: 20 }).map((array) => new Uint8Array(array));
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 5 }), bytes, (name, value) => {
        const checked = headersOrTag([[name, value]]);
        if (!Array.isArray(checked)) return;
        for (const line of checked as [string, string][]) {
          expect(line.join('')).not.to.match(/[\r\n\0]/);
        }
      }),
      RUNS,
    );
  });
});

describe('the permissions of http operations', () => {
  const url = 'http://Example.com./x';

  it('P4 · of a beginning are computed from its method and its URL, normalised', () => {
    const needed = [
      { action: 'http:request' },
      { action: 'http:domain', scope: 'example.com:80', isNarrowing: true },
      { action: 'http:method', scope: 'GET', isNarrowing: true },
    ];
    expect(permissionOf('begin', [null, { method: 'get', url }])).to.deep.equal(needed);
    expect(permissionOf('request', [null, { method: 'GET', url }])).to.deep.equal(needed);
  });

  it('P4 · of all that follows are to make requests', () => {
    const calls: Readonly<Record<string, readonly WireValue[]>> = {
      write: ['c', 1, new Uint8Array(1)],
      finish: ['c', 1],
      head: ['c', 1, 0],
      read: ['c', 1, 10, 0],
      wait: ['c', [[1, 'head']], 0],
      drop: ['c', 1],
    };
    for (const [name, args] of Object.entries(calls)) {
      expect(permissionOf(name, args), name).to.deep.equal({ action: 'http:request' });
    }
    const known = Object.keys(httpProvider.operations).sort();
    expect(known).to.deep.equal([...Object.keys(calls), 'begin', 'request'].sort());
  });

  it('concern the assignment that began the transfer, and any for a beginning', () => {
    const assignment = { instanceId: 'i', capabilityId: 'c', config: {} };
    expect(httpProvider.concerns?.([null, {}], assignment)).to.equal(true);
    expect(httpProvider.concerns?.(['c', 1], assignment)).to.equal(true);
    expect(httpProvider.concerns?.(['other', 1], assignment)).to.equal(false);
  });

  it('P4 · a malformed argument, in any place, is refused before the operation', () => {
    const begun = (change: object): [string, WireValue[], string] => {
      const [field = ''] = Object.keys(change);
      return ['begin', [null, { method: 'GET', url, ...change }], field];
    };
    const malformed: readonly (readonly [string, WireValue[], string])[] = [
      begun({ method: 1 }),
      begun({ method: null }),
      begun({ url: 1 }),
      begun({ headers: 'x' }),
      begun({ headers: {} }),
      begun({ hasBody: 1 }),
      begun({ redirects: 'no' }),
      begun({ connectTimeoutMs: -1 }),
      begun({ firstByteTimeoutMs: '1' }),
      begun({ betweenBytesTimeoutMs: 1.5 }),
      ['begin', ['c', { method: 'GET', url }], 'capabilityId'],
      ['begin', [null, 'x'], 'request'],
      ['begin', [null], 'request'],
      ['begin', [null, { method: 'GET', url, body: new Uint8Array(1) }], 'request.body'],
      ['begin', [null, { method: 'GET', url, headers: [['x']] }], 'headers[0]'],
      ['begin', [null, { method: 'GET', url, headers: [['x', 'y', 'z']] }], 'headers[0]'],
      ['begin', [null, { method: 'GET', url, headers: [[1, 'y']] }], 'headers[0]'],
      ['begin', [null, { method: 'GET', url }, 1], 'args'],
      ['request', [null, { method: 'GET', url, body: 'text' }], 'body'],
      ['request', [null, { method: 'GET', url, body: new Uint8Array(1_048_577) }], 'body'],
      ['request', [null, { method: 'GET', url, hasBody: true }], 'request.hasBody'],
      ['request', [null, { method: 'GET', url, timeoutMs: Number.NaN }], 'timeoutMs'],
      ['write', ['c', 1, 'text'], 'bytes'],
      ['write', ['c', 1, new Uint8Array(1_048_577)], 'bytes'],
      ['write', [null, 1, new Uint8Array(1)], 'capabilityId'],
      ['finish', ['c', '1'], 'transfer'],
      ['finish', ['c', 0], 'transfer'],
      ['head', ['c', 1.5, 0], 'transfer'],
      ['head', ['c', 1, -1], 'waitMs'],
      ['head', ['c', 1, 0, 0], 'args'],
      ['read', ['c', 1, 0, 0], 'maxBytes'],
      ['read', ['c', 1, 1, 'x'], 'waitMs'],
      ['wait', ['c', 1, 0], 'transfers'],
      ['wait', ['c', [1], 0], 'transfers[0]'],
      ['wait', ['c', [[1]], 0], 'transfers[0]'],
      ['wait', ['c', [[1, 'tail']], 0], 'transfers[0]'],
      ['wait', ['c', Array.from({ length: 1_025 }, () => [1, 'head']), 0], 'transfers'],
      ['drop', ['c', -1], 'transfer'],
      ['drop', ['c', {}], 'transfer'],
    ];
    for (const [name, args, field] of malformed) {
      const failure = thrownBy(() => permissionOf(name, args));
      expect([failure.code, failure.details['field']], `${name} ${field}`).to.deep.equal([
        'INVALID_REQUEST',
        field,
      ]);
    }
  });

  it('a URL that is too long is a failure of the request', async () => {
    const guest = (await stage.open()).guest(WITH_PRIVATE);
    const fate = await guest.fateOf(`http://127.0.0.1/${'x'.repeat(8_192)}`);
    expect(fate).to.equal('HTTP-request-URI-too-long');
  });
});

describe('a queue of bytes', () => {
  it('gives out what was put in, in order, however it is cut', () => {
    const piece = fc.oneof(fc.uint8Array({ maxLength: 40 }), fc.nat(40));
    fc.assert(
      fc.property(fc.array(piece), (moves) => {
        const queue = new ByteQueue();
        const model: number[] = [];
        for (const move of moves) {
          if (typeof move === 'number') {
            expect([...queue.take(move)]).to.deep.equal(model.splice(0, move));
          } else {
            queue.push(move);
            model.push(...move);
          }
          expect(queue.size).to.equal(model.length);
        }
      }),
      RUNS,
    );
  });
});
