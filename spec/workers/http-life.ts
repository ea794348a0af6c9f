import { expect } from 'chai';
import { type HostFunction, HostResultError } from '../../workers/abi/component/host-imports.ts';
import {
  type FakeHttp,
  type FakeOptions,
  type FakeRequest,
  type FakeResponse,
  fakeHttp,
} from '../guests/fake-http.ts';
import { payloadThrownBy } from '../thrown.ts';

/** One life of a guest that speaks HTTP, at the level of the functions that it imports. */
export interface HttpLife extends FakeHttp {
  /** Calls by `interface#function`, such as `http/types#[constructor]fields`. */
  call(name: string, ...args: unknown[]): unknown;
  /** Of `http/types`, such as `fields.get`; methods, statics and constructors alike. */
  types(name: string, ...args: unknown[]): unknown;
  /** Of `io/streams`. */
  streams(name: string, ...args: unknown[]): unknown;
  fields(entries?: readonly (readonly [string, string])[]): unknown;
  /** A request to `http://server.example/`. */
  request(headers?: readonly (readonly [string, string])[]): unknown;
  handle(request: unknown, options?: unknown): unknown;
  /** The response to a `GET` that needs no waiting. */
  response(): unknown;
}

export function httpLife(
  respond?: (request: FakeRequest) => FakeResponse,
  options?: FakeOptions,
): HttpLife {
  const fake = fakeHttp(respond, options);
  const call = (name: string, ...args: unknown[]): unknown => {
    const [path = '', functionName = ''] = name.split('#');
    return (fake.imports(`wasi:${path}@0.2.3`, functionName) as HostFunction)(...args);
  };
  const types = (name: string, ...args: unknown[]): unknown => {
    const kinds = ['', '[method]', '[static]', '[constructor]'];
    const kind = kinds.find(
      (each) => fake.imports('wasi:http/types@0.2.3', `${each}${name}`) !== undefined,
    );
    return call(`http/types#${kind ?? ''}${name}`, ...args);
  };
  const life: HttpLife = {
    ...fake,
    call,
    types,
    streams: (name, ...args) => call(`io/streams#[method]${name}`, ...args),
    fields: (entries = []) =>
      types(
        'fields.from-list',
        entries.map(([name, value]) => [name, bytes(value)]),
      ),
    request(headers) {
      const request = types('outgoing-request', life.fields(headers));
      types('outgoing-request.set-scheme', request, { tag: 'HTTP' });
      types('outgoing-request.set-authority', request, 'server.example');
      return request;
    },
    handle: (request, given) => call('http/outgoing-handler#handle', request, given),
    response: () =>
      outcomeOf(types('future-incoming-response.get', life.handle(life.request()))).val,
  };
  return life;
}

export function bytes(content: string): Uint8Array {
  return new TextEncoder().encode(content);
}

export function text(value: unknown): string {
  expect(value).to.be.instanceOf(Uint8Array);
  return new TextDecoder().decode(value as Uint8Array);
}

/** The payload of the error that a call answers. */
export const errorOf = (call: () => unknown): unknown => payloadThrownBy(HostResultError, call);

/** The inner result of an `option<result<result<…>>>` that is there. */
export function outcomeOf(got: unknown): { readonly tag: string; readonly val: unknown } {
  expect(got).to.have.property('tag', 'ok');
  return (got as { readonly val: { readonly tag: string; readonly val: unknown } }).val;
}

/** Drops a handle as a guest does. */
export function drop(resource: unknown): void {
  (resource as Partial<Disposable>)[Symbol.dispose]?.();
}

/** Sends a request with a body and hands out what a guest writes it by. */
export function sending(life: HttpLife, headers?: readonly (readonly [string, string])[]) {
  const request = life.request(headers);
  life.types('outgoing-request.set-method', request, { tag: 'post' });
  const body = life.types('outgoing-request.body', request);
  return { request, body, stream: life.types('outgoing-body.write', body) };
}

/** What the provider was told when the first request was sent. */
export function begun(life: HttpLife): Record<string, unknown> {
  const call = life.host.calls.find(({ operation }) => operation === 'begin');
  return (call?.args[1] ?? {}) as Record<string, unknown>;
}

/** The body of a response and its stream. */
export function receiving(life: HttpLife): { readonly body: unknown; readonly stream: unknown } {
  const body = life.types('incoming-response.consume', life.response());
  return { body, stream: life.types('incoming-body.stream', body) };
}

/** Reads until the stream is closed, or tells what it failed of. */
export function readAll(
  life: HttpLife,
  stream: unknown,
  lengths: readonly bigint[],
  name: string,
): { readonly read: number[]; readonly code: unknown } {
  const read: number[] = [];
  for (let round = 0; ; round++) {
    const length = lengths[round % lengths.length]!;
    let piece: Uint8Array;
    try {
      piece = life.streams(`input-stream.${name}`, stream, length) as Uint8Array;
    } catch (thrown) {
      const error = errorOf(() => {
        throw thrown;
      }) as { readonly tag: string; readonly val: unknown };
      const code = error.tag === 'closed' ? undefined : life.types('http-error-code', error.val);
      return { read, code };
    }
    expect(piece.length).to.be.at.most(Number(length));
    if (name === 'blocking-read') expect(piece.length).to.be.greaterThan(0);
    else if (piece.length === 0) life.host.sleep(1);
    read.push(...piece);
  }
}
