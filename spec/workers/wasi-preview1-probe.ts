import type { ExportFact } from '../../lib/wasm/admitted-module.ts';
import { PREVIEW1_FUNCTIONS, type Preview1Name } from '../../lib/wasm/preview1-functions.ts';
import { bindWasi } from '../../workers/abi/wasi/bind-wasi.ts';
import type { Guest, GuestHost } from '../../workers/guest.ts';
import { wat } from '../guests/guest-file.ts';
import { wasiFacts } from './wasi-preview1-binding.ts';
import { type RecordingHost, recordingHost } from './wasi-preview1-host.ts';

const signatures = [...PREVIEW1_FUNCTIONS];

/** A guest that exports all 46 functions as they are, and its memory byte by byte. */
const probeModule = new WebAssembly.Module(
  wat(`(module
    ${signatures
      .map(
        ([name, { params, results }]) => `(import "wasi_snapshot_preview1" "${name}"
          (func $${name} ${params.map((type) => `(param ${type})`).join(' ')}
            ${results.map((type) => `(result ${type})`).join(' ')}))
          (export "${name}" (func $${name}))`,
      )
      .join('\n')}
    (memory (export "memory") 16)
    (func (export "poke") (param i32 i32) (i32.store8 (local.get 0) (local.get 1)))
    (func (export "peek") (param i32) (result i32) (i32.load8_u (local.get 0))))`),
);

const probeFacts = wasiFacts('reactor', [
  ...signatures.map(
    ([name, { params, results }]): ExportFact => ({ name, kind: 'function', params, results }),
  ),
  { name: 'poke', kind: 'function', params: ['i32', 'i32'], results: [] },
  { name: 'peek', kind: 'function', params: ['i32'], results: ['i32'] },
]);

export const ROOT = 3;
export const ALL_RIGHTS: bigint = (1n << 30n) - 1n;
export const OPEN = { create: 1, directory: 2, exclusive: 4, truncate: 8 } as const;
export const PROBE_MEMORY_BYTES = 16 * 65_536;

const RESULT = 0;
const VECTORS = 64;
const BUFFER = 65_536;
const TEXTS = 4 * 65_536;

export interface OpenOptions {
  readonly directory?: number;
  readonly flags?: number;
  readonly follow?: boolean;
  readonly rights?: bigint;
  readonly inheriting?: bigint;
  readonly fdFlags?: number;
}

/** Calls preview 1 the way a guest's libc would, and answers with error numbers. */
export class Probe {
  readonly guest: Guest;
  readonly host: RecordingHost;
  #nextText = TEXTS;

  constructor(wasi: Partial<GuestHost['wasi']> = {}) {
    this.host = recordingHost(wasi);
    this.guest = bindWasi(probeFacts, [probeModule], this.host);
  }

  call(name: Preview1Name, ...args: readonly (number | bigint)[]): number {
    return this.guest.invoke(name, args) as number;
  }

  set(pointer: number, bytes: Iterable<number>): void {
    let at = pointer;
    for (const byte of bytes) this.guest.invoke('poke', [at++, byte]);
  }

  get(pointer: number, length: number): Buffer {
    const bytes = Buffer.alloc(length);
    for (let at = 0; at < length; at++) {
      bytes[at] = this.guest.invoke('peek', [pointer + at]) as number;
    }
    return bytes;
  }

  u32(pointer: number = RESULT): number {
    return this.get(pointer, 4).readUInt32LE();
  }

  u64(pointer: number = RESULT): bigint {
    return this.get(pointer, 8).readBigUInt64LE();
  }

  /** Puts a text into memory and gives pointer and length. */
  text(text: string): [number, number] {
    const bytes = Buffer.from(text);
    if (this.#nextText + bytes.length > PROBE_MEMORY_BYTES) this.#nextText = TEXTS;
    const pointer = this.#nextText;
    this.set(pointer, bytes);
    this.#nextText += bytes.length;
    return [pointer, bytes.length];
  }

  /** Opens and answers with the descriptor, or with the error number below zero. */
  open(path: string, options: OpenOptions = {}): number {
    const { directory = ROOT, flags = 0, follow = false, fdFlags = 0 } = options;
    const { rights = ALL_RIGHTS, inheriting = ALL_RIGHTS } = options;
    const isWriting = (flags & OPEN.directory) === 0;
    const wanted = isWriting ? rights : rights & ~(1n << 6n);
    const errno = this.call(
      'path_open',
      directory,
      follow ? 1 : 0,
      ...this.text(path),
      flags,
      wanted,
      inheriting,
      fdFlags,
      RESULT,
    );
    return errno === 0 ? this.u32() : -errno;
  }

  openDirectory(path: string, directory: number = ROOT): number {
    return this.open(path, { directory, flags: OPEN.directory });
  }

  #vector(pointer: number, length: number): [number, number] {
    const vector = Buffer.alloc(8);
    vector.writeUInt32LE(pointer, 0);
    vector.writeUInt32LE(length, 4);
    this.set(VECTORS, vector);
    return [VECTORS, 1];
  }

  write(fd: number, text: string): number {
    return this.call('fd_write', fd, ...this.#vector(...this.text(text)), RESULT);
  }

  pwrite(fd: number, text: string, offset: bigint): number {
    return this.call('fd_pwrite', fd, ...this.#vector(...this.text(text)), offset, RESULT);
  }

  /** Writes as many bytes as are asked for, whatever they are. */
  writeBytes(fd: number, length: number): number {
    return this.call('fd_write', fd, ...this.#vector(BUFFER, length), RESULT);
  }

  read(fd: number, length: number): string {
    const errno = this.call('fd_read', fd, ...this.#vector(BUFFER, length), RESULT);
    return errno === 0 ? this.get(BUFFER, this.u32()).toString() : `errno ${errno}`;
  }

  pread(fd: number, length: number, offset: bigint): string {
    const errno = this.call('fd_pread', fd, ...this.#vector(BUFFER, length), offset, RESULT);
    return errno === 0 ? this.get(BUFFER, this.u32()).toString() : `errno ${errno}`;
  }

  seek(fd: number, offset: bigint, whence: number): number {
    return this.call('fd_seek', fd, offset, whence, RESULT);
  }

  createFile(path: string, content = '', directory: number = ROOT): number {
    const fd = this.open(path, { directory, flags: OPEN.create });
    if (fd < 0) return -fd;
    const errno = content === '' ? 0 : this.write(fd, content);
    this.call('fd_close', fd);
    return errno;
  }

  /** The whole content, or the error number. */
  content(path: string): string {
    const fd = this.open(path, { rights: 1n << 1n });
    if (fd < 0) return `errno ${-fd}`;
    const text = this.read(fd, 65_536);
    this.call('fd_close', fd);
    return text;
  }

  onPath(
    name: 'path_create_directory' | 'path_remove_directory' | 'path_unlink_file',
    path: string,
    directory: number = ROOT,
  ): number {
    return this.call(name, directory, ...this.text(path));
  }

  symlink(target: string, path: string, directory: number = ROOT): number {
    return this.call('path_symlink', ...this.text(target), directory, ...this.text(path));
  }

  link(from: string, to: string, flags = 0): number {
    return this.call('path_link', ROOT, flags, ...this.text(from), ROOT, ...this.text(to));
  }

  rename(from: string, to: string, fromFd: number = ROOT, toFd: number = ROOT): number {
    return this.call('path_rename', fromFd, ...this.text(from), toFd, ...this.text(to));
  }

  readlink(path: string, room = 256): string {
    const errno = this.call('path_readlink', ROOT, ...this.text(path), BUFFER, room, RESULT);
    return errno === 0 ? this.get(BUFFER, this.u32()).toString() : `errno ${errno}`;
  }

  /** File type, inode, links, size and times; or the error number. */
  stat(path: string, follow = false): FileStatus | number {
    const lookup = follow ? 1 : 0;
    const errno = this.call('path_filestat_get', ROOT, lookup, ...this.text(path), BUFFER);
    return errno === 0 ? this.#status() : errno;
  }

  statFd(fd: number): FileStatus | number {
    const errno = this.call('fd_filestat_get', fd, BUFFER);
    return errno === 0 ? this.#status() : errno;
  }

  #status(): FileStatus {
    const bytes = this.get(BUFFER, 64);
    return {
      inode: bytes.readBigUInt64LE(8),
      type: bytes.readUInt8(16),
      links: bytes.readBigUInt64LE(24),
      size: bytes.readBigUInt64LE(32),
      accessedNs: bytes.readBigUInt64LE(40),
      modifiedNs: bytes.readBigUInt64LE(48),
    };
  }

  rights(fd: number): { readonly base: bigint; readonly inheriting: bigint } | number {
    const errno = this.call('fd_fdstat_get', fd, BUFFER);
    if (errno !== 0) return errno;
    return { base: this.u64(BUFFER + 8), inheriting: this.u64(BUFFER + 16) };
  }

  /** One reading of a directory: the whole entries that fitted, and whether that was the end. */
  readdir(fd: number, cookie = 0n, room = 4_096): { entries: Entry[]; isEnd: boolean } {
    const errno = this.call('fd_readdir', fd, BUFFER, room, cookie, RESULT);
    if (errno !== 0) throw new Error(`errno ${errno}`);
    const used = this.u32();
    const bytes = this.get(BUFFER, used);
    const entries: Entry[] = [];
    for (let at = 0; at + 24 <= used; ) {
      const end = at + 24 + bytes.readUInt32LE(at + 16);
      if (end > used) break;
      entries.push({
        next: bytes.readBigUInt64LE(at),
        inode: bytes.readBigUInt64LE(at + 8),
        type: bytes.readUInt8(at + 20),
        name: bytes.toString('utf8', at + 24, end),
      });
      at = end;
    }
    return { entries, isEnd: used < room };
  }

  names(path = '.'): string[] {
    const fd = this.openDirectory(path);
    const { entries } = this.readdir(fd);
    this.call('fd_close', fd);
    return entries.map(({ name }) => name).filter((name) => name !== '.' && name !== '..');
  }
}

export interface FileStatus {
  readonly inode: bigint;
  readonly type: number;
  readonly links: bigint;
  readonly size: bigint;
  readonly accessedNs: bigint;
  readonly modifiedNs: bigint;
}

export interface Entry {
  readonly next: bigint;
  readonly inode: bigint;
  readonly type: number;
  readonly name: string;
}
