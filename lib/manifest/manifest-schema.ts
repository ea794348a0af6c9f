import { type Static, Type } from 'typebox';
import { Id, Milliseconds, oneOfWords, STRICT } from '../host/common-schemas.ts';
import { GroupRequest } from '../host/group-schemas.ts';
import { InstanceRequest } from '../host/instance-schemas.ts';
import { ProviderRequest } from '../host/provider-schemas.ts';
import { TriggerRequest } from '../host/trigger-schemas.ts';
import { ManifestSupervisor } from './supervisor-schema.ts';

const Count = Type.Integer({ minimum: 0 });
const Path = Type.String({
  minLength: 1,
  maxLength: 4_096,
  description: 'A path, from the folder of this file.',
});

const Token = Type.Object(
  {
    name: Type.String({ minLength: 1, maxLength: 128, description: 'Names the caller in logs.' }),
    role: oneOfWords(['read', 'admin'], '`read` looks, `admin` changes.'),
    token: Type.Optional(
      Type.String({ description: 'The token itself; better ${ENV:NAME}, tokenFile or sha256.' }),
    ),
    tokenFile: Type.Optional(Path),
    sha256: Type.Optional(Type.String({ pattern: '^[0-9a-fA-F]{64}$' })),
  },
  STRICT,
);

const Limits = Type.Object(
  Object.fromEntries(
    [
      'bodyBytes',
      'moduleBytes',
      'modulesBytes',
      'modules',
      'connections',
      'eventStreams',
      'requestsPerSecond',
      'headerBytes',
      'headersTimeoutMs',
      'requestTimeoutMs',
      'keepAliveMs',
      'slowReaderMs',
      'heartbeatMs',
      'triggers',
    ].map((name) => [name, Type.Optional(Count)]),
  ),
  STRICT,
);

const Address = Type.Unsafe<string | number>({
  type: ['string', 'integer'],
  description: '"host:port", "[::1]:port" or a port of the loopback address.',
});

const Telemetry = Type.Object(
  {
    metrics: Type.Optional(Type.Boolean()),
    traces: Type.Optional(Type.Boolean()),
    topInstances: Type.Optional(Count),
  },
  STRICT,
);

export const ManifestHost = Type.Object(
  {
    listen: Type.Optional(Address),
    triggerListen: Type.Optional(Address),
    tokens: Type.Optional(Type.Array(Token, { maxItems: 1_000 })),
    tls: Type.Optional(Type.Object({ certFile: Path, keyFile: Path }, STRICT)),
    hostNames: Type.Optional(Type.Array(Type.String({ minLength: 1, maxLength: 253 }))),
    modulesFolder: Type.Optional(Path),
    allowHostPaths: Type.Optional(Type.Boolean()),
    limits: Type.Optional(Limits),
    logLevel: Type.Optional(oneOfWords(['debug', 'info', 'warn', 'error'])),
    telemetry: Type.Optional(Telemetry),
    drainDelayMs: Type.Optional(Milliseconds),
    drainTimeoutMs: Type.Optional({
      ...Milliseconds,
      description: 'Milliseconds that a graceful end may take in all; 10,000 if nothing is said.',
    }),
  },
  { ...STRICT, description: 'The server: where it listens, and to whom.' },
);

const FileContent = Type.Union([
  Type.String(),
  Type.Object({ file: Path }, STRICT),
  Type.Object({ base64: Type.String() }, STRICT),
]);

const { module: _reference, wasi: _wasi, ...instanceFields } = InstanceRequest.properties;

/** As the API has it, but modules and contents are files beside this one. */
export const ManifestInstance = Type.Object(
  {
    module: Path,
    ...instanceFields,
    wasi: Type.Optional(
      Type.Object(
        {
          args: Type.Optional(Type.Array(Type.String(), { maxItems: 4_096 })),
          env: Type.Optional(Type.Record(Type.String(), Type.String())),
          stdin: Type.Optional(FileContent),
          files: Type.Optional(Type.Record(Type.String(), FileContent)),
          scratchBytes: Type.Optional(Count),
        },
        STRICT,
      ),
    ),
  },
  STRICT,
);

const Restart = Type.Optional(oneOfWords(['permanent', 'transient', 'temporary']));

const { children: _children, ...groupFields } = GroupRequest.properties;

/** Groups within groups are for the API; a file says what it starts in plain sight. */
export const ManifestGroup = Type.Object(
  {
    ...groupFields,
    children: Type.Array(
      Type.Object(
        {
          childId: Id,
          restart: Restart,
          shutdownMs: Type.Optional(Milliseconds),
          instance: ManifestInstance,
        },
        STRICT,
      ),
      { minItems: 1, maxItems: 10_000 },
    ),
  },
  STRICT,
);

const ManifestTrigger = Type.Object({ name: Id, ...TriggerRequest.properties }, STRICT);

/** The sections of the file, in the order in which they take effect. */
export const MANIFEST_SECTIONS = {
  host: ManifestHost,
  supervisor: ManifestSupervisor,
  providers: ProviderRequest,
  groups: ManifestGroup,
  instances: ManifestInstance,
  triggers: ManifestTrigger,
} as const;

const list = <Item extends Type.TSchema>(item: Item) =>
  Type.Optional(Type.Array(item, { maxItems: 100_000 }));

/** The whole file. */
export const ManifestSchema = Type.Object(
  {
    host: Type.Optional(ManifestHost),
    supervisor: Type.Optional(ManifestSupervisor),
    providers: list(ProviderRequest),
    groups: list(ManifestGroup),
    instances: list(ManifestInstance),
    triggers: list(ManifestTrigger),
  },
  STRICT,
);

/** A file that fits its schema. */
export type Manifest = Static<typeof ManifestSchema>;
export type ManifestHost = Static<typeof ManifestHost>;
export type ManifestInstance = Static<typeof ManifestInstance>;
export type ManifestGroup = Static<typeof ManifestGroup>;
export type FileContent = Static<typeof FileContent>;
