import { Type } from 'typebox';
import { ERROR_CODES, type ErrorCode } from '../core/error-codes.ts';
import { AnyRecord, oneOfWords, STRICT } from './common-schemas.ts';

const Count = Type.Number({ minimum: 0 });
const Text = Type.String();
const Texts = Type.Array(Text);
const Producers = Type.Array(Type.Object({ name: Text, version: Text }, STRICT));
const LOOSE = { additionalProperties: true } as const;

/** The SHA-256 of a module's bytes. */
export const Sha256 = Type.String({ pattern: '^[0-9a-f]{64}$' });

export const ModuleInfoSchema = Type.Object(
  {
    abi: Text,
    life: oneOfWords(['command', 'reactor']),
    sha256: Sha256,
    sizeBytes: Count,
    imports: Type.Array(Type.Object({}, LOOSE)),
    exports: Type.Array(
      Type.Object(
        {
          name: Text,
          kind: oneOfWords(['function', 'memory', 'table', 'global', 'tag', 'other']),
          params: Type.Optional(Texts),
          results: Type.Optional(Texts),
        },
        STRICT,
      ),
    ),
    capabilities: Texts,
    producers: Type.Object({ languages: Producers, tools: Producers, sdks: Producers }, STRICT),
    memories: Type.Array(Type.Object({ minimumPages: Count }, LOOSE)),
    tables: Type.Array(Type.Object({ minimumEntries: Count }, LOOSE)),
    leastLimits: Type.Object({ memoryBytes: Count, tableEntries: Count }, STRICT),
    features: Texts,
    refusals: Type.Array(
      Type.Object(
        {
          code: oneOfWords(Object.keys(ERROR_CODES) as ErrorCode[]),
          message: Text,
          details: AnyRecord,
          isolation: Type.Optional(oneOfWords(['thread'])),
        },
        STRICT,
      ),
    ),
  },
  STRICT,
);

/** A module that was uploaded and is kept. */
export const StoredModule = Type.Object(
  { sha256: Sha256, sizeBytes: Count, lastUsedAt: Text },
  STRICT,
);
