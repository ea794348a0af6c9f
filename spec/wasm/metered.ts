import { meterCoreModule } from '../../lib/wasm/meter-module.ts';

/** A module that runs on a budget, and what is left of it. */
export interface MeteredInstance {
  readonly exports: Readonly<Record<string, (...args: readonly unknown[]) => unknown>>;
  /** Units left; -1 once they were not enough. */
  left(): bigint;
  fill(units: number | bigint): void;
}

/** Meters a module and instantiates it with a counter of the spec's own. */
export function meteredInstance(
  bytes: Uint8Array,
  units: number | bigint,
  imports: WebAssembly.Imports = {},
): MeteredInstance {
  const fuel = new WebAssembly.Global({ value: 'i64', mutable: true }, BigInt(units));
  const module = new WebAssembly.Module(meterCoreModule(bytes));
  const { exports } = new WebAssembly.Instance(module, { ...imports, wasmatrix: { fuel } });
  return {
    exports: exports as unknown as MeteredInstance['exports'],
    left: () => fuel.value as bigint,
    fill: (again) => {
      fuel.value = BigInt(again);
    },
  };
}

/** What something costs that runs to its end. */
export function costOf(instance: MeteredInstance, run: () => unknown): number {
  const enough = 2n ** 52n;
  instance.fill(enough);
  run();
  return Number(enough - instance.left());
}
