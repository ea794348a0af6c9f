import { readFile } from 'node:fs/promises';

/**
 * Memory mappings of this process, of which the kernel allows a bounded number (`vm.max_map_count`);
 * each worker thread takes about thirty. `undefined` where `/proc` is absent.
 */
export async function memoryMappings(): Promise<number | undefined> {
  try {
    const maps = await readFile('/proc/self/maps', 'latin1');
    let lines = 0;
    for (let at = maps.indexOf('\n'); at !== -1; at = maps.indexOf('\n', at + 1)) lines += 1;
    return lines;
  } catch {
    return undefined;
  }
}

/** Resident memory of this process in bytes. */
export function residentBytes(): number {
  return process.memoryUsage.rss();
}
