import { Type } from 'typebox';
import { INSTANCE_STATUSES } from '../core/lifecycle.ts';
import { STRICT } from './common-schemas.ts';

const Figure = Type.Number({ minimum: 0 });
const Latency = Type.Object(
  {
    count: Figure,
    sumMs: Figure,
    boundsMs: Type.Array(Figure),
    counts: Type.Array(Figure),
  },
  STRICT,
);
const Usage = Type.Object({ used: Figure, limit: Type.Number() }, STRICT);

function figures<const Name extends string>(names: readonly Name[]) {
  const properties = Object.fromEntries(names.map((name) => [name, Figure]));
  return Type.Object(properties as Record<Name, typeof Figure>, STRICT);
}

export const StatsSchema = Type.Object(
  {
    nodeId: Type.String(),
    instances: figures(INSTANCE_STATUSES),
    onDemand: figures(['asleep', 'awake', 'waiting', 'idleThreads']),
    threads: figures(['total', 'spares', 'waiting', 'compile']),
    processes: Figure,
    shards: Type.Array(Type.Object({}, { additionalProperties: true })),
    mappings: Type.Optional(Figure),
    capacity: Type.Object(
      {
        threads: Usage,
        mappings: Type.Optional(Usage),
        residentBytes: Usage,
        descriptors: Type.Optional(Usage),
        tasks: Type.Optional(Usage),
        guestBytes: Type.Optional(Usage),
      },
      STRICT,
    ),
    memory: figures(['rssBytes', 'guestBytes']),
    calls: Type.Object({ begun: Figure, waiting: Figure, latency: Latency }, STRICT),
    capabilityCalls: figures(['served', 'denied']),
    modules: Figure,
    facts: figures(['oldestSeq', 'lastSeq']),
    telemetry: Type.Optional(Type.Object({}, { additionalProperties: true })),
  },
  STRICT,
);
