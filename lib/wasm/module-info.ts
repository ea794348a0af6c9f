import type { ErrorCode } from '../core/error-codes.ts';
import type { ErrorDetails } from '../core/errors.ts';
import type { AbiName, ExportFact, ImportFact } from './admitted-module.ts';

/**
 * A language or tool that a module says it was made with.
 *
 * @public
 */
export interface ModuleProducer {
  readonly name: string;
  /** Empty where it says none. */
  readonly version: string;
}

/**
 * What the `producers` sections of a module claim: chosen by whoever made it, and checked by nobody.
 *
 * @public
 */
export interface ModuleProducers {
  readonly languages: readonly ModuleProducer[];
  /** What compiled, linked or rewrote it. */
  readonly tools: readonly ModuleProducer[];
  readonly sdks: readonly ModuleProducer[];
}

/**
 * A linear memory as declared; admission lowers its maximum to the limit of the instance.
 *
 * @public
 */
export interface MemoryFact {
  /** Pages of 65,536 bytes. */
  readonly minimumPages: number;
  /** Pages; absent where none is declared. */
  readonly maximumPages?: number;
  /** Whether it is addressed by 64 bits. */
  readonly is64: boolean;
  /** Whether threads could share it. */
  readonly isShared: boolean;
}

/**
 * A table as declared; admission lowers its maximum to the limit of the instance.
 *
 * @public
 */
export interface TableFact {
  readonly minimumEntries: number;
  /** Absent where none is declared. */
  readonly maximumEntries?: number;
  /** Whether it is indexed by 64 bits. */
  readonly is64: boolean;
}

/**
 * One reason why a module may not run.
 *
 * @public
 */
export interface ModuleRefusal {
  /** What `startInstance` would fail with. */
  readonly code: ErrorCode;
  readonly message: string;
  /** Names the culprit: `import`, `export`, `feature`, `field` or `what`. */
  readonly details: ErrorDetails;
  /** `thread` where an instance with `isolation: 'process'` is not refused for it. */
  readonly isolation?: 'thread';
}

/**
 * What a module is, found out without starting anything.
 *
 * @public
 */
export interface ModuleInfo {
  readonly abi: AbiName;
  /** A command runs once to its end; a reactor is called. */
  readonly life: 'command' | 'reactor';
  /** Of the bytes, lower-case hex. */
  readonly sha256: string;
  readonly sizeBytes: number;
  /** Each with the permission it needs, if it needs one. */
  readonly imports: readonly ImportFact[];
  /** Functions with their types. */
  readonly exports: readonly ExportFact[];
  /** The provider types it would call. */
  readonly capabilities: readonly string[];
  readonly producers: ModuleProducers;
  /** Those it defines itself; of a component, those of all its core modules. */
  readonly memories: readonly MemoryFact[];
  /** Likewise. */
  readonly tables: readonly TableFact[];
  /** Below these limits an instance is not admitted: what it has at its start. */
  readonly leastLimits: {
    /** Bytes of all linear memories together. */
    readonly memoryBytes: number;
    /** Entries of all tables together, with the passive elements that the engine may copy. */
    readonly tableEntries: number;
  };
  /** Beyond the first version of WebAssembly, as its declarations tell. Sorted. */
  readonly features: readonly string[];
  /**
   * Why it may not run, at most 100 reasons; none if it may. What cannot be read beyond such a reason is
   * left empty in the other fields.
   */
  readonly refusals: readonly ModuleRefusal[];
}
