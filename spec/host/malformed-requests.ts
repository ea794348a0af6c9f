import * as fc from 'fast-check';
import type { TSchema } from 'typebox';
import { Compile } from 'typebox/compile';

/** A request that no route takes as it is. */
export interface MalformedRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array | undefined;
}

/** What the description says of one route. */
interface Operation {
  readonly method: string;
  readonly path: string;
  readonly body: TSchema | undefined;
  readonly query: readonly string[];
}

interface Description {
  readonly paths: Readonly<
    Record<
      string,
      Readonly<
        Record<
          string,
          {
            readonly parameters?: readonly { readonly in: string; readonly name: string }[];
            readonly requestBody?: {
              readonly content: Readonly<Record<string, { readonly schema?: TSchema }>>;
            };
          }
        >
      >
    >
  >;
}

/** The routes of a description, but those of health, which take whatever is asked. */
export function operationsOf(description: unknown): readonly Operation[] {
  const paths = Object.entries((description as Description).paths);
  return paths
    .filter(([path]) => path.startsWith('/v1/'))
    .flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, { parameters = [], requestBody }]) => ({
        method: method.toUpperCase(),
        path,
        body: requestBody?.content['application/json']?.schema,
        query: parameters.filter((each) => each.in === 'query').map(({ name }) => name),
      })),
    );
}

const POISON = ['__proto__', 'constructor', 'prototype', 'toString', '$bytes', '$$', '', 'x'];
const STRANGE = fc.oneof(
  fc.constantFrom<unknown>(null, true, [], {}, '', -1, 0.5, 1e308, -0, 2 ** 60),
  fc.constantFrom<unknown>({ $bytes: '!' }, { $number: 'NaN' }, { $undefined: true }, { $x: 1 }),
  fc.constantFrom<unknown>({ $bigint: '9'.repeat(400) }, 'x'.repeat(70_000), ['\u0000', '\ud800']),
  fc.integer(),
  fc.string({ unit: 'binary' }),
  fc.jsonValue({ maxDepth: 3 }),
);

type Schema = TSchema & {
  readonly type?: string | readonly string[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly anyOf?: readonly Schema[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly patternProperties?: Readonly<Record<string, Schema>>;
  readonly pattern?: string;
};

/** A value of the form that a schema asks for, as near to right as is needed to get deep into it. */
function likely(schema: Schema): fc.Arbitrary<unknown> {
  if (schema.anyOf !== undefined) return fc.oneof(...schema.anyOf.map(likely));
  if (schema.enum !== undefined) return fc.constantFrom(...schema.enum);
  if ('const' in schema) return fc.constant(schema.const);
  if (schema.pattern?.includes('64') === true) return fc.constant('0'.repeat(64));
  const { type } = schema;
  switch (typeof type === 'string' ? type : 'string') {
    case 'object': {
      const fields = Object.entries(schema.properties ?? {}).map(
        ([key, each]) => [key, likely(each)] as const,
      );
      if (fields.length === 0) return fc.dictionary(fc.string(), fc.string(), { maxKeys: 3 });
      const requiredKeys = (schema.required ?? []) as never[];
      return fc.record(Object.fromEntries(fields), { requiredKeys, noNullPrototype: true });
    }
    case 'array':
      return fc.array(likely(schema.items ?? {}), { maxLength: 3 });
    case 'integer':
    case 'number':
      return fc.nat(1_000_000);
    case 'boolean':
      return fc.boolean();
    case 'null':
      return fc.constant(null);
    default:
      return fc.stringMatching(/^[a-z][a-z0-9-]{3,12}$/);
  }
}

/** Puts something strange in one place of a value. */
function spoiled(value: unknown, at: number, strange: unknown, key: string): unknown {
  if (typeof value !== 'object' || value === null || at % 7 === 0) return strange;
  if (Array.isArray(value)) {
    if (value.length === 0) return [strange];
    const index = at % value.length;
    return value.map((item: unknown, each) =>
      each === index ? spoiled(item, Math.trunc(at / 3), strange, key) : item,
    );
  }
  const keys = Object.keys(value);
  // One key more than there are: that one is nobody's.
  const chosen = keys[at % (keys.length + 1)] ?? key;
  const former = (value as Readonly<Record<string, unknown>>)[chosen];
  const entries = Object.entries(value).filter(([each]) => each !== chosen);
  const next = keys.includes(chosen) ? spoiled(former, Math.trunc(at / 3), strange, key) : strange;
  return Object.fromEntries([...entries, [chosen, next]]);
}

const encoder = new TextEncoder();
const BROKEN = fc.oneof(
  fc.constantFrom(
    '',
    '{',
    '[1,',
    '{"a":}',
    'NaN',
    '{"a":1}}',
    "{'a':1}",
    '"',
    'undefined',
    '\ufeff{}',
  ),
  fc.constantFrom('['.repeat(50_000), '{"a":'.repeat(5_000), `${'9'.repeat(5_000)}x`),
  fc.constantFrom(Uint8Array.of(0x22, 0xff, 0x22), Uint8Array.of(0xc0, 0x80), Uint8Array.of(0)),
  fc.uint8Array({ maxLength: 40 }).map((bytes) => Uint8Array.of(0x7b, 0x80, ...bytes)),
);
const TYPES = fc.constantFrom(
  'text/plain',
  'text/html',
  'application/xml',
  'multipart/form-data',
  'x',
  '',
);
const IDS = fc.oneof(
  fc.constantFrom(
    'a',
    'nobody',
    '%ff',
    '%00',
    '..',
    '%2e%2e',
    '%2Fetc%2Fpasswd',
    '__proto__',
    '%',
    '%zz',
  ),
  fc.integer({ min: 129, max: 6_000 }).map((length) => 'i'.repeat(length)),
  fc.string({ unit: 'grapheme', minLength: 1 }).map((text) => encodeURIComponent(text)),
);

/** Requests that are wrong in one way or another, for every route of a description. */
export function malformedRequest(operations: readonly Operation[]): fc.Arbitrary<MalformedRequest> {
  const json = { 'content-type': 'application/json' };
  return fc.oneof(
    ...operations.map(({ method, path, body, query }) => {
      const filled = fc
        .array(IDS, { minLength: 3, maxLength: 3 })
        .map((ids) => path.replaceAll(/\{\w+\}/g, () => ids[path.length % 3] ?? 'a'));
      const asked = (at: string, rest: object): MalformedRequest => ({
        method,
        path: at,
        headers: {},
        body: undefined,
        ...rest,
      });
      const ways: fc.Arbitrary<MalformedRequest>[] = [
        fc
          .tuple(filled, fc.constantFrom(...query, 'colour', '__proto__', 'limit[]'), fc.string())
          .map(([at, name, text]) =>
            asked(`${at}?colour=1&${name}=${encodeURIComponent(text)}`, {}),
          ),
        fc
          .tuple(filled, fc.constantFrom('PATCH', 'PROPFIND', 'TRACE', 'LOCK', 'QUERY'))
          .map(([at, other]) => ({ ...asked(at, {}), method: other })),
      ];
      if (path.includes('{') && body === undefined) {
        // Well formed, and about what is not there: this gets as far as the supervisor.
        const absent = filled.filter((at) => !/\/a(?:\/|$)/.test(at));
        ways.push(absent.map((at) => asked(at, {})));
      }
      if (body !== undefined) {
        const check = Compile(body);
        const wrong = fc
          .tuple(likely(body as Schema), fc.nat(10_000), STRANGE, fc.constantFrom(...POISON))
          .map(([value, at, strange, key]) => spoiled(value, at, strange, key))
          .filter((value) => !check.Check(value));
        ways.push(
          fc
            .tuple(filled, wrong)
            .map(([at, value]) => asked(at, { headers: json, body: JSON.stringify(value) })),
          fc.tuple(filled, BROKEN).map(([at, text]) =>
            asked(at, {
              headers: json,
              body: typeof text === 'string' ? encoder.encode(text) : text,
            }),
          ),
          fc
            .tuple(filled, TYPES)
            .map(([at, type]) => asked(at, { headers: { 'content-type': type }, body: '{}' })),
        );
      }
      return fc.oneof(...ways);
    }),
  );
}
