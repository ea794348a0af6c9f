import type { CgroupFigures } from '../core/machine-figures.ts';
import { textOf } from './text-file.ts';

/** What version 1 says where there is no limit is just below 2^63. */
const NO_LIMIT = 2 ** 60;
/** Groups inside each other; more are a mistake of the reader's. */
const MAX_DEPTH = 32;

/**
 * What the control groups tell that this process is in, of version 2 and of version 1, the innermost
 * first. Inside a container the path of the group is often that of the host: what is not there is left
 * out, down to the mount point, which is the container's own group.
 *
 * @param root - a folder in the place of `/`.
 */
export async function cgroupFigures(root = ''): Promise<readonly CgroupFigures[]> {
  const text = (await textOf(`${root}/proc/self/cgroup`)) ?? '';
  const mount = `${root}/sys/fs/cgroup`;
  const figures: CgroupFigures[] = [];
  for (const line of text.split('\n').slice(0, MAX_DEPTH)) {
    const [, controllers, path] = /^\d+:([^:]*):(\/.*)$/.exec(line) ?? [];
    if (controllers === undefined || path === undefined) continue;
    const names = controllers.split(',');
    for (const folder of foldersOf(path)) {
      if (controllers === '') figures.push(...(await groupOf(`${mount}${folder}`, root)));
      if (names.includes('memory')) {
        figures.push(...(await oldMemoryOf(`${mount}/memory${folder}`, root)));
      }
      if (names.includes('pids')) figures.push(...(await tasksOf(`${mount}/pids${folder}`, root)));
    }
  }
  return figures;
}

/** A path and those above it, the last of which is the mount point itself. */
function foldersOf(path: string): string[] {
  const names = path.split('/').filter((name) => name !== '' && name !== '..');
  const depth = Math.min(names.length, MAX_DEPTH);
  return Array.from({ length: depth + 1 }, (_, up) =>
    names
      .slice(0, depth - up)
      .map((name) => `/${name}`)
      .join(''),
  );
}

async function groupOf(folder: string, root: string): Promise<CgroupFigures[]> {
  const [most, high, current, stat] = await Promise.all(
    ['memory.max', 'memory.high', 'memory.current', 'memory.stat'].map((name) =>
      textOf(`${folder}/${name}`),
    ),
  );
  const limits = [most, high].map(limitIn).filter((limit) => limit !== undefined);
  const memory = memoryOf(Math.min(Infinity, ...limits), current, stat, '');
  const [tasks] = await tasksOf(folder, root);
  if (memory === undefined && tasks === undefined) return [];
  return [{ ...tasks, ...memory, path: shown(folder, root) }];
}

async function oldMemoryOf(folder: string, root: string): Promise<CgroupFigures[]> {
  const [most, current, stat] = await Promise.all(
    ['memory.limit_in_bytes', 'memory.usage_in_bytes', 'memory.stat'].map((name) =>
      textOf(`${folder}/${name}`),
    ),
  );
  const memory = memoryOf(limitIn(most) ?? Infinity, current, stat, 'total_');
  return memory === undefined ? [] : [{ path: shown(folder, root), ...memory }];
}

function memoryOf(
  memoryLimitBytes: number,
  current: string | undefined,
  stat: string | undefined,
  prefix: '' | 'total_',
): Pick<CgroupFigures, 'memoryLimitBytes' | 'memoryUsedBytes'> | undefined {
  if (memoryLimitBytes === Infinity || current === undefined) return undefined;
  const bytes = (name: string): number =>
    Number(new RegExp(`^${prefix}${name} (\\d+)$`, 'm').exec(stat ?? '')?.[1] ?? 0);
  const mapped = bytes(prefix === '' ? 'file_mapped' : 'mapped_file');
  // Files that are cached and not mapped are given up before anybody is killed.
  const cached = Math.max(0, bytes('active_file') + bytes('inactive_file') - mapped);
  const reclaimable = cached + bytes('slab_reclaimable');
  return { memoryLimitBytes, memoryUsedBytes: Math.max(0, Number(current) - reclaimable) };
}

async function tasksOf(folder: string, root: string): Promise<CgroupFigures[]> {
  const [most, current] = await Promise.all(
    ['pids.max', 'pids.current'].map((name) => textOf(`${folder}/${name}`)),
  );
  const maxTasks = limitIn(most);
  if (maxTasks === undefined || current === undefined) return [];
  return [{ path: shown(folder, root), maxTasks, tasks: Number(current) }];
}

/** A limit in a file of its own; `max`, and what version 1 has in its place, is none. */
function limitIn(text: string | undefined): number | undefined {
  const limit = text === undefined ? Number.NaN : Number.parseInt(text, 10);
  return Number.isFinite(limit) && limit < NO_LIMIT ? limit : undefined;
}

function shown(folder: string, root: string): string {
  return folder.slice(root.length);
}
