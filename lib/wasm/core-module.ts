import type { CoreValueType } from './admitted-module.ts';

/**
 * The parameters and results of a core function.
 *
 * @internal
 */
export interface CoreSignature {
  readonly params: readonly CoreValueType[];
  readonly results: readonly CoreValueType[];
}

/**
 * The limits of a memory or table, and where they stand in the bytes.
 *
 * @internal
 */
export interface CoreLimits {
  /** Where the flags byte is. */
  readonly offset: number;
  /** One past the last byte. */
  readonly end: number;
  /** The flags byte: 1 has a maximum, 4 is indexed by 64 bits; the others are refused. */
  readonly flags: number;
  /** Pages or entries. */
  readonly minimum: number;
  /** Pages or entries; absent means the engine's own limit. */
  readonly maximum?: number;
  readonly is64: boolean;
}

/**
 * What kind of thing a core import or export is.
 *
 * @internal
 */
export type CoreExternKind = 'function' | 'table' | 'memory' | 'global' | 'tag';

/**
 * One import of a core module.
 *
 * @internal
 */
export interface CoreImport {
  readonly module: string;
  readonly name: string;
  readonly kind: CoreExternKind;
  /** Of functions only. */
  readonly signature?: CoreSignature;
  /** Of memories and tables only. */
  readonly limits?: CoreLimits;
}

/**
 * One export of a core module.
 *
 * @internal
 */
export interface CoreExport {
  readonly name: string;
  readonly kind: CoreExternKind;
  readonly index: number;
  /** Of functions only. */
  readonly signature?: CoreSignature;
}

/**
 * A section with a standard id, and where it stands.
 *
 * @internal
 */
export interface CoreSection {
  readonly id: number;
  /** Where its id byte is. */
  readonly start: number;
  /** Where its content begins. */
  readonly content: number;
  /** One past its last byte. */
  readonly end: number;
}

/**
 * What a core module declares about itself. Function bodies are not looked into.
 *
 * @internal
 */
export interface CoreModuleFacts {
  readonly sections: readonly CoreSection[];
  readonly imports: readonly CoreImport[];
  readonly exports: readonly CoreExport[];
  /** Defined here, not imported. */
  readonly memories: readonly CoreLimits[];
  /** Defined here, not imported. */
  readonly tables: readonly CoreLimits[];
  readonly hasStart: boolean;
  readonly counts: {
    readonly types: number;
    /** Defined here, not imported. */
    readonly functions: number;
    readonly globals: number;
    readonly tags: number;
    readonly elementSegments: number;
    /** Entries of passive segments; the engine may copy each of them to its own heap. */
    readonly passiveElements: number;
    readonly dataSegments: number;
  };
  readonly codeBytes: number;
  readonly dataBytes: number;
  /** Names of custom sections, in order; chosen by the guest, data only. */
  readonly customSections: readonly string[];
  /** Custom sections that the engine is not to be shown: too large, or wrong after rewriting. */
  readonly needlessSections: readonly CoreSection[];
  /** Seen in declarations, for example `multi-memory`, `memory64`, `exceptions`. */
  readonly features: readonly string[];
}
