import { invalidField } from './errors.ts';

declare const brand: unique symbol;

/** @internal */
export type InstanceId = string & { readonly [brand]: 'instance' };
/** @internal */
export type ProviderId = string & { readonly [brand]: 'provider' };

/** Letters, digits and `. _ : -`; begins with a letter or a digit; at most 128 characters. */
const ID = /^[A-Za-z0-9][A-Za-z0-9._:-]{0,127}$/;

function checked(value: unknown, field: string): string {
  if (typeof value !== 'string') throw invalidField(field, 'must be a string');
  if (!ID.test(value)) {
    throw invalidField(
      field,
      'must be 1 to 128 characters of A-Z a-z 0-9 . _ : - and begin with a letter or a digit',
      { pattern: ID.source },
    );
  }
  return value;
}

/**
 * Accepts an id that a caller chose for an instance.
 *
 * @throws `INVALID_REQUEST` naming the field.
 * @internal
 */
export function instanceId(value: unknown, field = 'instanceId'): InstanceId {
  return checked(value, field) as InstanceId;
}

/**
 * Accepts an id that a caller chose for a provider.
 *
 * @throws `INVALID_REQUEST` naming the field.
 * @internal
 */
export function providerId(value: unknown, field = 'providerId'): ProviderId {
  return checked(value, field) as ProviderId;
}

/**
 * Accepts any other id: of a node, a capability, a group.
 *
 * @throws `INVALID_REQUEST` naming the field.
 * @internal
 */
export function plainId(value: unknown, field: string): string {
  return checked(value, field);
}

/**
 * A fresh id such as `i-3f9a1c77e0b24d51`; 64 bits of the given random source.
 *
 * @param random - returns a number in [0, 1).
 * @internal
 */
export function freshId(prefix: string, random: () => number): string {
  const half = (): string =>
    Math.floor(random() * 2 ** 32)
      .toString(16)
      .padStart(8, '0');
  return `${prefix}-${half()}${half()}`;
}
