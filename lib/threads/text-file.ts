import { readFile } from 'node:fs/promises';

/** A small file as text; nothing where it is absent or may not be read. */
export async function textOf(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'latin1');
  } catch {
    return undefined;
  }
}
