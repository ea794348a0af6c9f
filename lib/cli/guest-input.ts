import { readFileSync } from 'node:fs';
import { invalidField, WasmatrixError } from '../core/errors.ts';
import type { ModuleInfo } from '../wasm/module-info.ts';

/** Of standard input: it is given to the guest as a whole. */
const MOST_BYTES = 256 * 1024 * 1024;

/**
 * What a guest finds as its standard input, read to its end before it starts.
 *
 * @param given - a file, `-` for our own, `none`; undefined: our own, if the guest could read it and nobody
 * would have to type it.
 * @throws `INVALID_REQUEST`, `RESOURCE_EXHAUSTED`
 */
export async function guestInput(
  given: string | undefined,
  { imports }: ModuleInfo,
): Promise<Uint8Array> {
  if (given === 'none') return new Uint8Array(0);
  if (given !== undefined && given !== '-') return fileBytes(given);
  const isRead = imports.some(
    ({ module, name }) => name === 'fd_read' || module.startsWith('wasi:cli/stdin'),
  );
  if (given === undefined && (!isRead || process.stdin.isTTY)) return new Uint8Array(0);
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of process.stdin as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MOST_BYTES) {
      throw new WasmatrixError(
        'RESOURCE_EXHAUSTED',
        `stdin: a guest is given at most ${MOST_BYTES} bytes`,
        { field: 'stdin', resource: 'payload', limitBytes: MOST_BYTES },
      );
    }
    chunks.push(chunk);
  }
  return new Uint8Array(Buffer.concat(chunks));
}

function fileBytes(path: string): Uint8Array {
  try {
    return new Uint8Array(readFileSync(path));
  } catch (error) {
    throw invalidField('stdin', `cannot be read: ${(error as NodeJS.ErrnoException).code}`);
  }
}
