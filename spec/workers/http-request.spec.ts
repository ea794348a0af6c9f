import { expect } from 'chai';
import { GuestTrap } from '../../workers/guest-failure.ts';
import { begun, bytes, errorOf, httpLife } from './http-life.ts';

const PIECE = 65_536;

describe('outgoing-request of wasi:http', () => {
  it('begins as a GET without a target and keeps what is set', () => {
    const { types, fields } = httpLife();
    const request = types('outgoing-request', fields());
    expect(types('outgoing-request.method', request)).to.deep.equal({ tag: 'get' });
    const parts = {
      scheme: { tag: 'other', val: 'git+ssh' },
      authority: 'a.example:8080',
      'path-with-query': '/a/b?c=%20',
    };
    for (const [part, value] of Object.entries(parts)) {
      expect(types(`outgoing-request.${part}`, request)).to.equal(undefined);
      types(`outgoing-request.set-${part}`, request, value);
      expect(types(`outgoing-request.${part}`, request)).to.deep.equal(value);
      types(`outgoing-request.set-${part}`, request, undefined);
      expect(types(`outgoing-request.${part}`, request)).to.equal(undefined);
    }
    types('outgoing-request.set-method', request, { tag: 'other', val: 'PURGE' });
    expect(types('outgoing-request.method', request)).to.deep.equal({ tag: 'other', val: 'PURGE' });
  });

  it('refuses parts that could be read in two ways, and keeps what it had', () => {
    const { types, request } = httpLife();
    const asked = request();
    const bad: [string, unknown][] = [
      ...['', 'GE T', 'GET\r\n', 'é'].map((val): [string, unknown] => [
        'method',
        { tag: 'other', val },
      ]),
      ...['', '1x', 'a b', 'http:'].map((val): [string, unknown] => [
        'scheme',
        { tag: 'other', val },
      ]),
      ...[
        '',
        'user@server.example',
        'a b',
        'a/b',
        'a\\b',
        'a?b',
        'a#b',
        'a:b',
        'a:123456',
        '[::1',
        'a\r\nb',
        'ä.example',
        'x'.repeat(400),
      ].map((val): [string, unknown] => ['authority', val]),
      ...[
        'x',
        '*',
        '@server',
        '/a b',
        '/a#b',
        '/a\\b',
        '/\r\n',
        '/ä',
        '/a\0',
        `/${'x'.repeat(PIECE)}`,
      ].map((val): [string, unknown] => ['path-with-query', val]),
    ];
    for (const [part, value] of bad) {
      const before = types(`outgoing-request.${part}`, asked);
      const set = (): unknown => types(`outgoing-request.set-${part}`, asked, value);
      expect(errorOf(set), `${part} ${JSON.stringify(value)}`).to.equal(undefined);
      expect(types(`outgoing-request.${part}`, asked)).to.deep.equal(before);
    }
  });

  it('becomes the operation that the provider knows, with what the guest has set', () => {
    const life = httpLife();
    const request = life.request([
      ['X-One', '1'],
      ['x-one', '2'],
    ]);
    life.types('outgoing-request.set-scheme', request, { tag: 'HTTPS' });
    life.types('outgoing-request.set-method', request, { tag: 'delete' });
    life.types('outgoing-request.set-path-with-query', request, '?q');
    const options = life.types('request-options');
    const timeouts = {
      'connect-timeout': 1n,
      'first-byte-timeout': 2_000_001n,
      'between-bytes-timeout': 2n ** 64n - 1n,
    };
    for (const [name, ns] of Object.entries(timeouts)) {
      expect(life.types(`request-options.${name}`, options)).to.equal(undefined);
      life.types(`request-options.set-${name}`, options, ns);
      expect(life.types(`request-options.${name}`, options)).to.equal(ns);
    }
    life.handle(request, options);
    expect(life.host.calls).to.deep.equal([
      {
        family: 'http',
        operation: 'begin',
        args: [
          null,
          {
            method: 'DELETE',
            url: 'https://server.example/?q',
            headers: [
              ['X-One', bytes('1')],
              ['x-one', bytes('2')],
            ],
            hasBody: false,
            connectTimeoutMs: 1,
            firstByteTimeoutMs: 3,
            betweenBytesTimeoutMs: 2 ** 31 - 1,
          },
        ],
      },
    ]);
  });

  it('goes by HTTPS unless it says otherwise, and nowhere without an authority or by another scheme', () => {
    const life = httpLife();
    const request = life.request();
    life.types('outgoing-request.set-scheme', request, undefined);
    life.handle(request);
    expect(begun(life)['url']).to.equal('https://server.example/');
    const parts: [string, unknown][] = [
      ['authority', undefined],
      ['scheme', { tag: 'other', val: 'file' }],
    ];
    for (const [part, value] of parts) {
      const odd = life.request();
      life.types(`outgoing-request.set-${part}`, odd, value);
      expect(errorOf(() => life.handle(odd))).to.deep.equal({ tag: 'HTTP-request-URI-invalid' });
    }
    expect(life.transfers).to.have.length(1);
  });

  it('names every method of the interface in capitals', () => {
    const tags = 'get head post put delete connect options trace patch'.split(' ');
    for (const tag of tags) {
      const life = httpLife();
      const request = life.request();
      life.types('outgoing-request.set-method', request, { tag });
      life.handle(request);
      expect(begun(life)['method']).to.equal(tag.toUpperCase());
    }
  });

  it('is refused with more headers than a message holds, before anybody is asked', () => {
    const life = httpLife(undefined, { payloadBytes: 70_000 });
    const request = life.request([
      ['n', 'x'.repeat(60_000)],
      ['m', 'x'.repeat(10_000)],
    ]);
    expect(errorOf(() => life.handle(request))).to.deep.equal({
      tag: 'HTTP-request-header-section-size',
      val: 70_130,
    });
    expect(life.host.calls).to.deep.equal([]);
  });

  it('P19 · cannot be sent twice, nor its options', () => {
    const life = httpLife();
    const [request, options] = [life.request(), life.types('request-options')];
    life.handle(request, options);
    expect(() => life.handle(request)).to.throw(GuestTrap);
    expect(() => life.handle(life.request(), options)).to.throw(GuestTrap);
    expect(() => life.types('request-options.connect-timeout', options)).to.throw(GuestTrap);
    expect(life.transfers).to.have.length(1);
  });
});

describe('outgoing-response of wasi:http', () => {
  it('can be put together, although nobody asks for it yet', () => {
    const { types, fields } = httpLife();
    const response = types('outgoing-response', fields([['a', 'b']]));
    expect(types('outgoing-response.status-code', response)).to.equal(200);
    types('outgoing-response.set-status-code', response, 404);
    expect(types('outgoing-response.status-code', response)).to.equal(404);
    for (const status of [0, 99, 100, 103, 199, 1_000, 65_535]) {
      expect(errorOf(() => types('outgoing-response.set-status-code', response, status))).to.equal(
        undefined,
      );
    }
    types('outgoing-body.finish', types('outgoing-response.body', response), undefined);
    expect(errorOf(() => types('outgoing-response.body', response))).to.equal(undefined);
  });
});
