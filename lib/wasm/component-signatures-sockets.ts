import { alike, InterfaceSignatures, methods } from './component-signature-notation.ts';

const ERROR_CODES = `unknown, access-denied, not-supported, invalid-argument, out-of-memory, timeout,
  concurrency-conflict, not-in-progress, would-block, invalid-state, new-socket-limit,
  address-not-bindable, address-in-use, remote-unreachable, connection-refused, connection-reset,
  connection-aborted, datagram-too-large, name-unresolvable, temporary-resolver-failure,
  permanent-resolver-failure`;

const TYPES = {
  ErrorCode: `enum { ${ERROR_CODES} }`,
  Family: 'enum { ipv4, ipv6 }',
  Ipv4: 'tuple<u8, u8, u8, u8>',
  Ipv6: 'tuple<u16, u16, u16, u16, u16, u16, u16, u16>',
  Host: 'variant { ipv4(Ipv4), ipv6(Ipv6) }',
  Socket4: 'record { port: u16, address: Ipv4 }',
  Socket6: 'record { port: u16, flow-info: u32, address: Ipv6, scope-id: u32 }',
  Address: 'variant { ipv4(Socket4), ipv6(Socket6) }',
  Incoming: 'record { data: list<u8>, remote-address: Address }',
  Outgoing: 'record { data: list<u8>, remote-address: option<Address> }',
  Datagrams: 'tuple<own<incoming-datagram-stream>, own<outgoing-datagram-stream>>',
  Streams: 'own<input-stream>, own<output-stream>',
};

const subscribe = '() -> own<pollable>';

const BOTH_SOCKETS = {
  'start-bind': '(borrow<network>, Address) -> result<_, ErrorCode>',
  'finish-bind': '() -> result<_, ErrorCode>',
  ...alike('local-address remote-address', '() -> result<Address, ErrorCode>'),
  'address-family': '() -> Family',
  ...alike('receive-buffer-size send-buffer-size', '() -> result<u64, ErrorCode>'),
  ...alike('set-receive-buffer-size set-send-buffer-size', '(u64) -> result<_, ErrorCode>'),
  subscribe,
};

const TCP = methods('tcp-socket', {
  ...BOTH_SOCKETS,
  'start-connect': '(borrow<network>, Address) -> result<_, ErrorCode>',
  'finish-connect': '() -> result<tuple<Streams>, ErrorCode>',
  ...alike('start-listen finish-listen', '() -> result<_, ErrorCode>'),
  accept: '() -> result<tuple<own<tcp-socket>, Streams>, ErrorCode>',
  'is-listening': '() -> bool',
  'keep-alive-enabled': '() -> result<bool, ErrorCode>',
  'set-keep-alive-enabled': '(bool) -> result<_, ErrorCode>',
  ...alike('keep-alive-idle-time keep-alive-interval', '() -> result<u64, ErrorCode>'),
  ...alike(
    'set-listen-backlog-size set-keep-alive-idle-time set-keep-alive-interval',
    '(u64) -> result<_, ErrorCode>',
  ),
  'keep-alive-count': '() -> result<u32, ErrorCode>',
  'set-keep-alive-count': '(u32) -> result<_, ErrorCode>',
  'hop-limit': '() -> result<u8, ErrorCode>',
  'set-hop-limit': '(u8) -> result<_, ErrorCode>',
  shutdown: '(enum { receive, send, both }) -> result<_, ErrorCode>',
});

const UDP = {
  ...methods('udp-socket', {
    ...BOTH_SOCKETS,
    stream: '(option<Address>) -> result<Datagrams, ErrorCode>',
    'unicast-hop-limit': '() -> result<u8, ErrorCode>',
    'set-unicast-hop-limit': '(u8) -> result<_, ErrorCode>',
  }),
  ...methods('incoming-datagram-stream', {
    receive: '(u64) -> result<list<Incoming>, ErrorCode>',
    subscribe,
  }),
  ...methods('outgoing-datagram-stream', {
    'check-send': '() -> result<u64, ErrorCode>',
    send: '(list<Outgoing>) -> result<u64, ErrorCode>',
    subscribe,
  }),
};

/**
 * `wasi:sockets` 0.2, over all patches and unstable features
 * (https://github.com/WebAssembly/wasi-sockets).
 *
 * @internal
 */
export const SOCKET_SIGNATURES: ReadonlyMap<string, InterfaceSignatures> = new Map(
  Object.entries({
    network: { 'network-error-code': '(borrow<error>) -> option<ErrorCode>' },
    'instance-network': { 'instance-network': '() -> own<network>' },
    'tcp-create-socket': { 'create-tcp-socket': '(Family) -> result<own<tcp-socket>, ErrorCode>' },
    'udp-create-socket': { 'create-udp-socket': '(Family) -> result<own<udp-socket>, ErrorCode>' },
    'ip-name-lookup': {
      'resolve-addresses':
        '(borrow<network>, string) -> result<own<resolve-address-stream>, ErrorCode>',
      ...methods('resolve-address-stream', {
        'resolve-next-address': '() -> result<option<Host>, ErrorCode>',
        subscribe,
      }),
    },
    tcp: TCP,
    udp: UDP,
  }).map(([name, functions]) => [
    `wasi:sockets/${name}`,
    new InterfaceSignatures(TYPES, functions),
  ]),
);
