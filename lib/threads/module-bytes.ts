import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { invalidField, isWasmatrixError, messageOf, WasmatrixError } from '../core/errors.ts';
import type { ModuleSource } from '../core/module-source.ts';
import { systemClock } from '../core/system-clock.ts';
import { withinDeadline } from '../core/within-deadline.ts';

const MAX_FILE_BYTES = 256 * 1024 * 1024;
/** For a file system that does not answer any more; what it still does then is dropped. */
const READ_DEADLINE_MS = 60_000;

/**
 * A pipe is opened at once instead of when somebody writes to it, and no terminal becomes ours. Both are
 * absent where there are none.
 */
const READ_WITHOUT_WAITING =
  constants.O_RDONLY | (constants.O_NONBLOCK ?? 0) | (constants.O_NOCTTY ?? 0);

/** What is asked of an open file. */
type ReadableFile = Pick<FileHandle, 'stat' | 'read' | 'close'>;

/** How files are read. */
export interface ModuleReading {
  /** Left out: a minute. */
  readonly deadlineMs?: number;
  /** Left out: as the system opens them. */
  readonly openFile?: (path: string | URL, flags: number) => Promise<ReadableFile>;
}

/**
 * The bytes of a module: a copy in any case, because nobody may change them between their hash and their use.
 *
 * @throws `INVALID_REQUEST` for a path that leads to no regular file or to an empty one, `VALIDATION_ERROR`
 * above 256 MiB, before anything is read, `TIMEOUT` after a minute.
 * @internal
 */
export async function moduleBytes(
  source: ModuleSource,
  { deadlineMs = READ_DEADLINE_MS, openFile = open }: ModuleReading = {},
): Promise<Uint8Array<ArrayBuffer>> {
  if (source instanceof Uint8Array) {
    checkSize(source.length);
    return new Uint8Array(source);
  }
  const complaint = 'module: was not read in time';
  return withinDeadline(bytesAt(source, openFile), deadlineMs, systemClock, complaint);
}

async function bytesAt(
  source: string | URL,
  openFile: NonNullable<ModuleReading['openFile']>,
): Promise<Uint8Array<ArrayBuffer>> {
  try {
    const file = await openFile(source, READ_WITHOUT_WAITING);
    try {
      return await fileBytes(file);
    } finally {
      await file.close();
    }
  } catch (error) {
    if (isWasmatrixError(error)) throw error;
    const { code } = error as NodeJS.ErrnoException;
    throw invalidField('module', `cannot be read (${code ?? messageOf(error)})`);
  }
}

/** What else can be opened may have no end, or wait for ever for somebody to write. */
async function fileBytes(file: ReadableFile): Promise<Uint8Array<ArrayBuffer>> {
  const facts = await file.stat();
  if (facts.isDirectory()) throw invalidField('module', 'cannot be read (EISDIR)');
  if (!facts.isFile()) throw invalidField('module', 'is no regular file');
  checkSize(facts.size);
  const bytes = new Uint8Array(facts.size);
  let length = 0;
  while (length < bytes.length) {
    const { bytesRead } = await file.read(bytes, length);
    if (bytesRead === 0) break;
    length += bytesRead;
  }
  if (length === 0) throw invalidField('module', 'is empty');
  return length === bytes.length ? bytes : bytes.slice(0, length);
}

function checkSize(sizeBytes: number): void {
  if (sizeBytes <= MAX_FILE_BYTES) return;
  throw new WasmatrixError('VALIDATION_ERROR', `module: larger than ${MAX_FILE_BYTES} bytes`, {
    field: 'module',
    sizeBytes,
    limitBytes: MAX_FILE_BYTES,
  });
}
