import { invalidField } from '../core/errors.ts';
import type { AdmittedModule, ExportFact } from './admitted-module.ts';
import { ambiguity, exportsMeantBy } from './component-export-names.ts';
import { checkCoreArguments } from './core-arguments.ts';
import { extismExportProblem } from './extism-functions.ts';
import { isRequestHandler, writtenRequestHandler } from './request-handler.ts';
import { wapcOperationProblem } from './wapc-functions.ts';

/**
 * Finds the function that a caller means: by its exact name or, for components, in camel case and with
 * only the first parts of the interface's version, or none. A component lets go of its resources by
 * functions that it does not export itself. The handler of HTTP requests is found by its interface
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
    const alike = componentExport(admitted, writtenRequestHandler(exportName) ?? exportName);
    if (alike !== undefined) return alike;
  }
  throw invalidField('exportName', `the module has no export "${shown}"`);
}

function componentExport(
  { exports, drops = [] }: AdmittedModule,
  wanted: string,
): ExportFact | undefined {
  const functions = exports.filter(({ kind }) => kind === 'function');
  const names = [...functions.map(({ name }) => name), ...drops];
  const meant = exportsMeantBy(names, wanted);
  const [name] = meant;
  if (name === undefined) return undefined;
  if (meant.length > 1) {
    throw invalidField('exportName', ambiguity(wanted.slice(0, 200), meant), {
      exports: meant.slice(0, 10),
    });
  }
  const found = functions.find((each) => each.name === name);
  return found ?? { name, kind: 'function', params: ['self'], results: [] };
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
