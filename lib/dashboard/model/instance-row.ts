import type { InstanceInfo } from '../../core/instance-info.ts';

/** An instance in short: what a grid of thousands shows of each. */
export interface InstanceRow {
  readonly id: string;
  readonly name?: string;
  readonly group?: string;
  readonly lifecycle: string;
  readonly restarts: number;
}

/** The short form of what is known of an instance. */
export function instanceRow({
  instanceId,
  name,
  groupId,
  lifecycle,
  restarts,
}: InstanceInfo): InstanceRow {
  return {
    id: instanceId,
    ...(name === undefined ? {} : { name }),
    ...(groupId === undefined ? {} : { group: groupId }),
    lifecycle,
    restarts,
  };
}
