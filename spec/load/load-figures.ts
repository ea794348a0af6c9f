import { readFile } from 'node:fs/promises';
import type { Supervisor } from '../../lib/actors/supervisor.ts';
import { childProcesses, TELLS_CHILDREN } from '../e2e/child-processes.ts';

/** Bytes of a page of the system, as Linux counts resident memory. */
const SYSTEM_PAGE_BYTES = 4_096;
const MIB = 1_048_576;

/** What the process and its children have at one moment. */
export interface LoadFigures {
  readonly rssMiB: number;
  /** Of guests, spares included. */
  readonly threads: number;
  /** Of the host's process; 0 where the system does not tell. */
  readonly mappings: number;
  /** Children. */
  readonly processes: number;
}

async function residentBytes(pid: number): Promise<number> {
  try {
    const [, pages] = (await readFile(`/proc/${pid}/statm`, 'latin1')).split(' ');
    return Number(pages) * SYSTEM_PAGE_BYTES;
  } catch {
    // It has ended meanwhile.
    return 0;
  }
}

/** Takes the figures. */
export async function loadFigures(supervisor: Supervisor): Promise<LoadFigures> {
  const { threads, mappings = 0 } = await supervisor.stats();
  const children = TELLS_CHILDREN ? await childProcesses() : [];
  const others = await Promise.all(children.map(residentBytes));
  const bytes = others.reduce((sum, each) => sum + each, process.memoryUsage.rss());
  return { rssMiB: bytes / MIB, threads: threads.total, mappings, processes: children.length };
}
