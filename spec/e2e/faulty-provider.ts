import { defineProvider } from '../../lib/core/define-provider.ts';
import type { ProviderDefinition, WireValue } from '../../lib/core/provider.ts';

/** What becomes of a call, by the key that it reads. */
const FAULTS: ReadonlyMap<WireValue, () => WireValue | Promise<WireValue>> = new Map<
  WireValue,
  () => WireValue | Promise<WireValue>
>([
  [
    'throw',
    () => {
      throw new Error('a secret of the provider');
    },
  ],
  ['reject', () => Promise.reject(new Error('a secret of the provider'))],
  ['hang', () => new Promise<WireValue>(() => undefined)],
  [
    'loop',
    () => {
      for (;;) if (performance.now() < 0) return null;
    },
  ],
  [
    'loop-later',
    async () => {
      await Promise.resolve();
      for (;;) if (performance.now() < 0) return null;
    },
  ],
  ['exit', () => process.exit(3)],
  [
    'stray',
    () => {
      void Promise.reject(new Error('nobody catches this'));
      return new Promise<WireValue>(() => undefined);
    },
  ],
  [
    'leak',
    () => {
      const kept: unknown[] = [];
      for (;;) kept.push(Array.from({ length: 1_000 }, (_, index) => ({ index })));
    },
  ],
  ['nonsense', () => (() => 1) as unknown as WireValue],
]);

/** A provider of type `kv` that fails in the way that the key names. */
const faulty: ProviderDefinition = defineProvider({
  type: 'kv',
  operations: {
    get: {
      permission: ([, key]) => ({ action: 'kv:read', scope: typeof key === 'string' ? key : '' }),
      run: ([, key]) => FAULTS.get(key)?.() ?? new TextEncoder().encode('fine'),
    },
    open: { permission: () => [], run: () => null },
  },
});

// oxlint-disable-next-line import/no-default-export -- what a provider's thread looks for
export default faulty;
