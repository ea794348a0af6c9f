import { Type } from 'typebox';
import { Id, oneOfWords, STRICT } from '../host/common-schemas.ts';

const Count = Type.Integer({ minimum: 0 });
const counts = (names: readonly string[]) =>
  Object.fromEntries(names.map((name) => [name, Type.Optional(Count)]));

/** What of `SupervisorOptions` is plain data. */
export const ManifestSupervisor = Type.Object(
  {
    nodeId: Type.Optional(Id),
    recordCapabilityCalls: Type.Optional(Type.Boolean()),
    shards: Type.Optional(Type.Union([oneOfWords(['auto']), Count])),
    ...counts([
      'maxFacts',
      'maxThreads',
      'maxProcesses',
      'guestsPerProcess',
      'warmSpares',
      'compileThreads',
      'maxModules',
      'maxEnded',
    ]),
    capacity: Type.Optional(
      Type.Object(
        counts([
          'maxMappings',
          'maxResidentBytes',
          'maxDescriptors',
          'maxGuestBytes',
          'maxMemoryPages',
        ]),
        STRICT,
      ),
    ),
    onDemand: Type.Optional(
      Type.Object(
        {
          ...counts(['maxThreads', 'idleMs', 'turnMs', 'maxLeases', 'maxWaiting', 'maxInstances']),
          threadReuse: Type.Optional(Type.Boolean()),
        },
        STRICT,
      ),
    ),
  },
  { ...STRICT, description: 'The supervisor: as the options of `createSupervisor()`.' },
);
