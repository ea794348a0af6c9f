import {
  CAPACITY_RESOURCES,
  type CapacityBound,
  type CapacityResource,
  roomOf,
  tightest,
} from './capacity.ts';
import { guestCost } from './capacity-cost.ts';

/**
 * For what kind of guest a machine is examined.
 *
 * @public
 */
export interface DoctorOptions {
  /** Linear memory that one instance uses, in bytes. @defaultValue one page: 65,536 */
  readonly memoryBytes?: number;
  /** Linear memories of one instance. @defaultValue 1 */
  readonly memories?: number;
  /** Guest threads at most, as the supervisor's option. @defaultValue 1,500 */
  readonly maxThreads?: number;
}

/**
 * One resource: what is used of it, and how many more instances it carries.
 *
 * @public
 */
export interface DoctorResource {
  readonly resource: CapacityResource;
  readonly used: number;
  readonly limit: number;
  /** Kept free, for what runs already and grows. */
  readonly reserved: number;
  /** What one instance takes, at the most. */
  readonly perInstance: number;
  /** Instances that there is room for. */
  readonly carries: number;
  /** How the limit is raised, in words. */
  readonly raise: string;
}

/**
 * What is known of the machine and the process.
 *
 * @public
 */
export interface DoctorMachine {
  readonly platform: string;
  readonly nodeVersion: string;
  readonly cores: number;
  readonly memoryBytes: number;
  /** What could be taken without swapping. */
  readonly availableBytes: number;
  /** `vm.overcommit_memory`, where the system tells. */
  readonly overcommit?: number;
}

/**
 * What a machine can carry and what limits it; see `doctor()`.
 *
 * @public
 */
export interface DoctorReport {
  readonly machine: DoctorMachine;
  /** The guest that was reckoned with. */
  readonly guest: { readonly memoryBytes: number; readonly memories: number };
  readonly resources: readonly DoctorResource[];
  /** Instances with a thread each that one process has room for, beside what it does already. */
  readonly residentInstances: number;
  readonly limitedBy: CapacityResource;
  readonly advice: readonly string[];
}

const OLDEST_NODE = [22, 18] as const;
const FEW_DESCRIPTORS = 4_096;
const FEW_TASKS = 2_048;
/** The kernel then refuses addresses beyond what it could back with memory. */
const STRICT_OVERCOMMIT = 2;

/**
 * Reckons what a machine carries.
 *
 * @internal
 */
export function diagnosis(
  machine: DoctorMachine,
  bounds: readonly CapacityBound[],
  guest: DoctorReport['guest'],
): DoctorReport {
  const needs = {
    threads: 1,
    ...guestCost({ ...guest, initialMemoryBytes: guest.memoryBytes }, 'new'),
  };
  const resources = CAPACITY_RESOURCES.flatMap((resource): DoctorResource[] => {
    const bound = tightest(bounds, resource);
    const perInstance = needs[resource] ?? 0;
    if (bound === undefined || perInstance === 0) return [];
    const carries = Math.max(0, Math.floor(roomOf(bound) / perInstance));
    const { used, limit, reserved, raise } = bound;
    return [{ resource, used, limit, reserved, perInstance, carries, raise }];
  });
  const scarcest = resources.reduce<DoctorResource | undefined>(
    (least, each) => (least === undefined || each.carries < least.carries ? each : least),
    undefined,
  );
  return {
    machine,
    guest,
    resources,
    residentInstances: scarcest?.carries ?? 0,
    limitedBy: scarcest?.resource ?? 'threads',
    advice: [...warnings(machine, resources), ...suggestions(scarcest)],
  };
}

function warnings(machine: DoctorMachine, resources: readonly DoctorResource[]): string[] {
  const limitOf = (name: CapacityResource): number =>
    resources.find(({ resource }) => resource === name)?.limit ?? Infinity;
  const descriptors = limitOf('descriptors');
  const tasks = limitOf('tasks');
  return [
    ...(isOld(machine.nodeVersion)
      ? [`Node ${machine.nodeVersion} is too old: 22.18 is the oldest that is supported.`]
      : []),
    ...(machine.overcommit === STRICT_OVERCOMMIT
      ? [
          'vm.overcommit_memory is 2: each linear memory reserves 8 to 10 GB of addresses, which the ' +
            'kernel may then refuse. Set it to 0 or 1: sysctl -w vm.overcommit_memory=0.',
        ]
      : []),
    ...(descriptors < FEW_DESCRIPTORS
      ? [`Only ${descriptors} descriptors may be open (ulimit -n); each thread takes five.`]
      : []),
    ...(tasks < FEW_TASKS
      ? [`Only ${tasks} tasks may exist (pids.max, ulimit -u); each thread is one.`]
      : []),
  ];
}

function suggestions(scarcest: DoctorResource | undefined): string[] {
  return [
    ...(scarcest === undefined
      ? []
      : [`For more instances, ${scarcest.resource} come first: ${scarcest.raise}.`]),
    'Ended threads leave their pages to the next ones for about ten seconds; ' +
      'node --no-memory-pool-share-memory-on-teardown gives most of them back at once.',
  ];
}

function isOld(version: string): boolean {
  const [major = 0, minor = 0] = version.replace(/^v/, '').split('.').map(Number);
  return major < OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor < OLDEST_NODE[1]);
}
