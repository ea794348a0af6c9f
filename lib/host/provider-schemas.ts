import { type Static, Type } from 'typebox';
import { AnyRecord, Id, oneOfWords, STRICT } from './common-schemas.ts';
import { RestartPolicySchema } from './instance-schemas.ts';

const Count = Type.Integer({ minimum: 0 });

export const ProviderRequest = Type.Object(
  {
    providerType: Type.String({ minLength: 1, maxLength: 128 }),
    providerId: Type.Optional(Id),
    config: Type.Optional(AnyRecord),
    module: Type.Optional(
      Type.String({
        maxLength: 4_096,
        description: 'A module of the host’s disk, where the host allows that.',
      }),
    ),
    placement: Type.Optional(oneOfWords(['thread', 'inline'])),
    restartPolicy: Type.Optional(RestartPolicySchema),
    callTimeoutMs: Type.Optional(Count),
    heapMb: Type.Optional(Count),
  },
  STRICT,
);
/** A provider as it is asked for. */
export type ProviderRequest = Static<typeof ProviderRequest>;

export const ProviderInfoSchema = Type.Object(
  {
    providerId: Type.String(),
    providerType: Type.String(),
    status: oneOfWords(['starting', 'ready', 'draining', 'stopped', 'crashed']),
    placement: oneOfWords(['thread', 'inline']),
    startedAt: Type.String(),
    restarts: Count,
    calls: Count,
    metadata: AnyRecord,
  },
  STRICT,
);
