import type { InspectColor } from 'node:util';
import type { InstanceStatus } from '../core/lifecycle.ts';

const COLOURS: Readonly<Record<InstanceStatus, InspectColor>> = {
  starting: 'cyan',
  running: 'green',
  stopping: 'yellow',
  stopped: 'gray',
  crashed: 'red',
};

/** The colour that a status has on a terminal. */
export function statusColour(status: InstanceStatus): InspectColor {
  return COLOURS[status];
}
