import { setFlagsFromString } from 'node:v8';

/**
 * Caps every linear memory that is made in this process from now on, in any thread.
 *
 * @param pages - of 64 KiB; without a limit nothing is changed.
 */
export function capMemoryPages(pages: number): void {
  if (Number.isFinite(pages)) setFlagsFromString(`--wasm-max-mem-pages=${pages}`);
}
