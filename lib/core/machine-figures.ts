import type { CapacityBound } from './capacity.ts';

const MIB = 1024 * 1024;

/**
 * What one control group tells; a process is in several, each inside another.
 *
 * @internal
 */
export interface CgroupFigures {
  /** Where it is told, for people. */
  readonly path: string;
  readonly memoryLimitBytes?: number;
  /** Without what the kernel would give back when it is asked for memory. */
  readonly memoryUsedBytes?: number;
  readonly maxTasks?: number;
  readonly tasks?: number;
}

/**
 * What a process and its machine tell of themselves; what a system does not tell is left out.
 *
 * @internal
 */
export interface MachineFigures {
  readonly totalBytes: number;
  /** What could be taken without swapping. */
  readonly availableBytes: number;
  /** Of this process. */
  readonly residentBytes: number;
  readonly mappings?: number;
  readonly maxMappings?: number;
  readonly descriptors?: number;
  readonly maxDescriptors?: number;
  /** Threads of this process. */
  readonly tasks?: number;
  /** `ulimit -u`, where it binds. */
  readonly maxUserTasks?: number;
  /** Tasks of the whole machine. */
  readonly machineTasks?: number;
  readonly maxMachineTasks?: number;
  readonly cgroups: readonly CgroupFigures[];
}

const RAISE = {
  mappings: 'sysctl -w vm.max_map_count=262144',
  descriptors: 'ulimit -n 65536 before the process starts, or LimitNOFILE=65536 of its service',
  userTasks: 'ulimit -u 16384 before the process starts, or LimitNPROC=16384 of its service',
  machineTasks: 'sysctl -w kernel.threads-max=262144 kernel.pid_max=4194304',
  memory: 'give the machine more memory, or end what else runs on it',
} as const;

/**
 * The bounds that follow from the figures, each with a reserve: a tenth of the mappings, because heaps
 * of threads that run already grow by some, and a twentieth of the others.
 *
 * @internal
 */
export function machineBounds(figures: MachineFigures): CapacityBound[] {
  const { mappings, maxMappings, descriptors, maxDescriptors } = figures;
  const { tasks, maxUserTasks, machineTasks, maxMachineTasks } = figures;
  return [
    ...taskBound(tasks, maxUserTasks, RAISE.userTasks),
    ...taskBound(machineTasks, maxMachineTasks, RAISE.machineTasks),
    ...figures.cgroups.flatMap((group) =>
      taskBound(group.tasks, group.maxTasks, `raise pids.max of ${group.path}`),
    ),
    ...bound('mappings', mappings, maxMappings, (limit) => limit / 10, RAISE.mappings),
    ...bound(
      'descriptors',
      descriptors,
      maxDescriptors,
      (limit) => between(limit / 20, 16, 1_024),
      RAISE.descriptors,
    ),
    ...memoryBound(figures.totalBytes - figures.availableBytes, figures.totalBytes, RAISE.memory),
    ...figures.cgroups.flatMap((group) =>
      memoryBound(
        group.memoryUsedBytes,
        group.memoryLimitBytes,
        `raise the memory limit of ${group.path}`,
      ),
    ),
  ];
}

function taskBound(
  used: number | undefined,
  limit: number | undefined,
  raise: string,
): CapacityBound[] {
  return bound('tasks', used, limit, (most) => between(most / 20, 4, 256), raise);
}

function memoryBound(
  used: number | undefined,
  limit: number | undefined,
  raise: string,
): CapacityBound[] {
  const reserve = (most: number): number => between(most / 20, 32 * MIB, 1_024 * MIB);
  return bound('resident-memory', used, limit, reserve, raise);
}

function bound(
  resource: CapacityBound['resource'],
  used: number | undefined,
  limit: number | undefined,
  reserve: (limit: number) => number,
  raise: string,
): CapacityBound[] {
  if (used === undefined || limit === undefined) return [];
  return [{ resource, used, limit, reserved: Math.ceil(reserve(limit)), raise }];
}

function between(value: number, least: number, most: number): number {
  return Math.min(most, Math.max(least, value));
}
