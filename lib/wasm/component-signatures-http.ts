import { alike, InterfaceSignatures, methods } from './component-signature-notation.ts';

const OPTIONAL_TEXT = 'option<string>';

const TYPES = {
  Method: 'variant { get, head, post, put, delete, connect, options, trace, patch, other(string) }',
  Scheme: 'variant { HTTP, HTTPS, other(string) }',
  DnsError: `record { rcode: ${OPTIONAL_TEXT}, info-code: option<u16> }`,
  TlsAlert: `record { alert-id: option<u8>, alert-message: ${OPTIONAL_TEXT} }`,
  FieldSize: `record { field-name: ${OPTIONAL_TEXT}, field-size: option<u32> }`,
  ErrorCode: `variant { DNS-timeout, DNS-error(DnsError), destination-not-found,
    destination-unavailable, destination-IP-prohibited, destination-IP-unroutable,
    connection-refused, connection-terminated, connection-timeout, connection-read-timeout,
    connection-write-timeout, connection-limit-reached, TLS-protocol-error, TLS-certificate-error,
    TLS-alert-received(TlsAlert), HTTP-request-denied, HTTP-request-length-required,
    HTTP-request-body-size(option<u64>), HTTP-request-method-invalid, HTTP-request-URI-invalid,
    HTTP-request-URI-too-long, HTTP-request-header-section-size(option<u32>),
    HTTP-request-header-size(option<FieldSize>), HTTP-request-trailer-section-size(option<u32>),
    HTTP-request-trailer-size(FieldSize), HTTP-response-incomplete,
    HTTP-response-header-section-size(option<u32>), HTTP-response-header-size(FieldSize),
    HTTP-response-body-size(option<u64>), HTTP-response-trailer-section-size(option<u32>),
    HTTP-response-trailer-size(FieldSize), HTTP-response-transfer-coding(${OPTIONAL_TEXT}),
    HTTP-response-content-coding(${OPTIONAL_TEXT}), HTTP-response-timeout, HTTP-upgrade-failed,
    HTTP-protocol-error, loop-detected, configuration-error, internal-error(${OPTIONAL_TEXT}) }`,
  HeaderError: 'variant { invalid-syntax, forbidden, immutable }',
  Entries: 'list<tuple<string, list<u8>>>',
};

// The aliases `headers` and `trailers` of `fields` keep their names in what toolchains write down.
const FIELDS = {
  '[constructor]fields': '() -> own<fields>',
  '[static]fields.from-list': '(Entries) -> result<own<fields>, HeaderError>',
  ...methods('fields', {
    get: '(string) -> list<list<u8>>',
    has: '(string) -> bool',
    set: '(string, list<list<u8>>) -> result<_, HeaderError>',
    delete: '(string) -> result<_, HeaderError>',
    append: '(string, list<u8>) -> result<_, HeaderError>',
    entries: '() -> Entries',
    clone: '() -> own<fields>',
  }),
};

const OUTGOING = {
  '[constructor]outgoing-request': '(own<headers>) -> own<outgoing-request>',
  ...methods('outgoing-request', {
    body: '() -> result<own<outgoing-body>>',
    method: '() -> Method',
    'set-method': '(Method) -> result',
    scheme: '() -> option<Scheme>',
    'set-scheme': '(option<Scheme>) -> result',
    ...alike('path-with-query authority', `() -> ${OPTIONAL_TEXT}`),
    ...alike('set-path-with-query set-authority', `(${OPTIONAL_TEXT}) -> result`),
    headers: '() -> own<headers>',
  }),
  '[constructor]request-options': '() -> own<request-options>',
  ...methods('request-options', {
    ...alike('connect-timeout first-byte-timeout between-bytes-timeout', '() -> option<u64>'),
    ...alike(
      'set-connect-timeout set-first-byte-timeout set-between-bytes-timeout',
      '(option<u64>) -> result',
    ),
  }),
  ...methods('outgoing-body', { write: '() -> result<own<output-stream>>' }),
  '[static]outgoing-body.finish':
    '(own<outgoing-body>, option<own<trailers>>) -> result<_, ErrorCode>',
  ...methods('future-incoming-response', {
    subscribe: '() -> own<pollable>',
    get: '() -> option<result<result<own<incoming-response>, ErrorCode>>>',
  }),
};

const INCOMING = {
  ...methods('incoming-response', {
    status: '() -> u16',
    headers: '() -> own<headers>',
    consume: '() -> result<own<incoming-body>>',
  }),
  ...methods('incoming-body', { stream: '() -> result<own<input-stream>>' }),
  '[static]incoming-body.finish': '(own<incoming-body>) -> own<future-trailers>',
  ...methods('future-trailers', {
    subscribe: '() -> own<pollable>',
    get: '() -> option<result<result<option<own<trailers>>, ErrorCode>>>',
  }),
};

/** What only guests use that handle requests; whatever is compiled for the proxy world imports it. */
const SERVING = {
  ...methods('incoming-request', {
    method: '() -> Method',
    scheme: '() -> option<Scheme>',
    ...alike('path-with-query authority', `() -> ${OPTIONAL_TEXT}`),
    headers: '() -> own<headers>',
    consume: '() -> result<own<incoming-body>>',
  }),
  '[static]response-outparam.set':
    '(own<response-outparam>, result<own<outgoing-response>, ErrorCode>)',
  '[constructor]outgoing-response': '(own<headers>) -> own<outgoing-response>',
  ...methods('outgoing-response', {
    'status-code': '() -> u16',
    'set-status-code': '(u16) -> result',
    headers: '() -> own<headers>',
    body: '() -> result<own<outgoing-body>>',
  }),
};

/**
 * `wasi:http` 0.2, over all patches (https://github.com/WebAssembly/wasi-http).
 *
 * @internal
 */
export const HTTP_SIGNATURES: ReadonlyMap<string, InterfaceSignatures> = new Map([
  [
    'wasi:http/types',
    new InterfaceSignatures(TYPES, {
      'http-error-code': '(borrow<io-error>) -> option<ErrorCode>',
      ...FIELDS,
      ...OUTGOING,
      ...INCOMING,
      ...SERVING,
    }),
  ],
  [
    'wasi:http/outgoing-handler',
    new InterfaceSignatures(TYPES, {
      handle:
        '(own<outgoing-request>, option<own<request-options>>) -> result<own<future-incoming-response>, ErrorCode>',
    }),
  ],
]);
