import { type Static, Type } from 'typebox';
import { INSTANCE_STATUSES } from '../core/lifecycle.ts';
import {
  AnyRecord,
  Bytes,
  Id,
  Milliseconds,
  oneOfWords,
  STRICT,
  TextRecord,
} from './common-schemas.ts';

const Count = Type.Integer({ minimum: 0 });

/** Where a module comes from. */
export const ModuleReference = Type.Union(
  [
    Type.Object({ sha256: Type.String({ pattern: '^[0-9a-f]{64}$' }) }, STRICT),
    Type.Object({ base64: Type.String({ minLength: 4 }) }, STRICT),
    Type.Object({ path: Type.String({ minLength: 1, maxLength: 4_096 }) }, STRICT),
  ],
  {
    description:
      'One that was uploaded, a small one as it is, or a file of the host, where the host allows that.',
  },
);
export type ModuleReference = Static<typeof ModuleReference>;

const Backoff = Type.Object(
  {
    initialMs: Type.Optional(Type.Number()),
    factor: Type.Optional(Type.Number()),
    maxMs: Type.Optional(Type.Number()),
    jitter: Type.Optional(Type.Number()),
  },
  STRICT,
);

export const RestartPolicySchema = Type.Union([
  Type.Object({ policyType: Type.Literal('never') }, STRICT),
  Type.Object(
    {
      policyType: oneOfWords(['always', 'on-failure']),
      maxRetries: Type.Optional(Count),
      periodMs: Type.Optional(Count),
      backoff: Type.Optional(Backoff),
    },
    STRICT,
  ),
]);

const Limits = Type.Object(
  {
    memoryBytes: Type.Optional(Count),
    tableEntries: Type.Optional(Count),
    callTimeoutMs: Type.Optional(Milliseconds),
    startTimeoutMs: Type.Optional(Milliseconds),
    stopGraceMs: Type.Optional(Milliseconds),
    mailbox: Type.Optional(Count),
    payloadBytes: Type.Optional(Count),
    fuel: Type.Optional(Count),
    lifetimeMs: Type.Optional(Milliseconds),
    outputBytes: Type.Optional(Count),
    requestsPerInstantiation: Type.Optional(Count),
  },
  STRICT,
);

const ASSIGNMENT = {
  providerType: Type.String({ minLength: 1, maxLength: 128 }),
  providerId: Type.Optional(Id),
  permissions: Type.Array(Type.String({ maxLength: 1_024 }), { maxItems: 1_000 }),
  config: Type.Optional(AnyRecord),
};

/** A grant; its id is in the path. */
export const NamedAssignment = Type.Object(ASSIGNMENT, STRICT);
/** A grant. */
export const Assignment = Type.Object({ capabilityId: Id, ...ASSIGNMENT }, STRICT);

export const InstanceRequest = Type.Object(
  {
    module: ModuleReference,
    instanceId: Type.Optional(Id),
    name: Type.Optional(Type.String({ maxLength: 256 })),
    labels: Type.Optional(TextRecord),
    abi: Type.Optional(oneOfWords(['auto', 'component', 'wasi', 'extism', 'wapc', 'core'])),
    residency: Type.Optional(oneOfWords(['resident', 'on-demand'])),
    isolation: Type.Optional(oneOfWords(['thread', 'process'])),
    capabilities: Type.Optional(Type.Array(Assignment, { maxItems: 256 })),
    restartPolicy: Type.Optional(RestartPolicySchema),
    limits: Type.Optional(Limits),
    wasi: Type.Optional(
      Type.Object(
        {
          args: Type.Optional(Type.Array(Type.String(), { maxItems: 4_096 })),
          env: Type.Optional(TextRecord),
          stdin: Type.Optional(Bytes),
          files: Type.Optional(Type.Record(Type.String(), Bytes)),
          scratchBytes: Type.Optional(Count),
        },
        STRICT,
      ),
    ),
    config: Type.Optional(TextRecord),
  },
  STRICT,
);
/** An instance as it is asked for. */
export type InstanceRequest = Static<typeof InstanceRequest>;

const Text = Type.String();

export const InstanceInfoSchema = Type.Object(
  {
    instanceId: Text,
    nodeId: Text,
    name: Type.Optional(Text),
    groupId: Type.Optional(Text),
    labels: TextRecord,
    moduleHash: Text,
    abi: Text,
    status: oneOfWords(INSTANCE_STATUSES),
    lifecycle: Text,
    createdAt: Text,
    restarts: Count,
    nextRestartAt: Type.Optional(Text),
    residency: Text,
    isolation: Text,
    restartPolicy: RestartPolicySchema,
    limits: Limits,
    lastExit: Type.Optional(
      Type.Object(
        {
          reason: oneOfWords(['exited', 'trap', 'timeout', 'killed', 'out-of-memory', 'lost']),
          exitCode: Type.Optional(Type.Integer()),
          message: Type.Optional(Text),
          at: Text,
          stack: Type.Optional(Text),
        },
        STRICT,
      ),
    ),
    usage: Type.Object(
      {
        memoryBytes: Type.Number(),
        cpuMs: Type.Number(),
        calls: Count,
        mailboxDepth: Count,
      },
      STRICT,
    ),
    output: Type.Optional(Type.Object({ stdout: Text, stderr: Text }, STRICT)),
  },
  STRICT,
);
