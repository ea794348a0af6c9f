import { invalidField } from './errors.ts';

/**
 * Where a module comes from: its bytes, a `file:` URL or a path. A compiled `WebAssembly.Module` is
 * refused, because its bytes can no longer be admitted.
 *
 * @public
 */
export type ModuleSource = Uint8Array | URL | string;

/**
 * Checks the kind of a module source; what the bytes are worth is found out by admission.
 *
 * @throws `INVALID_REQUEST` with the field `module`.
 * @internal
 */
export function checkedModuleSource(value: unknown): ModuleSource {
  if (value instanceof Uint8Array) {
    if (value.length === 0) throw invalidField('module', 'is empty');
    return value;
  }
  if (value instanceof URL) {
    if (value.protocol !== 'file:') throw invalidField('module', 'must be a file: URL');
    return value;
  }
  if (typeof value === 'string') {
    if (value === '') throw invalidField('module', 'is an empty path');
    if (value.includes('\0')) throw invalidField('module', 'is a path with a zero byte');
    return value;
  }
  if (value instanceof WebAssembly.Module) {
    throw invalidField('module', 'is compiled already; give its bytes, so that it can be admitted');
  }
  throw invalidField('module', 'must be bytes (Uint8Array), a file: URL or a path');
}
