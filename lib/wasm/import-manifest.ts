import type { AbiName, HostFunctionFact } from './admitted-module.ts';
import { ASSEMBLYSCRIPT_FUNCTIONS, ASSEMBLYSCRIPT_MODULE } from './assemblyscript-functions.ts';
import type { ComponentImport } from './component-border-facts.ts';
import { servedInterface } from './component-interfaces.ts';
import { shapeText } from './component-type-shape.ts';
import type { CoreImport } from './core-module.ts';
import { refusedImport } from './core-refusals.ts';
import { EXTISM_FUNCTIONS, hostFunctionProblem } from './extism-functions.ts';
import { EXTISM_MODULE, HOST_FUNCTION_MODULE } from './extism-modules.ts';
import { PREVIEW1_FUNCTIONS, PREVIEW1_MODULE } from './preview1-functions.ts';
import { WAPC_FUNCTIONS, WAPC_MODULE } from './wapc-functions.ts';

/**
 * What the imports of a module lead to.
 *
 * @internal
 */
export interface ServedImports {
  /** Provider types, sorted. */
  readonly families: readonly string[];
  /** Whether any import reaches standard output or error. */
  readonly hasOutput: boolean;
  /** Absent where there are none. */
  readonly hostFunctions?: readonly HostFunctionFact[];
  /** Whether the guest names provider types itself. @defaultValue false */
  readonly namesFamilies?: boolean;
}

/**
 * Checks that every import of a core module is served, with its signature, so that a wrong one is
 * refused by name and not by a link error later.
 *
 * @throws `VALIDATION_ERROR` with `details.import`.
 * @internal
 */
export function checkCoreImports(abi: AbiName, imports: readonly CoreImport[]): ServedImports {
  const families = new Set<string>();
  const hostFunctions: HostFunctionFact[] = [];
  let hasOutput = false;
  let namesFamilies = false;
  for (const each of imports) {
    const { module, name, kind, signature } = each;
    if (abi === 'extism' && module === HOST_FUNCTION_MODULE) {
      hostFunctions.push(hostFunction(each));
      continue;
    }
    const path = `${module}.${name}`;
    const served = servedFunction(abi, module, name);
    if (served === undefined) throw refusedImport(path, 'nothing serves it', { kind });
    if (signature === undefined) {
      throw refusedImport(path, `is a function, not a ${kind}`, { kind });
    }
    const expected = signatureText(served);
    const actual = signatureText(signature);
    if (expected !== actual) {
      throw refusedImport(path, `is ${expected}, not ${actual}`, { kind, expected, actual });
    }
    if (served.family !== undefined) families.add(served.family);
    hasOutput ||= served.hasOutput === true;
    namesFamilies ||= served.namesFamilies === true;
  }
  return {
    families: [...families].sort(),
    hasOutput,
    ...(hostFunctions.length === 0 ? {} : { hostFunctions }),
    ...(namesFamilies ? { namesFamilies } : {}),
  };
}

function hostFunction({ module, name, kind, signature }: CoreImport): HostFunctionFact {
  const path = `${module}.${name}`;
  if (signature === undefined) {
    throw refusedImport(path, `is a function, not a ${kind}`, { kind });
  }
  const problem = hostFunctionProblem(signature);
  if (problem !== undefined) {
    throw refusedImport(path, problem, { kind, actual: signatureText(signature) });
  }
  return { name, params: signature.params, results: signature.results };
}

/** Whose guests may import what the compiler of AssemblyScript expects beside their own. */
const WITH_ASSEMBLYSCRIPT: ReadonlySet<AbiName> = new Set(['core', 'wapc', 'wasi']);

interface ServedFunction {
  readonly params: readonly string[];
  readonly results: readonly string[];
  readonly family?: string;
  readonly hasOutput?: boolean;
  readonly namesFamilies?: boolean;
}

function servedFunction(abi: AbiName, module: string, name: string): ServedFunction | undefined {
  if (abi === 'extism' && module === EXTISM_MODULE) return EXTISM_FUNCTIONS.get(name);
  if (abi === 'wapc' && module === WAPC_MODULE) return WAPC_FUNCTIONS.get(name);
  if (WITH_ASSEMBLYSCRIPT.has(abi) && module === ASSEMBLYSCRIPT_MODULE) {
    return ASSEMBLYSCRIPT_FUNCTIONS.get(name);
  }
  if (abi === 'core' || abi === 'component' || module !== PREVIEW1_MODULE) return undefined;
  const served = PREVIEW1_FUNCTIONS.get(name);
  return served === undefined ? undefined : { ...served, hasOutput: name === 'fd_write' };
}

/**
 * Checks that every function a component imports is served, and under the type that the component
 * declares for it: a type of its own would let it take any value of the host's for a resource, or for
 * one that needs no answer.
 *
 * @throws `VALIDATION_ERROR` with `details.import`, and with `expected` and `actual` if it is the type.
 * @internal
 */
export function checkComponentImports(imports: readonly ComponentImport[]): ServedImports {
  const families = new Set<string>();
  let hasOutput = false;
  for (const { module, name, kind, shape } of imports) {
    const path = module === '' ? name : `${module}#${name}`;
    const served = servedInterface(module);
    if (served === undefined) throw refusedImport(path, 'nothing serves the interface', { kind });
    const expected = served.functions.get(name);
    if (expected === undefined) {
      throw refusedImport(path, 'the interface has no such function', { kind });
    }
    const actual = shapeText(shape);
    if (actual !== expected) {
      throw refusedImport(path, `is ${expected}, not ${actual}`, { kind, expected, actual });
    }
    if (served.family !== undefined) families.add(served.family);
    hasOutput ||= served.hasOutput === true;
  }
  return { families: [...families].sort(), hasOutput };
}

function signatureText(signature: {
  readonly params: readonly string[];
  readonly results: readonly string[];
}): string {
  return `(${signature.params.join(' ')}) -> (${signature.results.join(' ')})`;
}
