import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/**
 * Lets the engine collect everything that nobody refers to any more, now. It would not do so by itself
 * for memories of guests: their pages are not on its heap, and a memory that was never grown does not
 * count for much there, but takes 10 GiB of the address space of the process.
 */
export function collectGarbage(): void {
  collector ??= globalThis.gc ?? hiddenCollector();
  collector();
}

let collector: (() => void) | undefined;

/** The engine shows its collector to contexts that are made while it is told to. */
function hiddenCollector(): () => void {
  setFlagsFromString('--expose-gc');
  try {
    return runInNewContext('gc') as () => void;
  } finally {
    setFlagsFromString('--no-expose-gc');
  }
}
