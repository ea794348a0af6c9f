import { invalidField } from './errors.ts';
import { boundedString, plainRecord, within } from './field-checks.ts';

/** The option of an assignment, whatever its provider, that maps host functions. */
const OPTION = 'hostFunctions';
/** No plug-in that is meant well asks for more. */
const MAX_FUNCTIONS = 256;
const MAX_NAME_LENGTH = 256;

interface Assigned {
  readonly config?: Readonly<Record<string, unknown>>;
}

/**
 * The host functions that an assignment maps: names that a guest imports, to operations of the provider.
 * A map, because the guest chooses the names.
 *
 * @internal
 */
export function hostFunctionsOf({ config = {} }: Assigned): ReadonlyMap<string, string> {
  if (!Object.hasOwn(config, OPTION)) return new Map();
  return new Map(Object.entries(config[OPTION] as Readonly<Record<string, string>>));
}

/**
 * The options of an assignment that are its provider's own.
 *
 * @internal
 */
export function providerOptions({ config = {} }: Assigned): Readonly<Record<string, unknown>> {
  if (!Object.hasOwn(config, OPTION)) return config;
  // fromEntries defines own properties, so that a key `__proto__` stays mere data.
  return Object.freeze(
    Object.fromEntries(Object.entries(config).filter(([key]) => key !== OPTION)),
  );
}

/**
 * Checks what an assignment maps, before its provider is asked whether it has such operations.
 *
 * @param field - the name of the assignment's configuration.
 * @throws `INVALID_REQUEST` naming the field.
 * @internal
 */
export function checkHostFunctions(config: Readonly<Record<string, unknown>>, field: string): void {
  if (!Object.hasOwn(config, OPTION)) return;
  const own = within(field, OPTION);
  const entries = Object.entries(plainRecord(config[OPTION], own));
  if (entries.length > MAX_FUNCTIONS) {
    throw invalidField(own, `must have at most ${MAX_FUNCTIONS} entries`);
  }
  for (const [name, operation] of entries) {
    const entry = hostFunctionField(own, name);
    boundedString(name, entry, MAX_NAME_LENGTH);
    boundedString(operation, entry, MAX_NAME_LENGTH);
  }
}

/**
 * Checks that a provider has every operation that an assignment maps a host function to.
 *
 * @param operations - the provider's, by name.
 * @throws `INVALID_REQUEST` naming the field.
 * @internal
 */
export function checkMappedOperations(
  assignment: Assigned,
  operations: Readonly<Record<string, unknown>>,
): void {
  for (const [name, operation] of hostFunctionsOf(assignment)) {
    if (Object.hasOwn(operations, operation)) continue;
    const field = hostFunctionField(within('config', OPTION), name);
    throw invalidField(field, 'the provider has no such operation', {
      operation: operation.slice(0, 100),
    });
  }
}

function hostFunctionField(field: string, name: string): string {
  return within(field, name.slice(0, 64));
}
