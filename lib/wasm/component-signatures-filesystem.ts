import { alike, InterfaceSignatures, methods } from './component-signature-notation.ts';

const ERROR_CODES = `access, would-block, already, bad-descriptor, busy, deadlock, quota, exist,
  file-too-large, illegal-byte-sequence, in-progress, interrupted, invalid, io, is-directory, loop,
  too-many-links, message-size, name-too-long, no-device, no-entry, no-lock, insufficient-memory,
  insufficient-space, not-directory, not-empty, not-recoverable, unsupported, no-tty, no-such-device,
  overflow, not-permitted, pipe, read-only, invalid-seek, text-file-busy, cross-device`;

const DESCRIPTOR_TYPES = `unknown, block-device, character-device, directory, fifo, symbolic-link,
  regular-file, socket`;

const DESCRIPTOR_FLAGS = `read, write, file-integrity-sync, data-integrity-sync,
  requested-write-sync, mutate-directory`;

const TYPES = {
  Datetime: 'record { seconds: u64, nanoseconds: u32 }',
  ErrorCode: `enum { ${ERROR_CODES} }`,
  DescriptorType: `enum { ${DESCRIPTOR_TYPES} }`,
  DescriptorFlags: `flags { ${DESCRIPTOR_FLAGS} }`,
  PathFlags: 'flags { symlink-follow }',
  OpenFlags: 'flags { create, directory, exclusive, truncate }',
  Advice: 'enum { normal, sequential, random, will-need, dont-need, no-reuse }',
  NewTime: 'variant { no-change, now, timestamp(Datetime) }',
  Entry: 'record { type: DescriptorType, name: string }',
  Hash: 'record { lower: u64, upper: u64 }',
  Times: `data-access-timestamp: option<Datetime>,
    data-modification-timestamp: option<Datetime>, status-change-timestamp: option<Datetime>`,
  Stat: 'record { type: DescriptorType, link-count: u64, size: u64, Times }',
};

const DESCRIPTOR = methods('descriptor', {
  'read-via-stream': '(u64) -> result<own<input-stream>, ErrorCode>',
  'write-via-stream': '(u64) -> result<own<output-stream>, ErrorCode>',
  'append-via-stream': '() -> result<own<output-stream>, ErrorCode>',
  advise: '(u64, u64, Advice) -> result<_, ErrorCode>',
  ...alike('sync-data sync', '() -> result<_, ErrorCode>'),
  'get-flags': '() -> result<DescriptorFlags, ErrorCode>',
  'get-type': '() -> result<DescriptorType, ErrorCode>',
  'set-size': '(u64) -> result<_, ErrorCode>',
  'set-times': '(NewTime, NewTime) -> result<_, ErrorCode>',
  read: '(u64, u64) -> result<tuple<list<u8>, bool>, ErrorCode>',
  write: '(list<u8>, u64) -> result<u64, ErrorCode>',
  'read-directory': '() -> result<own<directory-entry-stream>, ErrorCode>',
  stat: '() -> result<Stat, ErrorCode>',
  'stat-at': '(PathFlags, string) -> result<Stat, ErrorCode>',
  'set-times-at': '(PathFlags, string, NewTime, NewTime) -> result<_, ErrorCode>',
  'link-at': '(PathFlags, string, borrow<descriptor>, string) -> result<_, ErrorCode>',
  'open-at':
    '(PathFlags, string, OpenFlags, DescriptorFlags) -> result<own<descriptor>, ErrorCode>',
  'readlink-at': '(string) -> result<string, ErrorCode>',
  ...alike(
    'create-directory-at remove-directory-at unlink-file-at',
    '(string) -> result<_, ErrorCode>',
  ),
  'rename-at': '(string, borrow<descriptor>, string) -> result<_, ErrorCode>',
  'symlink-at': '(string, string) -> result<_, ErrorCode>',
  'is-same-object': '(borrow<descriptor>) -> bool',
  'metadata-hash': '() -> result<Hash, ErrorCode>',
  'metadata-hash-at': '(PathFlags, string) -> result<Hash, ErrorCode>',
});

/**
 * `wasi:filesystem` 0.2 (https://github.com/WebAssembly/wasi-filesystem).
 *
 * @internal
 */
export const FILESYSTEM_SIGNATURES: ReadonlyMap<string, InterfaceSignatures> = new Map([
  [
    'wasi:filesystem/preopens',
    new InterfaceSignatures(
      {},
      { 'get-directories': '() -> list<tuple<own<descriptor>, string>>' },
    ),
  ],
  [
    'wasi:filesystem/types',
    new InterfaceSignatures(TYPES, {
      ...DESCRIPTOR,
      ...methods('directory-entry-stream', {
        'read-directory-entry': '() -> result<option<Entry>, ErrorCode>',
      }),
      'filesystem-error-code': '(borrow<error>) -> option<ErrorCode>',
    }),
  ],
]);
