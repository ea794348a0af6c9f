/**
 * An interface that components may import, and what serves it.
 *
 * @internal
 */
export interface ServedInterface {
  /** The interface with its version, or with `0.2.x` where every patch is the same interface. */
  readonly key: string;
  /** The provider type its functions lead to; absent where the thread itself serves them. */
  readonly family?: 'kv';
  /** Names as in WIT; dropping a resource is no function of an interface. */
  readonly functions: ReadonlySet<string>;
  /** Whether it reaches standard output or error. */
  readonly hasOutput?: boolean;
}

/** The words of a text, prefixed. */
function words(text: string, prefix = ''): readonly string[] {
  return text
    .trim()
    .split(/\s+/)
    .map((word) => `${prefix}${word}`);
}

/** The functions of each stable WASI 0.2 interface, over all its patches and unstable features. */
const PATCHED: readonly (readonly [name: string, functions: readonly string[]])[] = [
  ['wasi:cli/environment', words('get-environment get-arguments initial-cwd')],
  ['wasi:cli/exit', words('exit exit-with-code')],
  ['wasi:cli/stdin', ['get-stdin']],
  ['wasi:cli/stdout', ['get-stdout']],
  ['wasi:cli/stderr', ['get-stderr']],
  ['wasi:cli/terminal-input', []],
  ['wasi:cli/terminal-output', []],
  ['wasi:cli/terminal-stdin', ['get-terminal-stdin']],
  ['wasi:cli/terminal-stdout', ['get-terminal-stdout']],
  ['wasi:cli/terminal-stderr', ['get-terminal-stderr']],
  ['wasi:clocks/wall-clock', words('now resolution')],
  ['wasi:clocks/monotonic-clock', words('now resolution subscribe-instant subscribe-duration')],
  ['wasi:clocks/timezone', words('display utc-offset')],
  ['wasi:random/random', words('get-random-bytes get-random-u64')],
  ['wasi:random/insecure', words('get-insecure-random-bytes get-insecure-random-u64')],
  ['wasi:random/insecure-seed', ['insecure-seed']],
  ['wasi:io/error', ['[method]error.to-debug-string']],
  ['wasi:io/poll', words('[method]pollable.ready [method]pollable.block poll')],
  [
    'wasi:io/streams',
    [
      ...words('read blocking-read skip blocking-skip subscribe', '[method]input-stream.'),
      ...words(
        `check-write write blocking-write-and-flush flush blocking-flush subscribe write-zeroes
         blocking-write-zeroes-and-flush splice blocking-splice`,
        '[method]output-stream.',
      ),
    ],
  ],
  ['wasi:filesystem/preopens', ['get-directories']],
  [
    'wasi:filesystem/types',
    [
      ...words(
        `read-via-stream write-via-stream append-via-stream advise sync-data get-flags get-type
         set-size set-times read write read-directory sync create-directory-at stat stat-at
         set-times-at link-at open-at readlink-at remove-directory-at rename-at symlink-at
         unlink-file-at is-same-object metadata-hash metadata-hash-at`,
        '[method]descriptor.',
      ),
      '[method]directory-entry-stream.read-directory-entry',
      'filesystem-error-code',
    ],
  ],
  ['wasi:sockets/network', ['network-error-code']],
  ['wasi:sockets/instance-network', ['instance-network']],
  ['wasi:sockets/tcp-create-socket', ['create-tcp-socket']],
  ['wasi:sockets/udp-create-socket', ['create-udp-socket']],
  [
    'wasi:sockets/ip-name-lookup',
    [
      'resolve-addresses',
      ...words('resolve-next-address subscribe', '[method]resolve-address-stream.'),
    ],
  ],
  [
    'wasi:sockets/tcp',
    words(
      `start-bind finish-bind start-connect finish-connect start-listen finish-listen accept
       local-address remote-address is-listening address-family set-listen-backlog-size
       keep-alive-enabled set-keep-alive-enabled keep-alive-idle-time set-keep-alive-idle-time
       keep-alive-interval set-keep-alive-interval keep-alive-count set-keep-alive-count hop-limit
       set-hop-limit receive-buffer-size set-receive-buffer-size send-buffer-size
       set-send-buffer-size subscribe shutdown`,
      '[method]tcp-socket.',
    ),
  ],
  [
    'wasi:sockets/udp',
    [
      ...words(
        `start-bind finish-bind stream local-address remote-address address-family
         unicast-hop-limit set-unicast-hop-limit receive-buffer-size set-receive-buffer-size
         send-buffer-size set-send-buffer-size subscribe`,
        '[method]udp-socket.',
      ),
      ...words('receive subscribe', '[method]incoming-datagram-stream.'),
      ...words('check-send send subscribe', '[method]outgoing-datagram-stream.'),
    ],
  ],
];

const HAS_OUTPUT = new Set(['wasi:cli/stdout', 'wasi:cli/stderr']);

const STORE = [...words('get set delete exists list-keys', '[method]bucket.'), 'open'];
const BATCH = words('get-many set-many delete-many');
const CONFIG = words('get get-all');

/** Interfaces whose versions differ in more than a patch, by their full names. */
const EXACT: readonly ServedInterface[] = [
  ...['0.2.0-draft', '0.2.0-draft2'].flatMap((version) => [
    keyvalue(`store@${version}`, STORE),
    keyvalue(`batch@${version}`, BATCH),
  ]),
  keyvalue('atomics@0.2.0-draft', ['increment']),
  keyvalue('atomics@0.2.0-draft2', words('increment swap [static]cas.new [method]cas.current')),
  ...words(
    'store@0.2.0-rc.1 store@0.2.0-draft store@0.2.0-draft-2024-09-27 runtime@0.2.0-draft',
    'wasi:config/',
  ).map((key) => ({ key, functions: new Set(CONFIG) })),
  ...['wasi:logging/logging', 'wasi:logging/logging@0.1.0-draft'].map((key) => ({
    key,
    functions: new Set(['log']),
    hasOutput: true,
  })),
];

function keyvalue(name: string, functions: readonly string[]): ServedInterface {
  return { key: `wasi:keyvalue/${name}`, family: 'kv', functions: new Set(functions) };
}

/**
 * Everything that is served, each interface once.
 *
 * @internal
 */
export const SERVED_INTERFACES: readonly ServedInterface[] = [
  ...PATCHED.map(([name, functions]) => {
    const served = { key: `${name}@0.2.x`, functions: new Set(functions) };
    return HAS_OUTPUT.has(name) ? { ...served, hasOutput: true } : served;
  }),
  ...EXACT,
];

const BY_KEY = new Map(SERVED_INTERFACES.map((served) => [served.key, served]));

/** Patches of one minor version are compatible both ways as far as functions are present. */
const PATCH_VERSION = /@0\.2\.(?:0|[1-9]\d{0,8})$/;

/**
 * Looks up an interface that a component imports. Bounded by design: a name is compared, never built
 * upon.
 *
 * @param name - with its version, such as `wasi:io/poll@0.2.3`.
 * @internal
 */
export function servedInterface(name: string): ServedInterface | undefined {
  // The keys with an x are ours; nobody imports a version of that name.
  if (name.endsWith('@0.2.x')) return undefined;
  return BY_KEY.get(name.replace(PATCH_VERSION, '@0.2.x'));
}
