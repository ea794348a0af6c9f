/**
 * What an instance is doing; `queryInstance` answers with what is, never with what was wished.
 *
 * @public
 */
export type InstanceStatus = 'starting' | 'running' | 'stopping' | 'stopped' | 'crashed';

/**
 * Every status, in the order of a life.
 *
 * @internal
 */
export const INSTANCE_STATUSES: readonly InstanceStatus[] = [
  'starting',
  'running',
  'stopping',
  'stopped',
  'crashed',
];

/**
 * The legal changes of status: the oracle that models and specs compare the machine with.
 *
 * @internal
 */
export const NEXT_STATUSES: Readonly<Record<InstanceStatus, readonly InstanceStatus[]>> = {
  starting: ['running', 'crashed', 'stopped'],
  running: ['stopping', 'stopped', 'crashed', 'starting'],
  stopping: ['stopped', 'starting'],
  stopped: ['starting'],
  crashed: ['starting', 'stopped'],
};
