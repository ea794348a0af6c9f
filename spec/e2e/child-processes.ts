import { readFile } from 'node:fs/promises';

/** The processes that one has made, this one if none is named, and that still are; Linux only. */
export async function childProcesses(pid: number = process.pid): Promise<number[]> {
  const text = await readFile(`/proc/${pid}/task/${pid}/children`, 'latin1');
  return text.trim().split(' ').filter(Boolean).map(Number);
}

/** Whether the system tells which processes there are. */
export const TELLS_CHILDREN: boolean = process.platform === 'linux';
