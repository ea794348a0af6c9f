import type { InterfaceGroup } from './interface-group.ts';
import { refusingFunctions } from './refusals.ts';

const UNANSWERABLE = new Set(['[method]descriptor.is-same-object']);

/**
 * `wasi:filesystem`: there are no preopened directories, hence no descriptors.
 *
 * @internal
 */
export function filesystemInterfaces(): InterfaceGroup {
  return {
    'wasi:filesystem/preopens@0.2.x': { 'get-directories': () => [] },
    'wasi:filesystem/types@0.2.x': {
      ...refusingFunctions('wasi:filesystem/types@0.2.0', 'access', UNANSWERABLE),
      // No error of a stream comes from a file.
      'filesystem-error-code': () => undefined,
    },
  };
}
