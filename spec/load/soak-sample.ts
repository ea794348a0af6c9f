import { readdir, readFile } from 'node:fs/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { childProcesses, TELLS_CHILDREN } from '../e2e/child-processes.ts';

/** What the process has at one moment; what the system does not tell is 0. */
export interface SoakSample {
  /** Minutes since the beginning. */
  readonly minutes: number;
  readonly rssBytes: number;
  readonly heapBytes: number;
  readonly externalBytes: number;
  readonly arrayBufferBytes: number;
  /** What keeps the process alive, or would, as Node counts it. */
  readonly handles: number;
  /** Of the system, those of Node itself included. */
  readonly threads: number;
  readonly files: number;
  readonly children: number;
  readonly mappings: number;
}

/** What a sample counts, without its time. */
export type SoakFigure = Exclude<keyof SoakSample, 'minutes'>;

async function entriesOf(folder: string): Promise<number> {
  return TELLS_CHILDREN ? (await readdir(folder)).length : 0;
}

/** Counts what there is now. */
export async function soakSample(minutes: number): Promise<SoakSample> {
  const threads = await entriesOf('/proc/self/task');
  // One of them is the folder that is being read.
  const files = Math.max(0, (await entriesOf('/proc/self/fd')) - 1);
  const maps = TELLS_CHILDREN ? await readFile('/proc/self/maps', 'latin1') : '';
  const children = TELLS_CHILDREN ? (await childProcesses()).length : 0;
  const { rss, heapUsed, external, arrayBuffers } = process.memoryUsage();
  return {
    minutes,
    rssBytes: rss,
    heapBytes: heapUsed,
    externalBytes: external,
    arrayBufferBytes: arrayBuffers,
    handles: process.getActiveResourcesInfo().length,
    threads,
    files,
    children,
    mappings: maps.split('\n').length - 1,
  };
}

/**
 * Makes a function that collects garbage, so that a sample shows what is held and not what has yet to
 * be freed. The flag is on for a moment only: threads that are made later do not see it.
 */
export function garbageCollector(): () => void {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  setFlagsFromString('--no-expose-gc');
  return collect;
}
