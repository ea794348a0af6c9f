import { invalidField } from '../core/errors.ts';
import type { AdmittedModule, ExportFact } from './admitted-module.ts';
import { checkCoreArguments } from './core-arguments.ts';
import { extismExportProblem } from './extism-functions.ts';

/** `handleMessage` for `handle-message`; the part before `#` stays as it is. */
function camelCased(name: string): string {
  const at = name.lastIndexOf('#') + 1;
  const words = name.slice(at).replace(/-([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
  return name.slice(0, at) + words;
}

/** A version without its last number, because patch releases of one interface are alike. */
function withoutPatch(name: string): string {
  return name.replace(/@(\d+\.\d+)\.\d+(?=#|$)/, '@$1');
}

/**
 * Finds the function that a caller means: by its exact name or, for components, in camel case and by
 * an interface version without the patch number.
 *
 * @throws `INVALID_REQUEST` with the field `exportName`.
 * @internal
 */
export function findExport(admitted: AdmittedModule, exportName: unknown): ExportFact {
  if (typeof exportName !== 'string') throw invalidField('exportName', 'must be a string');
  const shown = exportName.slice(0, 200);
  const exact = admitted.exports.find(({ name }) => name === exportName);
  if (exact !== undefined) {
    if (exact.kind === 'function') return exact;
    throw invalidField('exportName', `"${shown}" is a ${exact.kind}, not a function`);
  }
  if (admitted.abi === 'component') {
    const wanted = withoutPatch(exportName);
    const alike = admitted.exports.find(
      ({ name, kind }) =>
        kind === 'function' &&
        (withoutPatch(name) === wanted || camelCased(withoutPatch(name)) === wanted),
    );
    if (alike !== undefined) return alike;
  }
  throw invalidField('exportName', `the module has no export "${shown}"`);
}

/**
 * Checks how many arguments a call has, before any of them is looked at.
 *
 * @throws `INVALID_REQUEST` naming `args`.
 * @internal
 */
export function checkArgumentCount(
  admitted: AdmittedModule,
  target: ExportFact,
  count: number,
): void {
  const params = target.params ?? [];
  if (admitted.abi === 'extism') {
    if (count > 1) throw invalidField('args', `at most 1 wanted, ${count} given`);
  } else if (count !== params.length) {
    throw invalidField('args', `${params.length} wanted, ${count} given`, { params });
  }
}

/**
 * Checks the arguments of a call against the export as far as that is possible without the guest.
 *
 * @throws `INVALID_REQUEST` naming `args` or `args[i]`, or `exportName` where the export cannot be called
 * at all.
 * @internal
 */
export function checkArguments(
  admitted: AdmittedModule,
  target: ExportFact,
  args: readonly unknown[],
): void {
  checkArgumentCount(admitted, target, args.length);
  if (admitted.abi === 'extism') checkInput(target, args);
  else if (admitted.abi !== 'component') checkCoreArguments(target.params ?? [], args);
}

/** The one input of a plug-in's function. */
function checkInput(target: ExportFact, [input]: readonly unknown[]): void {
  const problem = extismExportProblem(target);
  if (problem !== undefined) throw invalidField('exportName', problem);
  if (input !== undefined && typeof input !== 'string' && !(input instanceof Uint8Array)) {
    throw invalidField('args[0]', 'must be bytes or a string');
  }
}
