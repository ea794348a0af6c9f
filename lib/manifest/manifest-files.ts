import { readFileSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { invalidField } from '../core/errors.ts';

const MIB = 1024 * 1024;
/** Of a file that a configuration names: what a guest may be given at once. */
const MOST_BYTES = 512 * MIB;

/** The files that a configuration names, from the folder that it is in. */
export class ManifestFiles {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  path(name: string): string {
    return resolve(this.#folder, name);
  }

  /** @throws `INVALID_REQUEST` naming the field. */
  bytes(name: string, field: string, mostBytes: number = MOST_BYTES): Uint8Array {
    const path = this.path(name);
    try {
      if (statSync(path).size > mostBytes) throw new Error(`has more than ${mostBytes} bytes`);
      return new Uint8Array(readFileSync(path));
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      throw invalidField(field, `the file cannot be read: ${code ?? message}`, { path });
    }
  }

  /** A text without the line end that editors leave behind it. @throws `INVALID_REQUEST` */
  text(name: string, field: string): string {
    return Buffer.from(this.bytes(name, field, MIB))
      .toString('utf8')
      .replace(/\r?\n$/, '');
  }
}
