import { ByteReader } from './byte-reader.ts';
import { ByteSplicer } from './byte-splicer.ts';
import { CORE_CEILINGS } from './core-ceilings.ts';
import type { CoreExternKind, CoreModuleFacts } from './core-module.ts';
import { readCoreModule } from './core-module-reader.ts';
import { refusedImport } from './core-refusals.ts';
import { SECTION } from './core-sections.ts';
import { CoreTypes } from './core-type-section.ts';
import { FuelCharge } from './fuel-charge.ts';
import { FUEL_IMPORT } from './fuel-import.ts';
import { BodyMeter } from './meter-body.ts';
import { shiftGlobals, writeImports } from './meter-sections.ts';
import { NO_RISKS, type RiskyFeature } from './risky-features.ts';

const HEADER_BYTES = 8;
const CUSTOM = 0;

/** Hints that name instructions by where they are in their function, where others are by then. */
const STALE = 'metadata.code.';

/**
 * Rewrites a core module so that it pays for what it does from a counter that it imports. The counter
 * is the last of its imported globals; the module's own move up by one, also where they do not exist,
 * so that no index of the guest's ever means the counter.
 *
 * @param allowed - what the module may use although the engine cannot bound it.
 * @param maxBytes - most bytes that it may have afterwards.
 * @throws `VALIDATION_ERROR` if the module imports from `wasmatrix` itself or becomes too large,
 * `WASM_RUNTIME_ERROR` if it is malformed.
 * @internal
 */
export function meterCoreModule(
  bytes: Uint8Array,
  allowed: ReadonlySet<RiskyFeature> = NO_RISKS,
  maxBytes: number = CORE_CEILINGS.moduleBytes,
): Uint8Array<ArrayBuffer> {
  const facts = readCoreModule(bytes, allowed);
  for (const { module, name } of facts.imports) {
    if (module !== FUEL_IMPORT.module) continue;
    throw refusedImport(`${module}.${name}`, 'the name is taken while fuel is counted');
  }
  const reader = new ByteReader(bytes, HEADER_BYTES, bytes.length, allowed);
  return new ModuleMeter(reader, facts, maxBytes).write();
}

class ModuleMeter {
  readonly #reader: ByteReader;
  readonly #out: ByteSplicer;
  readonly #importedGlobals: number;
  readonly #bodies: BodyMeter;
  readonly #types: CoreTypes;
  /** How many parameters each function has that is defined here. */
  readonly #functionParams: number[] = [];
  #hasImports = false;

  constructor(reader: ByteReader, facts: CoreModuleFacts, maxBytes: number) {
    this.#reader = reader;
    this.#types = new CoreTypes(reader.bytes);
    this.#out = new ByteSplicer(reader.bytes, maxBytes);
    this.#importedGlobals = facts.imports.filter(({ kind }) => kind === 'global').length;
    this.#bodies = new BodyMeter(this.#out, new FuelCharge(this.#out, this.#importedGlobals), {
      is64Memory: [...importedWidths(facts, 'memory'), ...facts.memories.map(({ is64 }) => is64)],
      is64Table: [...importedWidths(facts, 'table'), ...facts.tables.map(({ is64 }) => is64)],
      shiftGlobal: (body) => this.#shiftGlobal(body),
    });
  }

  write(): Uint8Array<ArrayBuffer> {
    const reader = this.#reader;
    while (!reader.isAtEnd) {
      const start = reader.offset;
      const id = reader.u8();
      this.#section(id, start, reader.slice(reader.u32()));
    }
    this.#out.copyTo(reader.end);
    if (!this.#hasImports) this.#writeImports(undefined);
    return this.#out.finish();
  }

  #section(id: number, start: number, content: ByteReader): void {
    switch (id) {
      case CUSTOM:
        if (content.name().startsWith(STALE)) this.#leaveOut(start, content.end);
        return;
      case SECTION.type:
        return this.#types.read(content);
      case SECTION.import:
        this.#out.copyTo(start);
        return this.#writeImports(content);
    }
    this.#out.copyTo(start);
    if (!this.#hasImports) this.#writeImports(undefined);
    switch (id) {
      case SECTION.function:
        return this.#readFunctions(content);
      case SECTION.table:
      case SECTION.global:
      case SECTION.export:
      case SECTION.element:
      case SECTION.data:
        return this.#rewrite(id, content, () =>
          shiftGlobals(id, content, (reader) => this.#shiftGlobal(reader)),
        );
      case SECTION.code:
        return this.#rewrite(id, content, () => this.#meterBodies(content));
    }
  }

  #leaveOut(start: number, end: number): void {
    this.#out.copyTo(start);
    this.#out.skipTo(end);
  }

  #readFunctions(content: ByteReader): void {
    for (let left = content.count(); left > 0; left--) {
      this.#functionParams.push(this.#types.paramCount(content.u32(), content));
    }
  }

  #writeImports(content: ByteReader | undefined): void {
    this.#hasImports = true;
    const at = this.#beginSection(SECTION.import);
    writeImports(content, this.#out);
    this.#out.endLength(at);
  }

  #rewrite(id: number, content: ByteReader, rewriteContent: () => void): void {
    const at = this.#beginSection(id);
    this.#out.skipTo(content.offset);
    rewriteContent();
    this.#out.copyTo(content.end);
    this.#out.endLength(at);
  }

  #beginSection(id: number): number {
    this.#out.write([id]);
    return this.#out.beginLength();
  }

  #meterBodies(content: ByteReader): void {
    const count = content.count();
    if (count !== this.#functionParams.length)
      content.fail('functions and bodies differ in number');
    for (const params of this.#functionParams) this.#bodies.meter(content, params);
  }

  #shiftGlobal(reader: ByteReader): void {
    const at = reader.offset;
    const index = reader.u32();
    if (index < this.#importedGlobals) return;
    this.#out.copyTo(at);
    this.#out.writeU32(index + 1);
    this.#out.skipTo(reader.offset);
  }
}

function importedWidths({ imports }: CoreModuleFacts, wanted: CoreExternKind): boolean[] {
  return imports.filter(({ kind }) => kind === wanted).map(({ limits }) => limits?.is64 === true);
}
