import type { CapabilityAssignment } from '../core/capability-assignment.ts';
import { hostFunctionsOf } from '../core/host-functions.ts';
import type { AdmittedModule } from './admitted-module.ts';
import { refusedImport } from './core-refusals.ts';
import { HOST_FUNCTION_MODULE } from './extism-modules.ts';

/**
 * Checks that each host function which a module imports is mapped by an assignment.
 *
 * @throws `VALIDATION_ERROR` with `details.import`, for the first that is not.
 * @internal
 */
export function checkHostFunctionsMapped(
  { hostFunctions = [] }: AdmittedModule,
  assignments: readonly CapabilityAssignment[],
): void {
  const mapped = new Set(assignments.flatMap((each) => [...hostFunctionsOf(each).keys()]));
  const missing = hostFunctions.find(({ name }) => !mapped.has(name));
  if (missing === undefined) return;
  const path = `${HOST_FUNCTION_MODULE}.${missing.name}`;
  throw refusedImport(path, 'no capability maps the host function', { kind: 'function' });
}
