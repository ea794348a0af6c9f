import type { CapabilityAssignment } from '../core/capability-assignment.ts';

const TYPES: Readonly<Record<string, string>> = { msg: 'messaging' };

/** The kind of provider that a permission is about: the word before its first colon. */
export function providerTypeOf(permission: string): string {
  const area = permission.split(':', 1)[0] ?? '';
  return TYPES[area] ?? area;
}

/** Permissions as assignments, one for each kind of provider. */
export function grantsOf(permissions: readonly string[]): CapabilityAssignment[] {
  return [...Map.groupBy(permissions, providerTypeOf)].map(([providerType, each]) => ({
    capabilityId: providerType,
    providerType,
    permissions: each,
  }));
}
