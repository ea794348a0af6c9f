import { open, readdir } from 'node:fs/promises';
import { freemem, totalmem } from 'node:os';
import type { MachineFigures } from '../core/machine-figures.ts';
import { cgroupFigures } from './cgroup-figures.ts';
import { textOf } from './text-file.ts';

/** The kernel gives no more than a page at once of what it makes up as it is read. */
const CHUNK_BYTES = 4_096;
const NEWLINE = 10;
const KIB = 1024;

/**
 * Lines of a file of any length, read piece by piece: the map of a process with 60,000 mappings has
 * 4 MB, and nobody else may have to wait until they are counted.
 */
async function linesOf(path: string): Promise<number | undefined> {
  try {
    await using file = await open(path);
    const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
    let lines = 0;
    for (;;) {
      const { bytesRead } = await file.read(chunk, 0, CHUNK_BYTES, null);
      if (bytesRead === 0) return lines;
      const text = chunk.subarray(0, bytesRead);
      for (let at = text.indexOf(NEWLINE); at !== -1; at = text.indexOf(NEWLINE, at + 1)) {
        lines += 1;
      }
    }
  } catch {
    return undefined;
  }
}

async function entriesOf(path: string): Promise<number | undefined> {
  try {
    return (await readdir(path)).length;
  } catch {
    return undefined;
  }
}

/** The first number that a pattern finds; nothing where there is none, such as `max` or `unlimited`. */
function numberIn(text: string | undefined, pattern: RegExp): number | undefined {
  const found = text === undefined ? undefined : pattern.exec(text)?.[1];
  return found === undefined ? undefined : Number(found);
}

async function numberOf(path: string): Promise<number | undefined> {
  return numberIn(await textOf(path), /^(\d+)/);
}

function bytesOf(kib: number | undefined): number | undefined {
  return kib === undefined ? undefined : kib * KIB;
}

/**
 * What the process and its machine tell at this moment. Where there is no `/proc`, it is what Node
 * knows, without mappings, descriptors and tasks.
 *
 * @param root - a folder in the place of `/`.
 */
export async function machineFigures(root = ''): Promise<MachineFigures> {
  const proc = `${root}/proc`;
  const [status, limits, loadavg, meminfo] = await Promise.all(
    ['self/status', 'self/limits', 'loadavg', 'meminfo'].map((name) => textOf(`${proc}/${name}`)),
  );
  const [mappings, maxMappings, descriptors, maxThreads, maxPid] = await Promise.all([
    linesOf(`${proc}/self/maps`),
    numberOf(`${proc}/sys/vm/max_map_count`),
    entriesOf(`${proc}/self/fd`),
    numberOf(`${proc}/sys/kernel/threads-max`),
    numberOf(`${proc}/sys/kernel/pid_max`),
  ]);
  // Nobody counts the tasks of the superuser.
  const isRoot = numberIn(status, /^Uid:\s+(\d+)/m) === 0;
  return known({
    mappings,
    maxMappings,
    descriptors,
    maxDescriptors: numberIn(limits, /^Max open files\s+(\d+)/m),
    tasks: numberIn(status, /^Threads:\s+(\d+)/m),
    maxUserTasks: isRoot ? undefined : numberIn(limits, /^Max processes\s+(\d+)/m),
    machineTasks: numberIn(loadavg, /\d+\/(\d+)/),
    maxMachineTasks: least(maxThreads, maxPid),
    totalBytes: bytesOf(numberIn(meminfo, /^MemTotal:\s+(\d+)/m)) ?? totalmem(),
    availableBytes: bytesOf(numberIn(meminfo, /^MemAvailable:\s+(\d+)/m)) ?? freeBytes(),
    residentBytes: bytesOf(numberIn(status, /^VmRSS:\s+(\d+)/m)) ?? residentBytes(),
    cgroups: await cgroupFigures(root),
  });
}

/**
 * What is free on a system without `/proc/meminfo`. What macOS calls free is a small part of what it
 * would give, so there only this process counts.
 */
function freeBytes(): number {
  return process.platform === 'win32' ? freemem() : totalmem() - residentBytes();
}

function least(one: number | undefined, other: number | undefined): number | undefined {
  return one === undefined ? other : other === undefined ? one : Math.min(one, other);
}

/** Without what is not known. */
function known<T extends object>(values: { readonly [Key in keyof T]: T[Key] | undefined }): T {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as T;
}

/** Resident memory of this process in bytes. */
export function residentBytes(): number {
  return process.memoryUsage.rss();
}
