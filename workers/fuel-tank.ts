import { FUEL_IMPORT, FUEL_SPENT } from '../lib/wasm/fuel-import.ts';

/**
 * What one guest may still spend. All core modules of a guest count down one and the same global; the
 * host fills it each time before it lets the guest do something.
 */
export class FuelTank {
  /** Units of a full tank. */
  readonly limit: number;
  readonly #counter: WebAssembly.Global;
  readonly #full: bigint;

  constructor(limit: number) {
    this.limit = limit;
    this.#full = BigInt(limit);
    this.#counter = new WebAssembly.Global({ value: 'i64', mutable: true }, this.#full);
  }

  /** Whether the guest was stopped because it wanted to spend more than it had left. */
  get isSpent(): boolean {
    return this.#counter.value === FUEL_SPENT;
  }

  fill(): void {
    this.#counter.value = this.#full;
  }

  /** Gives a core module its counter, among its other imports. */
  addTo(imports: WebAssembly.Imports): void {
    const members: Record<string, WebAssembly.ImportValue> = Object.create(null);
    members[FUEL_IMPORT.name] = this.#counter;
    imports[FUEL_IMPORT.module] = members;
  }
}

/** The imports of a core module, without the counter that metering has added. */
export function ownImports(
  module: WebAssembly.Module,
  fuel: FuelTank | undefined,
): readonly WebAssembly.ModuleImportDescriptor[] {
  const imports = WebAssembly.Module.imports(module);
  return fuel === undefined
    ? imports
    : imports.filter((each) => each.module !== FUEL_IMPORT.module);
}
