/**
 * The error numbers of WASI preview 1 that this implementation answers with.
 *
 * @see https://github.com/WebAssembly/WASI/blob/main/legacy/preview1/docs.md#errno
 * @internal
 */
export const ERRNO = {
  success: 0,
  badf: 8,
  exist: 20,
  fault: 21,
  fbig: 22,
  ilseq: 25,
  inval: 28,
  isdir: 31,
  loop: 32,
  mfile: 33,
  nametoolong: 37,
  noent: 44,
  nospc: 51,
  notdir: 54,
  notempty: 55,
  notsock: 57,
  notsup: 58,
  perm: 63,
  spipe: 70,
  notcapable: 76,
} as const;

/**
 * A failure that the guest is told about by number; it never leaves the ABI.
 *
 * @internal
 */
export class WasiFailure extends Error {
  readonly errno: number;

  constructor(name: keyof typeof ERRNO) {
    super(name);
    this.errno = ERRNO[name];
  }
}

/**
 * Ends a call with an error number.
 *
 * @throws `WasiFailure` always.
 * @internal
 */
export function fail(name: keyof typeof ERRNO): never {
  throw new WasiFailure(name);
}
