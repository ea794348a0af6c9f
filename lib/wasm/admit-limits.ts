import { WasmatrixError } from '../core/errors.ts';
import { type BudgetDemand, neededBudget, shareBudget } from './core-budget.ts';
import { capCoreModule } from './core-caps.ts';
import {
  CORE_CEILINGS,
  MAX_GROWN_TABLE_ENTRIES,
  MAX_PAGES_32,
  PAGE_BYTES,
} from './core-ceilings.ts';
import type { CoreLimits, CoreModuleFacts } from './core-module.ts';
import { tooMany } from './core-refusals.ts';
import type { RiskyFeature } from './risky-features.ts';

/**
 * One core module of a guest.
 *
 * @internal
 */
export interface CountedCoreModule {
  readonly facts: CoreModuleFacts;
  readonly bytes: Uint8Array;
  /** How often an instance of the guest instantiates it. */
  readonly copies: number;
}

/**
 * What an instance may have in total.
 *
 * @internal
 */
export interface AdmissionLimits {
  /** Bytes of all linear memories together. */
  readonly memoryBytes: number;
  /** Entries of all tables together. */
  readonly tableEntries: number;
  /** What may be used although the engine cannot bound it. @defaultValue nothing */
  readonly allowed?: ReadonlySet<RiskyFeature>;
}

/**
 * What the engine keeps for a guest's code, over all its core modules.
 *
 * @internal
 */
export interface EngineCounts {
  readonly types: number;
  readonly functions: number;
}

/**
 * Caps all core modules of a guest so that together they stay within the limits, however each grows.
 *
 * @returns the modules to compile, in order, how many linear memories an instance will have, their initial
 * size, and what the engine will keep.
 * @throws `VALIDATION_ERROR` if their initial sizes alone exceed a limit.
 * @internal
 */
export function capToLimits(
  modules: readonly CountedCoreModule[],
  limits: AdmissionLimits,
): {
  readonly coreModules: Uint8Array[];
  readonly memories: number;
  readonly initialMemoryBytes: number;
  readonly counts: EngineCounts;
} {
  const memories = memoryDemands(modules);
  const tables = tableDemands(modules);
  const memoryCount = copiesOf(memories.flat());
  if (memoryCount > CORE_CEILINGS.memories) {
    throw tooMany('memories', memoryCount, CORE_CEILINGS.memories);
  }
  const tableCount = copiesOf(tables.flat());
  if (tableCount > CORE_CEILINGS.tables) throw tooMany('tables', tableCount, CORE_CEILINGS.tables);
  // Compiling is enough to make the engine remember them, even of a part that is never instantiated.
  const types = modules.reduce((sum, { facts }) => sum + facts.counts.types, 0);
  if (types > CORE_CEILINGS.types) throw tooMany('types', types, CORE_CEILINGS.types);
  const memoryPages = sharedPages(memories, limits.memoryBytes);
  const tableEntries = sharedEntries(tables, modules, limits.tableEntries);
  const coreModules = modules.map(({ facts, bytes }, index) =>
    capCoreModule(facts, bytes, {
      memoryPages: memoryPages[index] ?? [],
      tableEntries: tableEntries[index] ?? [],
    }),
  );
  const initialMemoryBytes = neededMemory(memories);
  const functions = modules.reduce((sum, { facts }) => sum + facts.counts.functions, 0);
  return { coreModules, memories: memoryCount, initialMemoryBytes, counts: { types, functions } };
}

function sharedPages(demands: readonly BudgetDemand[][], limitBytes: number): number[][] {
  const neededBytes = neededMemory(demands);
  if (neededBytes > limitBytes) {
    const field = 'limits.memoryBytes';
    throw new WasmatrixError(
      'VALIDATION_ERROR',
      `${field}: the module needs ${neededBytes} bytes of memory to begin with, the limit is ${limitBytes}`,
      { field, neededBytes, limitBytes },
    );
  }
  return regrouped(shareBudget(demands.flat(), Math.floor(limitBytes / PAGE_BYTES)), demands);
}

/**
 * The limits that a guest cannot begin with less of.
 *
 * @internal
 */
export function leastLimits(modules: readonly CountedCoreModule[]): AdmissionLimits {
  return {
    memoryBytes: neededMemory(memoryDemands(modules)),
    tableEntries: neededBudget(tableDemands(modules).flat()) + passiveElements(modules),
  };
}

function memoryDemands(modules: readonly CountedCoreModule[]): BudgetDemand[][] {
  return modules.map(({ facts, copies }) => facts.memories.map(memoryDemand(copies)));
}

function tableDemands(modules: readonly CountedCoreModule[]): BudgetDemand[][] {
  return modules.map(({ facts, copies }) => facts.tables.map(tableDemand(copies)));
}

function neededMemory(demands: readonly BudgetDemand[][]): number {
  return neededBudget(demands.flat()) * PAGE_BYTES;
}

/** They count as entries: the engine copies them to its heap when they are first used. */
function passiveElements(modules: readonly CountedCoreModule[]): number {
  return modules.reduce((sum, { facts, copies }) => sum + facts.counts.passiveElements * copies, 0);
}

function sharedEntries(
  demands: readonly BudgetDemand[][],
  modules: readonly CountedCoreModule[],
  limitEntries: number,
): number[][] {
  const passive = passiveElements(modules);
  const neededEntries = neededBudget(demands.flat()) + passive;
  if (neededEntries > limitEntries) {
    const field = 'limits.tableEntries';
    throw new WasmatrixError(
      'VALIDATION_ERROR',
      `${field}: the module needs ${neededEntries} table entries to begin with, the limit is ${limitEntries}`,
      { field, neededEntries, limitEntries },
    );
  }
  return regrouped(shareBudget(demands.flat(), limitEntries - passive), demands);
}

function memoryDemand(copies: number): (limits: CoreLimits) => BudgetDemand {
  return ({ minimum, maximum, is64 }) => {
    const most = maximum ?? (is64 ? undefined : MAX_PAGES_32);
    return { minimum, copies, ...(most !== undefined && { maximum: most }) };
  };
}

function tableDemand(copies: number): (limits: CoreLimits) => BudgetDemand {
  return ({ minimum, maximum = Infinity }) => ({
    minimum,
    copies,
    maximum: Math.min(maximum, Math.max(minimum, MAX_GROWN_TABLE_ENTRIES)),
  });
}

function copiesOf(demands: readonly BudgetDemand[]): number {
  return demands.reduce((sum, { copies }) => sum + copies, 0);
}

/** Deals a flat list out again in groups as long as those given. */
function regrouped(flat: readonly number[], groups: readonly (readonly unknown[])[]): number[][] {
  let from = 0;
  return groups.map(({ length }) => {
    from += length;
    return flat.slice(from - length, from);
  });
}
