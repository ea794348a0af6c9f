import type { ComponentDefinition } from './component-definition.ts';

/**
 * The ABIs that a guest can be written for.
 *
 * @public
 */
export type AbiName = 'component' | 'wasi' | 'extism' | 'wapc' | 'core';

/**
 * A value type of a core export, as `invoke` checks it.
 *
 * @public
 */
export type CoreValueType =
  | 'i32'
  | 'i64'
  | 'f32'
  | 'f64'
  | 'v128'
  | 'funcref'
  | 'externref'
  | 'ref';

/**
 * One import, as the module declares it.
 *
 * @public
 */
export interface ImportFact {
  /** Module name of a core import, or the interface of a component's, with its version. */
  readonly module: string;
  /** Field name, or the function of the interface. */
  readonly name: string;
  readonly kind: string;
  /**
   * The permission without which a call is always denied, such as `kv:read`. For a host function of Extism,
   * the configuration without which no instance starts: `config.hostFunctions.<name>` of one of its
   * assignments. Told by `inspectModule`.
   */
  readonly needs?: string;
  /** The permission that some calls need beside it, such as `kv:delete` to remove; told by `inspectModule`. */
  readonly mayNeed?: string;
}

/**
 * One export that can be seen from outside.
 *
 * @public
 */
export interface ExportFact {
  /** The name that `invoke` takes; `interface#function` for functions of an exported interface. */
  readonly name: string;
  readonly kind: 'function' | 'memory' | 'table' | 'global' | 'tag' | 'other';
  /** Parameters: core value types, or WIT types in text for components. */
  readonly params?: readonly string[];
  /** Results, likewise. */
  readonly results?: readonly string[];
}

/**
 * A host function that a plug-in imports, which an assignment has to map to an operation.
 *
 * @internal
 */
export interface HostFunctionFact {
  readonly name: string;
  /** Each `i64`. */
  readonly params: readonly string[];
  /** Nothing, or one `i64`. */
  readonly results: readonly string[];
}

/**
 * What admission found out about a module: plain data, sent to the thread together with the compiled
 * core modules.
 *
 * @internal
 */
export interface AdmittedModule {
  /** Of the original bytes, lower-case hex. */
  readonly sha256: string;
  readonly sizeBytes: number;
  readonly abi: AbiName;
  /** A command runs once to its end; a reactor is called. */
  readonly life: 'command' | 'reactor';
  readonly imports: readonly ImportFact[];
  readonly exports: readonly ExportFact[];
  /**
   * For components: `[resource-drop]name` of each resource type that it exports, also of those of the host,
   * which only the thread can tell apart. Absent where there are none.
   */
  readonly drops?: readonly string[];
  /** Provider types that its imports lead to, for example `['kv']`. */
  readonly families: readonly string[];
  /** Absent where there are none. */
  readonly hostFunctions?: readonly HostFunctionFact[];
  /** Whether the guest names provider types itself, when it calls. @defaultValue false */
  readonly namesFamilies?: boolean;
  /** Linear memories of one instance: each takes memory maps of the process, used or not. */
  readonly memories: number;
  /** Bytes of these memories to begin with. */
  readonly initialMemoryBytes: number;
  /** Whether any import reaches standard output or error. */
  readonly hasOutput: boolean;
  /** For components: the parsed definition, whose core modules are numbered in compile order. */
  readonly component?: ComponentDefinition;
}

/**
 * Whether a guest may call providers at all, and needs ways to them.
 *
 * @internal
 */
export function callsProviders({
  families,
  hostFunctions = [],
  namesFamilies = false,
}: AdmittedModule): boolean {
  return families.length > 0 || hostFunctions.length > 0 || namesFamilies;
}
