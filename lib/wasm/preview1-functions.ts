/**
 * The import module name of WASI preview 1. `wasi_unstable`, its predecessor with other layouts under
 * the same function names, is not served.
 *
 * @internal
 */
export const PREVIEW1_MODULE = 'wasi_snapshot_preview1';

/**
 * The core type of a function, as an import of it has to declare.
 *
 * @internal
 */
export interface CoreSignature {
  readonly params: readonly ('i32' | 'i64')[];
  readonly results: readonly 'i32'[];
}

/**
 * The parameters of the 46 functions of WASI preview 1. All return one `i32`, except `proc_exit`, which
 * returns nothing.
 *
 * @see https://github.com/WebAssembly/WASI/blob/main/legacy/preview1/docs.md
 * @internal
 */
export const PREVIEW1_PARAMS = {
  args_get: ['i32', 'i32'],
  args_sizes_get: ['i32', 'i32'],
  environ_get: ['i32', 'i32'],
  environ_sizes_get: ['i32', 'i32'],
  clock_res_get: ['i32', 'i32'],
  clock_time_get: ['i32', 'i64', 'i32'],
  fd_advise: ['i32', 'i64', 'i64', 'i32'],
  fd_allocate: ['i32', 'i64', 'i64'],
  fd_close: ['i32'],
  fd_datasync: ['i32'],
  fd_fdstat_get: ['i32', 'i32'],
  fd_fdstat_set_flags: ['i32', 'i32'],
  fd_fdstat_set_rights: ['i32', 'i64', 'i64'],
  fd_filestat_get: ['i32', 'i32'],
  fd_filestat_set_size: ['i32', 'i64'],
  fd_filestat_set_times: ['i32', 'i64', 'i64', 'i32'],
  fd_pread: ['i32', 'i32', 'i32', 'i64', 'i32'],
  fd_prestat_get: ['i32', 'i32'],
  fd_prestat_dir_name: ['i32', 'i32', 'i32'],
  fd_pwrite: ['i32', 'i32', 'i32', 'i64', 'i32'],
  fd_read: ['i32', 'i32', 'i32', 'i32'],
  fd_readdir: ['i32', 'i32', 'i32', 'i64', 'i32'],
  fd_renumber: ['i32', 'i32'],
  fd_seek: ['i32', 'i64', 'i32', 'i32'],
  fd_sync: ['i32'],
  fd_tell: ['i32', 'i32'],
  fd_write: ['i32', 'i32', 'i32', 'i32'],
  path_create_directory: ['i32', 'i32', 'i32'],
  path_filestat_get: ['i32', 'i32', 'i32', 'i32', 'i32'],
  path_filestat_set_times: ['i32', 'i32', 'i32', 'i32', 'i64', 'i64', 'i32'],
  path_link: ['i32', 'i32', 'i32', 'i32', 'i32', 'i32', 'i32'],
  path_open: ['i32', 'i32', 'i32', 'i32', 'i32', 'i64', 'i64', 'i32', 'i32'],
  path_readlink: ['i32', 'i32', 'i32', 'i32', 'i32', 'i32'],
  path_remove_directory: ['i32', 'i32', 'i32'],
  path_rename: ['i32', 'i32', 'i32', 'i32', 'i32', 'i32'],
  path_symlink: ['i32', 'i32', 'i32', 'i32', 'i32'],
  path_unlink_file: ['i32', 'i32', 'i32'],
  poll_oneoff: ['i32', 'i32', 'i32', 'i32'],
  proc_exit: ['i32'],
  proc_raise: ['i32'],
  random_get: ['i32', 'i32'],
  sched_yield: [],
  sock_accept: ['i32', 'i32', 'i32'],
  sock_recv: ['i32', 'i32', 'i32', 'i32', 'i32', 'i32'],
  sock_send: ['i32', 'i32', 'i32', 'i32', 'i32'],
  sock_shutdown: ['i32', 'i32'],
} as const satisfies Readonly<Record<string, readonly ('i32' | 'i64')[]>>;

/**
 * The name of a function of WASI preview 1.
 *
 * @internal
 */
export type Preview1Name = keyof typeof PREVIEW1_PARAMS;

/**
 * Whether a name, chosen by a guest, is one of the 46.
 *
 * @internal
 */
export function isPreview1Name(name: string): name is Preview1Name {
  return Object.hasOwn(PREVIEW1_PARAMS, name);
}

/**
 * The 46 functions with their signatures, by name.
 *
 * @internal
 */
export const PREVIEW1_FUNCTIONS: ReadonlyMap<string, CoreSignature> = new Map(
  Object.entries(PREVIEW1_PARAMS).map(([name, params]) => [
    name,
    { params, results: name === 'proc_exit' ? [] : ['i32'] },
  ]),
);
