import { invalidField } from '../core/errors.ts';
import type { AdmittedModule, ExportFact } from './admitted-module.ts';
import { checkCoreArguments } from './core-arguments.ts';
import { extismExportProblem } from './extism-functions.ts';
import { isRequestHandler, writtenRequestHandler } from './request-handler.ts';
import { wapcOperationProblem } from './wapc-functions.ts';

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
 * an interface version without the patch number. The handler of HTTP requests is found by its interface
 * alone. A waPC guest is called by names of its own choice, which are no exports.
 *
 * @throws `INVALID_REQUEST` with the field `exportName`.
 * @internal
 */
export function findExport(admitted: AdmittedModule, exportName: unknown): ExportFact {
  if (typeof exportName !== 'string') throw invalidField('exportName', 'must be a string');
  if (admitted.abi === 'wapc') return wapcOperation(exportName);
  const shown = exportName.slice(0, 200);
  const exact = admitted.exports.find(({ name }) => name === exportName);
  if (exact !== undefined) {
    if (exact.kind === 'function') return exact;
    throw invalidField('exportName', `"${shown}" is a ${exact.kind}, not a function`);
  }
  if (admitted.abi === 'component') {
    const wanted = withoutPatch(writtenRequestHandler(exportName) ?? exportName);
    const alike = admitted.exports.find(
      ({ name, kind }) =>
        kind === 'function' &&
        (withoutPatch(name) === wanted || camelCased(withoutPatch(name)) === wanted),
    );
    if (alike !== undefined) return alike;
  }
  throw invalidField('exportName', `the module has no export "${shown}"`);
}

function wapcOperation(name: string): ExportFact {
  const problem = wapcOperationProblem(name);
  if (problem !== undefined) throw invalidField('exportName', problem);
  return { name, kind: 'function' };
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
  // It takes resources; the thread makes them out of one request in plain data.
  const isServed = admitted.abi === 'component' && isRequestHandler(target.name);
  const params = isServed ? ['request'] : (target.params ?? []);
  if (admitted.abi === 'extism' || admitted.abi === 'wapc') {
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
  if (admitted.abi === 'extism') {
    const problem = extismExportProblem(target);
    if (problem !== undefined) throw invalidField('exportName', problem);
    checkInput(args);
  } else if (admitted.abi === 'wapc') checkInput(args);
  else if (admitted.abi !== 'component') checkCoreArguments(target.params ?? [], args);
}

/** The one input of a plug-in's function or of an operation. */
function checkInput([input]: readonly unknown[]): void {
  if (input !== undefined && typeof input !== 'string' && !(input instanceof Uint8Array)) {
    throw invalidField('args[0]', 'must be bytes or a string');
  }
}
