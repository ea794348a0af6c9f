import { defineProvider } from '../../lib/core/define-provider.ts';
import type { ProviderDefinition } from '../../lib/core/provider.ts';

/** Keys that were written, by whom; told as the metadata of the provider. */
const written: string[] = [];

/** A provider of type `kv` whose reads hold up its thread for half a second. */
const slow: ProviderDefinition = defineProvider({
  type: 'kv',
  metadata: () => ({ written: [...written] }),
  operations: {
    open: { permission: () => ({ action: 'kv:write' }), run: () => true },
    get: {
      permission: () => ({ action: 'kv:read' }),
      run: () => {
        const until = performance.now() + 500;
        while (performance.now() < until);
        return null;
      },
    },
    set: {
      permission: ([, key]) => ({ action: 'kv:write', scope: typeof key === 'string' ? key : '' }),
      run: ([, key], { instanceId }) => {
        written.push(`${instanceId} ${typeof key === 'string' ? key : ''}`);
        return null;
      },
    },
  },
});

// oxlint-disable-next-line import/no-default-export -- what a provider's thread looks for
export default slow;
