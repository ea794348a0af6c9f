import { defineProvider } from '../../lib/core/define-provider.ts';
import { WasmatrixError } from '../../lib/core/errors.ts';
import type { ProviderDefinition, WireValue } from '../../lib/core/provider.ts';

const decoder = new TextDecoder();

function textFrom(value: WireValue): string {
  if (value instanceof Uint8Array) return decoder.decode(value);
  throw new WasmatrixError('INVALID_REQUEST', 'name: must be bytes', { field: 'name' });
}

/** What greets, makes notes and joins: for guests that call providers of any type. */
const greeting: ProviderDefinition = defineProvider({
  type: 'greeting',
  open: () => ({ served: 0, notes: [] as string[] }),
  metadata: ({ served, notes }) => ({ served, notes: [...notes] }),
  operations: {
    greet: {
      parse: ([name]: readonly WireValue[]) => textFrom(name),
      permission: (name) => ({ action: 'greeting:say', scope: name }),
      run: (name, _context, state) => {
        state.served += 1;
        return `Hello, ${name}!`;
      },
    },
    note: {
      permission: () => ({ action: 'greeting:note' }),
      run: ([text], { instanceId, capabilityId }, state) => {
        state.notes.push(`${instanceId} ${capabilityId} ${textFrom(text)}`);
        return null;
      },
    },
    join: {
      permission: () => ({ action: 'greeting:say' }),
      run: ([text, number]) =>
        new TextEncoder().encode(
          `${textFrom(text)}|${typeof number === 'bigint' ? number : 'no number'}`,
        ),
    },
    fail: {
      permission: () => ({ action: 'greeting:say' }),
      run: () => {
        throw new Error('a secret of the provider');
      },
    },
    number: { permission: () => ({ action: 'greeting:say' }), run: () => 7 },
  },
});

// oxlint-disable-next-line import/no-default-export -- what a provider's thread looks for
export default greeting;
