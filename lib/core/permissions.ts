import { domainMatches } from './domain-pattern.ts';
import { invalidField } from './errors.ts';
import type { RequiredPermission } from './provider.ts';
import { topicMatches } from './topic-pattern.ts';

/** `area:verb[:scope]`; the scope is everything behind the second colon, further colons included. */
const GRAMMAR = /^([a-z][a-z0-9-]{0,31}:[a-z][a-z0-9-]{0,31})(?::(\P{Cc}{1,1024}))?$/u;

/**
 * One permission, taken apart.
 *
 * @internal
 */
export interface Permission {
  /** For example `kv:read`. */
  readonly action: string;
  /** A pattern in the area's own form; absent: everything. */
  readonly scope?: string;
}

/**
 * Takes a permission apart.
 *
 * @throws `INVALID_REQUEST` naming the field.
 * @internal
 */
export function parsePermission(text: unknown, field: string): Permission {
  if (typeof text !== 'string') throw invalidField(field, 'must be a string');
  const parts = GRAMMAR.exec(text);
  if (parts === null) {
    throw invalidField(field, 'must have the form area:verb or area:verb:scope', {
      permission: text.slice(0, 200),
    });
  }
  const [, action = '', scope] = parts;
  return scope === undefined ? { action } : { action, scope };
}

/**
 * Whether a scope pattern covers one concrete thing. Topics and hosts have their own patterns, methods
 * are compared whatever their case; everywhere else a pattern is the exact text, or a prefix that ends
 * in `*`.
 *
 * @internal
 */
export function scopeCovers(action: string, pattern: string, concrete: string): boolean {
  if (action.startsWith('msg:')) return topicMatches(pattern, concrete);
  if (action === 'http:domain') return domainMatches(pattern, concrete);
  if (action === 'http:method') return pattern.toUpperCase() === concrete.toUpperCase();
  if (pattern.endsWith('*')) return concrete.startsWith(pattern.slice(0, -1));
  return pattern === concrete;
}

/**
 * The permissions of one grant, ready to be asked. Several add up; there is no denying permission.
 *
 * @internal
 */
export class PermissionSet {
  readonly #byAction: Map<string, readonly Permission[]> = new Map();

  /**
   * @throws `INVALID_REQUEST` naming the permission.
   */
  constructor(permissions: readonly unknown[], field = 'permissions') {
    // Unlike `forEach`, `entries` visits the holes of a sparse array too.
    for (const [index, text] of permissions.entries()) {
      const permission = parsePermission(text, `${field}[${index}]`);
      const others = this.#byAction.get(permission.action) ?? [];
      this.#byAction.set(permission.action, [...others, permission]);
    }
  }

  /**
   * Whether the set covers what an operation needs. A requirement without a scope is met by any
   * permission of that action; the operation then filters for itself. One that only narrows is met by
   * holding none of its action.
   */
  allows(required: RequiredPermission): boolean {
    const held = this.#byAction.get(required.action);
    if (held === undefined) return required.isNarrowing === true;
    const { action, scope } = required;
    if (scope === undefined) return true;
    return held.some(
      (permission) =>
        permission.scope === undefined || scopeCovers(action, permission.scope, scope),
    );
  }
}
