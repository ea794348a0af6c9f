import { wat } from '../guests/guest-file.ts';
import { type HostileFamily, KILLED_CALL, lives } from './hostile-guest.ts';

/** Errors of WASI preview 1. */
const ERRNO = { loop: 32, mfile: 33, nospc: 51, perm: 63 } as const;

const OPEN = `(import "wasi_snapshot_preview1" "path_open"
  (func $open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))`;
const WRITE = `(import "wasi_snapshot_preview1" "fd_write"
  (func $write (param i32 i32 i32 i32) (result i32)))`;
const CLOSE = '(import "wasi_snapshot_preview1" "fd_close" (func $close (param i32) (result i32)))';
const SYMLINK = `(import "wasi_snapshot_preview1" "path_symlink"
  (func $symlink (param i32 i32 i32 i32 i32) (result i32)))`;

/** Rights to read, write and seek. */
const RIGHTS = '(i64.const 0x66) (i64.const 0)';
const CREATE = 1;

/** Opens a path of so many bytes from address 0 and puts the descriptor at 256. */
const open = (length: number, flags = CREATE): string =>
  `(call $open (i32.const 3) (i32.const 1) (i32.const 0) (i32.const ${length})
     (i32.const ${flags}) ${RIGHTS} (i32.const 0) (i32.const 256))`;

function guest(imports: string, data: string, code: string): Uint8Array {
  return wat(`(module ${imports} (memory (export "memory") 32)
    (data (i32.const 0) "${data}")
    (data (i32.const 512) "\\00\\00\\00\\00\\00\\00\\10\\00")
    (func (export "f") (result i32) (local $errno i32) (local $count i32) ${code}))`);
}

/** Goes on until something fails, and answers with what. */
const untilRefused = (call: string, more = ''): string =>
  `(loop $again (local.set $errno ${call}) ${more}
     (br_if $again (i32.eqz (local.get $errno)))) (local.get $errno)`;

/** The next name: four letters, counted up. */
const NEXT_NAME = `(local.set $count (i32.add (local.get $count) (i32.const 1)))
  (i32.store (i32.const 0) (i32.add (i32.const 0x61616161)
    (i32.or (i32.and (local.get $count) (i32.const 15))
      (i32.or (i32.shl (i32.and (local.get $count) (i32.const 0xf0)) (i32.const 4))
        (i32.or (i32.shl (i32.and (local.get $count) (i32.const 0xf00)) (i32.const 8))
          (i32.shl (i32.and (local.get $count) (i32.const 0xf000)) (i32.const 12)))))))`;

const PATIENT = { limits: { callTimeoutMs: 8_000 } } as const;

/** Guests that abuse the file system in memory. */
export const FILES: HostileFamily = [
  {
    title: 'a file written to until there is no room left',
    promise: 'P19',
    module: () =>
      guest(
        OPEN + WRITE,
        'a',
        `(drop ${open(1)}) ${untilRefused('(call $write (i32.load (i32.const 256)) (i32.const 512) (i32.const 1) (i32.const 600))')}`,
      ),
    spec: PATIENT,
    calls: [['f'], ['f']],
    expected: lives(ERRNO.nospc),
  },
  {
    title: 'as many empty files as names can be made',
    promise: 'P19',
    module: () =>
      guest(
        OPEN + CLOSE,
        'aaaa',
        `(loop $again ${NEXT_NAME} (local.set $errno ${open(4)})
           (if (i32.eqz (local.get $errno))
             (then (drop (call $close (i32.load (i32.const 256))))))
           (br_if $again (i32.and (i32.eqz (local.get $errno))
             (i32.lt_u (local.get $count) (i32.const 100000)))))
         (local.get $errno)`,
      ),
    spec: PATIENT,
    calls: [['f']],
    // Sixteen letters in four places are 65,536 names at the most, far above what there may be.
    expected: lives(ERRNO.nospc),
  },
  {
    title: 'one file opened until there are no descriptors left',
    promise: 'P19',
    module: () => guest(OPEN, 'a', untilRefused(open(1))),
    spec: PATIENT,
    calls: [['f']],
    expected: lives(ERRNO.mfile),
  },
  {
    title: 'files opened and closed for ever',
    promise: 'W2',
    module: () =>
      guest(
        OPEN + CLOSE,
        'a',
        `(loop $again (drop ${open(1)}) (drop (call $close (i32.load (i32.const 256))))
           (br $again)) unreachable`,
      ),
    calls: [['f']],
    expected: KILLED_CALL,
  },
  {
    title: 'a path that climbs out of the root',
    promise: 'P3',
    module: () => guest(OPEN, '../../../../etc/passwd', open(22, 0)),
    calls: [['f']],
    expected: lives(ERRNO.perm),
  },
  {
    title: 'an absolute path to a file of the host',
    promise: 'P3',
    module: () => guest(OPEN, '/etc/passwd', open(11, 0)),
    calls: [['f']],
    expected: lives(ERRNO.perm),
  },
  {
    title: 'a symbolic link out of the root',
    promise: 'P3',
    module: () =>
      guest(
        OPEN + SYMLINK,
        'l../../etc/passwd',
        `(drop (call $symlink (i32.const 1) (i32.const 16) (i32.const 3) (i32.const 0) (i32.const 1)))
         ${open(1, 0)}`,
      ),
    calls: [['f']],
    expected: lives(ERRNO.perm),
  },
  {
    title: 'symbolic links that point at each other',
    promise: 'W2',
    module: () =>
      guest(
        OPEN + SYMLINK,
        'ab',
        `(drop (call $symlink (i32.const 1) (i32.const 1) (i32.const 3) (i32.const 0) (i32.const 1)))
         (drop (call $symlink (i32.const 0) (i32.const 1) (i32.const 3) (i32.const 1) (i32.const 1)))
         ${open(1, 0)}`,
      ),
    calls: [['f']],
    expected: lives(ERRNO.loop),
  },
];
