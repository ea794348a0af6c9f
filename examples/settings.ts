import { defineProvider, WasmatrixError, type WireValue } from 'wasmatrix';

/** Settings that the host chooses and guests read through `wasi:keyvalue`. */
// oxlint-disable-next-line import/no-default-export -- how a module gives its provider
export default defineProvider({
  type: 'kv',

  open(config) {
    const settings = new Map<string, Uint8Array>();
    for (const [key, text] of Object.entries(config)) {
      if (typeof text !== 'string') throw invalid(`config.${key}`, 'must be a text');
      settings.set(key, new TextEncoder().encode(text));
    }
    return settings;
  },

  operations: {
    // Guests open a bucket first; that needs any permission at all.
    open: { permission: () => [], run: () => undefined },
    get: {
      parse: keyFrom,
      permission: (key) => ({ action: 'kv:read', scope: key }),
      run: (key, _context, settings) => settings.get(key),
    },
    exists: {
      parse: keyFrom,
      permission: (key) => ({ action: 'kv:read', scope: key }),
      run: (key, _context, settings) => settings.has(key),
    },
  },

  metadata: (settings) => ({ settings: settings.size }),
});

function keyFrom([, key]: readonly WireValue[]): string {
  if (typeof key !== 'string' || key === '') throw invalid('key', 'must be a name');
  return key;
}

function invalid(field: string, problem: string): WasmatrixError {
  return new WasmatrixError('INVALID_REQUEST', `${field}: ${problem}`, { field });
}
