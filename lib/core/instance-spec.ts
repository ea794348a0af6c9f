import { type CapabilityAssignment, checkedAssignments } from './capability-assignment.ts';
import { deepFrozen } from './deep-frozen.ts';
import { invalidField } from './errors.ts';
import { boundedString, knownFields, oneOf, stringRecord } from './field-checks.ts';
import { type InstanceId, instanceId } from './ids.ts';
import { type InstanceLimits, type ResolvedLimits, resolveLimits } from './limits.ts';
import { checkedModuleSource, type ModuleSource } from './module-source.ts';
import {
  type ResolvedRestartPolicy,
  type RestartPolicy,
  resolveRestartPolicy,
} from './restart-policy.ts';
import { type ResolvedWasiOptions, resolveWasiOptions, type WasiOptions } from './wasi-options.ts';

/**
 * What a caller asks for when it starts an instance.
 *
 * @public
 */
export interface InstanceSpec {
  readonly module: ModuleSource;
  /** @defaultValue generated */
  readonly instanceId?: string;
  /** Free text for people; need not be unique. */
  readonly name?: string;
  readonly labels?: Readonly<Record<string, string>>;
  /** @defaultValue `auto`: by imports and exports */
  readonly abi?: 'auto' | 'component' | 'wasi' | 'extism' | 'wapc' | 'core';
  /**
   * `resident`: its own thread for life. `on-demand`: a thread only while it has something to do; asleep it
   * takes some hundred bytes, and nothing of its guest outlasts that sleep. @defaultValue `resident`
   */
  readonly residency?: 'resident' | 'on-demand';
  /**
   * `thread`: a thread of the host's process. `process`: a thread of a child process, so that not even a
   * fatal error of the engine can reach anybody else; it starts slower, takes more memory, and a
   * capability call takes longer. There, and only there, a guest may use what can exhaust the engine's
   * heap: garbage-collected types and shared memory. @defaultValue `thread`
   */
  readonly isolation?: 'thread' | 'process';
  readonly capabilities?: readonly CapabilityAssignment[];
  /** @defaultValue `{ policyType: 'on-failure' }` */
  readonly restartPolicy?: RestartPolicy;
  readonly limits?: InstanceLimits;
  readonly wasi?: WasiOptions;
  /** What `wasi:config` and the Extism configuration show. */
  readonly config?: Readonly<Record<string, string>>;
}

/**
 * A specification with every default filled in and everything checked.
 *
 * @internal
 */
export interface ResolvedInstanceSpec {
  readonly module: ModuleSource;
  readonly instanceId: InstanceId | undefined;
  readonly name: string | undefined;
  readonly labels: Readonly<Record<string, string>>;
  readonly abi: NonNullable<InstanceSpec['abi']>;
  readonly residency: NonNullable<InstanceSpec['residency']>;
  readonly isolation: 'thread' | 'process';
  readonly capabilities: readonly CapabilityAssignment[];
  readonly restartPolicy: ResolvedRestartPolicy;
  readonly limits: ResolvedLimits;
  readonly wasi: ResolvedWasiOptions;
  readonly config: Readonly<Record<string, string>>;
}

const FIELDS: readonly (keyof InstanceSpec)[] = [
  'module',
  'instanceId',
  'name',
  'labels',
  'abi',
  'residency',
  'isolation',
  'capabilities',
  'restartPolicy',
  'limits',
  'wasi',
  'config',
];

const NO_CONTROL_CHARACTERS = /^\P{Cc}*$/u;

/**
 * Checks a whole specification, before anything is started.
 *
 * @throws `INVALID_REQUEST` naming the first wrong field.
 * @internal
 */
export function resolveInstanceSpec(value: unknown): ResolvedInstanceSpec {
  const given = knownFields(value, 'spec', FIELDS);
  return {
    module: checkedModuleSource(given['module']),
    instanceId: given['instanceId'] === undefined ? undefined : instanceId(given['instanceId']),
    name: given['name'] === undefined ? undefined : instanceName(given['name']),
    labels: deepFrozen(
      stringRecord(given['labels'], 'labels', { entries: 64, keyLength: 128, valueLength: 1_024 }),
    ),
    abi: oneOf(
      given['abi'],
      'abi',
      ['auto', 'component', 'wasi', 'extism', 'wapc', 'core'],
      'auto',
    ),
    ...checkedPlace(given['residency'], given['isolation']),
    capabilities: checkedAssignments(given['capabilities'], 'capabilities'),
    restartPolicy: deepFrozen(resolveRestartPolicy(given['restartPolicy'])),
    limits: deepFrozen(resolveLimits(given['limits'])),
    wasi: resolveWasiOptions(given['wasi']),
    config: stringRecord(given['config'], 'config', {
      entries: 1_024,
      keyLength: 1_024,
      valueLength: 65_536,
    }),
  };
}

function instanceName(value: unknown): string {
  const name = boundedString(value, 'name', 256);
  if (!NO_CONTROL_CHARACTERS.test(name)) {
    throw invalidField('name', 'must have no control characters');
  }
  return name;
}

function checkedPlace(
  givenResidency: unknown,
  givenIsolation: unknown,
): Pick<ResolvedInstanceSpec, 'isolation' | 'residency'> {
  const residency = oneOf(
    givenResidency,
    'residency',
    ['resident', 'on-demand'] as const,
    'resident',
  );
  const isolation = oneOf(givenIsolation, 'isolation', ['thread', 'process'] as const, 'thread');
  if (residency === 'on-demand' && isolation === 'process') {
    throw invalidField('residency', 'has to be "resident" where isolation is "process"');
  }
  return { residency, isolation };
}
