/**
 * The rights of a file descriptor, one bit each.
 *
 * @see https://github.com/WebAssembly/WASI/blob/main/legacy/preview1/docs.md#rights
 * @internal
 */
export const RIGHT = {
  fdDatasync: 1n << 0n,
  fdRead: 1n << 1n,
  fdSeek: 1n << 2n,
  fdFdstatSetFlags: 1n << 3n,
  fdSync: 1n << 4n,
  fdTell: 1n << 5n,
  fdWrite: 1n << 6n,
  fdAdvise: 1n << 7n,
  fdAllocate: 1n << 8n,
  pathCreateDirectory: 1n << 9n,
  pathCreateFile: 1n << 10n,
  pathLinkSource: 1n << 11n,
  pathLinkTarget: 1n << 12n,
  pathOpen: 1n << 13n,
  fdReaddir: 1n << 14n,
  pathReadlink: 1n << 15n,
  pathRenameSource: 1n << 16n,
  pathRenameTarget: 1n << 17n,
  pathFilestatGet: 1n << 18n,
  pathFilestatSetSize: 1n << 19n,
  pathFilestatSetTimes: 1n << 20n,
  fdFilestatGet: 1n << 21n,
  fdFilestatSetSize: 1n << 22n,
  fdFilestatSetTimes: 1n << 23n,
  pathSymlink: 1n << 24n,
  pathRemoveDirectory: 1n << 25n,
  pathUnlinkFile: 1n << 26n,
  pollFdReadwrite: 1n << 27n,
  sockShutdown: 1n << 28n,
  sockAccept: 1n << 29n,
} as const;

/**
 * Every right there is.
 *
 * @internal
 */
export const ALL_RIGHTS: bigint = (1n << 30n) - 1n;

/**
 * Reading or writing; lacking one of these is a bad descriptor, lacking another right is not capable.
 *
 * @internal
 */
export const READ_OR_WRITE: bigint = RIGHT.fdRead | RIGHT.fdWrite;

/**
 * The rights that make sense on a file.
 *
 * @internal
 */
export const FILE_RIGHTS: bigint =
  RIGHT.fdDatasync |
  RIGHT.fdRead |
  RIGHT.fdSeek |
  RIGHT.fdFdstatSetFlags |
  RIGHT.fdSync |
  RIGHT.fdTell |
  RIGHT.fdWrite |
  RIGHT.fdAdvise |
  RIGHT.fdAllocate |
  RIGHT.fdFilestatGet |
  RIGHT.fdFilestatSetSize |
  RIGHT.fdFilestatSetTimes |
  RIGHT.pollFdReadwrite;

/**
 * The rights that make sense on a directory.
 *
 * @internal
 */
export const DIRECTORY_RIGHTS: bigint =
  ALL_RIGHTS &
  ~(
    RIGHT.fdDatasync |
    RIGHT.fdRead |
    RIGHT.fdSeek |
    RIGHT.fdTell |
    RIGHT.fdWrite |
    RIGHT.fdAdvise |
    RIGHT.fdAllocate |
    RIGHT.fdFilestatSetSize |
    RIGHT.sockShutdown |
    RIGHT.sockAccept
  );

/**
 * The rights of standard input, output and error. Without seek and tell, libc takes them for a terminal.
 *
 * @internal
 */
export const STDIO_RIGHTS: bigint =
  RIGHT.fdRead |
  RIGHT.fdWrite |
  RIGHT.fdFdstatSetFlags |
  RIGHT.fdFilestatGet |
  RIGHT.pollFdReadwrite;
