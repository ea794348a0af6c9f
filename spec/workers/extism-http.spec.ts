import { expect } from 'chai';
import * as fc from 'fast-check';
import type { WireValue } from '../../lib/core/provider.ts';
import { CapabilityRefused } from '../../workers/guest-failure.ts';
import { type RecordingHost, recordingHost } from '../guests/recording-host.ts';
import { type Kernel, kernelOf } from './extism-kernel.ts';

const numRuns = Number(process.env['FC_RUNS'] ?? 100);
const ANSWER = {
  status: 201,
  headers: [
    ['Content-Type', 'text/plain'],
    ['x-more', 'a'],
    ['X-More', 'b'],
    ['__proto__', 'c'],
  ],
  body: Buffer.from('the body'),
};

describe('http requests of plug-ins', () => {
  const ask = (kernel: Kernel, request: unknown, body = ''): bigint => {
    const text = typeof request === 'string' ? request : JSON.stringify(request);
    return kernel.call('http_request', kernel.give(text), kernel.give(body)) as bigint;
  };

  const expectRefused = (kernel: Kernel, host: RecordingHost, reason: string): void => {
    expect(kernel.call('http_status_code')).to.equal(0);
    expect(kernel.call('http_headers')).to.equal(0n);
    expect(host.text('stderr')).to.equal(`[error] http_request: ${reason}\n`);
    expect(kernel.plugin.failure).to.equal(undefined);
  };

  it('become one request, and its answer status, headers and body', () => {
    const host = recordingHost({ serve: () => ANSWER });
    const kernel = kernelOf(host);
    const headers = { 'x-a': '1', 'X-B': '2' };
    const body = ask(kernel, { url: 'http://a.test/', method: 'POST', headers }, 'sent');
    expect(host.calls).to.deep.equal([
      {
        family: 'http',
        operation: 'request',
        args: [
          null,
          {
            method: 'POST',
            url: 'http://a.test/',
            headers: Object.entries(headers),
            body: new Uint8Array(Buffer.from('sent')),
          },
        ],
      },
    ]);
    expect(kernel.text(body)).to.equal('the body');
    expect(kernel.call('http_status_code')).to.equal(201);
    expect(kernel.text(kernel.call('http_headers'))).to.equal(
      '{"content-type":"text/plain","x-more":"a, b","__proto__":"c"}',
    );
  });

  it('are a GET without headers or body where nothing else is said', () => {
    const bare = { method: 'GET', url: 'http://a.test/', headers: [] };
    for (const [request, body] of [
      [{ url: 'http://a.test/' }, ''],
      [{ url: 'http://a.test/', method: null, headers: null }, ''],
      [{ url: 'http://a.test/', method: 'GET' }, 'left out'],
    ] as const) {
      const host = recordingHost({ serve: () => ANSWER });
      ask(kernelOf(host), request, body);
      expect(host.calls[0]?.args).to.deep.equal([null, bare]);
    }
    const host = recordingHost({ serve: () => ANSWER });
    ask(kernelOf(host), { url: 'http://a.test/', header: { a: 'b' } });
    expect(host.calls[0]?.args[1]).to.deep.include({ headers: [['a', 'b']] });
  });

  it('P3 · are described by JSON, and whatever is not is not asked for', () => {
    const description = fc.oneof(
      fc.string(),
      fc.json(),
      fc
        .record(
          { url: fc.anything(), method: fc.anything(), headers: fc.anything() },
          { requiredKeys: [] },
        )
        .map((given) => {
          try {
            return JSON.stringify(given) ?? '';
          } catch {
            return '';
          }
        }),
    );
    fc.assert(
      fc.property(description, (text) => {
        const host = recordingHost({ serve: () => ANSWER });
        const kernel = kernelOf(host);
        const body = ask(kernel, text);
        const [call] = host.calls;
        if (call === undefined) {
          expect(body).to.equal(0n);
          expect(host.text('stderr')).to.match(/^\[error] http_request: the (request|method|head)/);
          return;
        }
        const { url, method, headers } = call.args[1] as Record<string, unknown>;
        expect(url).to.be.a('string');
        expect(method).to.be.a('string');
        for (const pair of headers as unknown[][]) {
          expect(pair.map((each) => typeof each)).to.deep.equal(['string', 'string']);
        }
      }),
      { numRuns },
    );
  });

  it('P4 · that are refused or fail have the status 0, and standard error says why', () => {
    const denied = recordingHost();
    const kernel = kernelOf(denied);
    expect(ask(kernel, { url: 'http://a.test/' })).to.equal(0n);
    expectRefused(kernel, denied, 'PERMISSION_DENIED: nothing is granted');
    for (const [answer, reason] of [
      [{ error: 'DNS-error', message: 'no such name' }, 'DNS-error: no such name'],
      [{ error: 'internal-error' }, 'internal-error: '],
      ['text', 'the provider answered in an unexpected form'],
      [null, 'the provider answered in an unexpected form'],
      [{ ...ANSWER, status: 7 }, 'the provider answered in an unexpected form'],
      [{ ...ANSWER, status: 200.5 }, 'the provider answered in an unexpected form'],
      [{ ...ANSWER, headers: 'none' }, 'the provider answered in an unexpected form'],
      [{ ...ANSWER, body: 'text' }, 'the provider answered in an unexpected form'],
      [
        { ...ANSWER, body: new Uint8Array(17_000_000) },
        'the memory of the plug-in has no room for the answer',
      ],
    ] as readonly (readonly [WireValue, string])[]) {
      const host = recordingHost({ serve: () => answer });
      const other = kernelOf(host);
      expect(ask(other, { url: 'http://a.test/' })).to.equal(0n);
      expectRefused(other, host, reason);
    }
  });

  it('forget the answer before, also when they are refused', () => {
    let isServed = true;
    const host = recordingHost({
      serve: () => {
        if (isServed) return ANSWER;
        throw new CapabilityRefused({ code: 'TIMEOUT', message: 'too late' });
      },
    });
    const kernel = kernelOf(host);
    ask(kernel, { url: 'http://a.test/' });
    isServed = false;
    ask(kernel, { url: 'http://a.test/' });
    expectRefused(kernel, host, 'TIMEOUT: too late');
  });

  it('are no larger than a message may be', () => {
    const host = recordingHost({ serve: () => ANSWER, payloadBytes: 100 });
    const kernel = kernelOf(host);
    expect(ask(kernel, { url: 'http://a.test/', method: 'PUT' }, 'x'.repeat(101))).to.equal(0n);
    expectRefused(kernel, host, 'the request is larger than 100 bytes');
    ask(kernel, { url: `http://a.test/${'x'.repeat(100)}` });
    expect(host.calls).to.deep.equal([]);
    expect(ask(kernel, { url: 'http://a.test/', method: 'PUT' }, 'x'.repeat(100))).to.not.equal(0n);
  });

  it('survive headers of an answer that are none', () => {
    const headers = [null, 7, ['a'], [1, 'b'], ['c', 2], ['d', 'e']] as WireValue[];
    const kernel = kernelOf(recordingHost({ serve: () => ({ ...ANSWER, headers }) }));
    ask(kernel, { url: 'http://a.test/' });
    expect(kernel.text(kernel.call('http_headers'))).to.equal('{"d":"e"}');
  });
});
