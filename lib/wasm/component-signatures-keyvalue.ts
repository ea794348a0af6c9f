import { InterfaceSignatures, methods } from './component-signature-notation.ts';

const TYPES = {
  StoreError: 'variant { no-such-store, access-denied, other(string) }',
  Pair: 'tuple<string, list<u8>>',
};

/** The functions of `store`, whose drafts differ in what a cursor is. */
function store(cursor: string): InterfaceSignatures {
  const types = {
    ...TYPES,
    Cursor: `option<${cursor}>`,
    Keys: 'record { keys: list<string>, cursor: Cursor }',
  };
  return new InterfaceSignatures(types, {
    open: '(string) -> result<own<bucket>, StoreError>',
    ...methods('bucket', {
      get: '(string) -> result<option<list<u8>>, StoreError>',
      set: '(string, list<u8>) -> result<_, StoreError>',
      delete: '(string) -> result<_, StoreError>',
      exists: '(string) -> result<bool, StoreError>',
      'list-keys': '(Cursor) -> result<Keys, StoreError>',
    }),
  });
}

/** The functions of `batch`, whose drafts differ in how they tell that a key is absent. */
function batch(found: string): InterfaceSignatures {
  return new InterfaceSignatures(TYPES, {
    'get-many': `(borrow<bucket>, list<string>) -> result<list<${found}>, StoreError>`,
    'set-many': '(borrow<bucket>, list<Pair>) -> result<_, StoreError>',
    'delete-many': '(borrow<bucket>, list<string>) -> result<_, StoreError>',
  });
}

const ATOMICS_DRAFT2 = new InterfaceSignatures(
  { ...TYPES, CasError: 'variant { store-error(StoreError), cas-failed(own<cas>) }' },
  {
    increment: '(borrow<bucket>, string, s64) -> result<s64, StoreError>',
    '[static]cas.new': '(borrow<bucket>, string) -> result<own<cas>, StoreError>',
    ...methods('cas', { current: '() -> result<option<list<u8>>, StoreError>' }),
    swap: '(own<cas>, list<u8>) -> result<_, CasError>',
  },
);

/**
 * `wasi:keyvalue` in both drafts, by interface and version. The batch of the second has had two shapes
 * under one version; this is the one that Spin ships and the proposal settled on
 * (https://github.com/WebAssembly/wasi-keyvalue/pull/55).
 *
 * @internal
 */
export const KEYVALUE_SIGNATURES: ReadonlyMap<string, InterfaceSignatures> = new Map([
  ['wasi:keyvalue/store@0.2.0-draft', store('u64')],
  [
    'wasi:keyvalue/atomics@0.2.0-draft',
    new InterfaceSignatures(TYPES, {
      increment: '(borrow<bucket>, string, u64) -> result<u64, StoreError>',
    }),
  ],
  ['wasi:keyvalue/batch@0.2.0-draft', batch('option<Pair>')],
  ['wasi:keyvalue/store@0.2.0-draft2', store('string')],
  ['wasi:keyvalue/atomics@0.2.0-draft2', ATOMICS_DRAFT2],
  ['wasi:keyvalue/batch@0.2.0-draft2', batch('tuple<string, option<list<u8>>>')],
]);

const CONFIG = new InterfaceSignatures(
  { ConfigError: 'variant { upstream(string), io(string) }' },
  {
    get: '(string) -> result<option<string>, ConfigError>',
    'get-all': '() -> result<list<tuple<string, string>>, ConfigError>',
  },
);

/**
 * `wasi:config`, the same in all versions of the proposal (https://github.com/WebAssembly/wasi-config).
 *
 * @internal
 */
export const CONFIG_SIGNATURES: ReadonlyMap<string, InterfaceSignatures> = new Map([
  ['wasi:config/store@0.2.0-rc.1', CONFIG],
  ['wasi:config/store@0.2.0-draft', CONFIG],
  ['wasi:config/store@0.2.0-draft-2024-09-27', CONFIG],
  ['wasi:config/runtime@0.2.0-draft', CONFIG],
]);

const LOGGING = new InterfaceSignatures(
  { Level: 'enum { trace, debug, info, warn, error, critical }' },
  { log: '(Level, string, string)' },
);

/**
 * `wasi:logging` (https://github.com/WebAssembly/wasi-logging).
 *
 * @internal
 */
export const LOGGING_SIGNATURES: ReadonlyMap<string, InterfaceSignatures> = new Map([
  ['wasi:logging/logging', LOGGING],
  ['wasi:logging/logging@0.1.0-draft', LOGGING],
]);
