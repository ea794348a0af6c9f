import { isWasmatrixError, type WasmatrixError } from '../core/errors.ts';
import { binaryKind, detectCoreAbi } from './abi-detection.ts';
import { liveInstances, runsToItsEnd } from './admit-component.ts';
import { coreChecks, exportFact, exportsStart } from './admit-core.ts';
import {
  type AdmissionLimits,
  type CountedCoreModule,
  capToLimits,
  leastLimits,
} from './admit-limits.ts';
import type { AbiName, ExportFact, ImportFact } from './admitted-module.ts';
import { refuse64BitMemories } from './component-memories.ts';
import { readComponent } from './component-reader.ts';
import { CORE_CEILINGS } from './core-ceilings.ts';
import { isShared } from './core-limits.ts';
import type { CoreLimits, CoreModuleFacts } from './core-module.ts';
import { readCoreModule } from './core-module-reader.ts';
import { tooMany } from './core-refusals.ts';
import { checkComponentImports, checkCoreImports, type ServedImports } from './import-manifest.ts';
import { importNeeds } from './import-needs.ts';
import type { MemoryFact, ModuleInfo, TableFact } from './module-info.ts';
import { readProducers } from './module-producers.ts';
import { RefusalList } from './refusal-list.ts';
import { ALL_RISKS, type RiskyFeature } from './risky-features.ts';

/** What the bytes themselves tell. */
export type ModuleDescription = Omit<ModuleInfo, 'sha256'>;

/** One side of a module, as far as it could be read. */
interface Reading {
  readonly abi: AbiName;
  readonly life: ModuleInfo['life'];
  readonly imports: readonly ImportFact[];
  readonly exports: readonly ExportFact[];
  readonly families: readonly string[];
  readonly coreModules: readonly CountedCoreModule[];
}

/**
 * Tells what a module is and everything that keeps it from running, where admission stops at the first.
 * Function bodies are not looked into.
 *
 * @param limits - the largest that an instance may have.
 * @throws `INVALID_REQUEST` if the bytes are no module, `WASM_RUNTIME_ERROR` if they are malformed.
 * @internal
 */
export function describeModule(bytes: Uint8Array, limits: AdmissionLimits): ModuleDescription {
  const kind = binaryKind(bytes);
  const refusals = new RefusalList();
  const { moduleBytes } = CORE_CEILINGS;
  if (bytes.length > moduleBytes) refusals.add(tooMany('bytes', bytes.length, moduleBytes));
  const reading = kind === 'core' ? readCore(bytes, refusals) : readParts(bytes, refusals);
  const { coreModules, families, ...facts } = reading;
  refusals.check(() => capToLimits(coreModules, limits));
  const binaries = new Set([bytes, ...coreModules.map((module) => module.bytes)]);
  const declared = coreModules.map((module) => module.facts);
  return {
    ...facts,
    sizeBytes: bytes.length,
    capabilities: families,
    producers: readProducers([...binaries]),
    memories: declared.flatMap(({ memories }) => memories.map(memoryFact)),
    tables: declared.flatMap(({ tables }) => tables.map(tableFact)),
    leastLimits: leastLimits(coreModules),
    features: [...new Set(declared.flatMap(({ features }) => features))].sort(),
    refusals: refusals.all,
  };
}

function readCore(bytes: Uint8Array, refusals: RefusalList): Reading {
  const facts = coreFacts(bytes, ALL_RISKS, refusals);
  if (facts === undefined) return unread('core');
  const abi = detectCoreAbi(facts);
  for (const check of coreChecks(abi, facts)) refusals.check(check);
  const { imports, exports } = facts;
  const families = familiesOf(imports, (each) => checkCoreImports(abi, [each]), refusals);
  return {
    abi,
    life: abi === 'wasi' && exportsStart(facts) ? 'command' : 'reactor',
    imports: imports.map((each) => importFact(abi, each)),
    exports: exports.map(exportFact),
    families,
    coreModules: [{ facts, bytes, copies: 1 }],
  };
}

function readParts(bytes: Uint8Array, refusals: RefusalList): Reading {
  const parsed = refusals.check(() => readComponent(bytes));
  if (parsed === undefined) return unread('component');
  const { imports, exports, drops, coreInstantiations } = parsed;
  const instances = liveInstances(exports, drops);
  const known = parsed.coreModules.map((module) => coreFacts(module, new Set(['gc']), refusals));
  refusals.check(() => refuse64BitMemories(parsed.canonicalMemories, known));
  const coreModules = parsed.coreModules.flatMap((module, index) => {
    const facts = known[index];
    const copies = (coreInstantiations[index] ?? 0) * instances;
    return facts === undefined ? [] : [{ facts, bytes: module, copies }];
  });
  return {
    abi: 'component',
    life: runsToItsEnd(exports) ? 'command' : 'reactor',
    imports: imports.map((each) => importFact('component', each)),
    exports,
    families: familiesOf(imports, (each) => checkComponentImports([each]), refusals),
    coreModules,
  };
}

/** Reads with everything allowed that may be, and says what was refused without. */
function coreFacts(
  bytes: Uint8Array,
  mayBeAllowed: ReadonlySet<RiskyFeature>,
  refusals: RefusalList,
): CoreModuleFacts | undefined {
  const facts = refusals.check(() => readCoreModule(bytes, mayBeAllowed));
  if (facts === undefined) return undefined;
  for (const risk of mayBeAllowed) {
    const others = new Set([...mayBeAllowed].filter((each) => each !== risk));
    const refusal = validationErrorOf(() => readCoreModule(bytes, others));
    if (refusal !== undefined) refusals.add(refusal, 'thread');
  }
  return facts;
}

function validationErrorOf(read: () => unknown): WasmatrixError | undefined {
  try {
    read();
  } catch (error) {
    if (isWasmatrixError(error) && error.code === 'VALIDATION_ERROR') return error;
    throw error;
  }
  return undefined;
}

function familiesOf<Import>(
  imports: readonly Import[],
  check: (each: Import) => ServedImports,
  refusals: RefusalList,
): string[] {
  const served = imports.map((each) => refusals.check(() => check(each)));
  return [...new Set(served.flatMap((each) => each?.families ?? []))].sort();
}

function importFact(abi: AbiName, { module, name, kind }: ImportFact): ImportFact {
  return { module, name, kind, ...importNeeds(abi, module, name) };
}

function unread(abi: AbiName): Reading {
  return { abi, life: 'reactor', imports: [], exports: [], families: [], coreModules: [] };
}

function memoryFact(limits: CoreLimits): MemoryFact {
  const { minimum: minimumPages, maximum, is64 } = limits;
  const most = maximum === undefined ? {} : { maximumPages: maximum };
  return { minimumPages, ...most, is64, isShared: isShared(limits) };
}

function tableFact({ minimum: minimumEntries, maximum, is64 }: CoreLimits): TableFact {
  return { minimumEntries, ...(maximum === undefined ? {} : { maximumEntries: maximum }), is64 };
}
