'use strict';

/**
 * The room table of ARCHITECTURE.md as rules: each room, by its folder, with the paths it may reach.
 * `spec/gates/rooms.spec.ts` proves that each of them can fail.
 */
const ROOMS = {
  'lib/core': ['^lib/core/'],
  'lib/wasm': ['^lib/(core|wasm)/'],
  'lib/protocol': ['^lib/(core|wasm|protocol)/'],
  'lib/machines': ['^lib/(core|machines)/', 'node_modules/xstate/'],
  'lib/serving': ['^lib/(core|protocol|serving)/'],
  'lib/threads': [
    '^lib/(core|wasm|protocol|serving|threads)/',
    '^(node:)?(worker_threads|crypto|fs|fs/promises|os|v8)$',
    'node_modules/(comlink|piscina)/',
  ],
  'lib/processes': [
    '^lib/(core|wasm|protocol|serving|threads|processes)/',
    '^(node:)?(child_process|crypto|fs|fs/promises|net|os|path|url|v8|worker_threads)$',
  ],
  'lib/shards': [
    '^lib/(core|wasm|protocol|threads|processes|shards)/',
    '^(node:)?(crypto|fs|fs/promises|os|path)$',
  ],
  'lib/actors': [
    '^lib/(core|wasm|machines|protocol|serving|threads|processes|shards|telemetry|actors)/',
    '^(node:)?async_hooks$',
    'node_modules/xstate/',
  ],
  'lib/host': [
    '^lib/(core|wasm|protocol|actors|telemetry|host)/',
    '^(node:)?(crypto|events|fs|fs/promises|http|https|net|os|path|stream|stream/promises|timers/promises|tls)$',
    'node_modules/(fastify|@fastify/[a-z-]+|typebox)/',
  ],
  'lib/dashboard': [
    '^lib/(core|machines|host|dashboard)/',
    '^(node:)?fs/promises$',
    'node_modules/(typebox|uplot|eventsource-parser)/',
  ],
  'lib/remote': [
    '^lib/(core|wasm|protocol|threads|actors|remote)/',
    '^(node:)?crypto$',
    'node_modules/(undici|eventsource-parser)/',
  ],
  'lib/telemetry': [
    '^lib/(core|telemetry)/',
    '^(node:)?(diagnostics_channel|perf_hooks)$',
    'node_modules/(pino|prom-client|@opentelemetry/api)/',
  ],
  'lib/manifest': [
    '^lib/(core|actors|host|manifest)/',
    '^(node:)?(fs|path)$',
    'node_modules/(typebox|yaml)/',
  ],
  'lib/cli': [
    '^lib/(core|wasm|protocol|actors|manifest|cli)/',
    '^lib/index\\.ts$',
    '^(node:)?(fs|fs/promises|path|readline|util)$',
    'node_modules/(commander|@bomb\\.sh/tab|cli-progress|cli-table3)/',
  ],
  workers: [
    '^lib/(core|wasm|protocol|serving)/',
    '^workers/',
    '^providers/built-in\\.ts$',
    '^(node:)?(worker_threads|os)$',
    'node_modules/comlink/',
  ],
  providers: [
    '^lib/core/',
    '^providers/',
    '^(node:)?[a-z_/]+$',
    'node_modules/(lmdb|undici|ipaddr\\.js)/',
  ],
};

/** Packages and modules that only the named files may know: one adapter each. */
const ADAPTERS = {
  comlink:
    '^(lib/threads/(control-endpoint|guest-thread|provider-thread)|workers/control-endpoint)\\.ts$',
  piscina: '^lib/threads/module-store\\.ts$',
  lmdb: '^providers/kv/lmdb-store\\.ts$',
  undici: '^(providers/http/undici-connection|lib/remote/api-connection)\\.ts$',
  'eventsource-parser': '^lib/(remote/event-source|dashboard/page/event-stream)\\.ts$',
  fastify: '^lib/host/',
  '@fastify/rate-limit': '^lib/host/api-server\\.ts$',
  '@fastify/swagger': '^lib/host/api-server\\.ts$',
  typebox: '^lib/(host|dashboard|manifest)/',
  uplot: '^lib/dashboard/page/time-chart\\.ts$',
  yaml: '^lib/manifest/source-text\\.ts$',
  commander: '^lib/cli/',
  '@bomb.sh/tab': '^lib/cli/completion\\.ts$',
  'cli-progress': '^lib/cli/progress\\.ts$',
  'cli-table3': '^lib/cli/table\\.ts$',
  'ipaddr.js': '^providers/http/ip-address\\.ts$',
  pino: '^lib/telemetry/pino-logger\\.ts$',
  'prom-client': '^lib/telemetry/metric-page\\.ts$',
  '@opentelemetry/api': '^lib/telemetry/open-telemetry\\.ts$',
  xstate: '^lib/(machines|actors)/',
};

const SOURCES = '^(lib|workers|providers|examples)/';

const roomRules = Object.entries(ROOMS).map(([room, mayReach]) => ({
  name: `room-${room.replace('/', '-')}`,
  comment: `${room} reaches more than its row in ARCHITECTURE.md allows.`,
  severity: 'error',
  from: { path: `^${room}/` },
  to: { pathNot: mayReach },
}));

const adapterRules = Object.entries(ADAPTERS).map(([name, adapter]) => ({
  name: `adapter-${name}`,
  comment: `${name} is known to its adapter alone.`,
  severity: 'error',
  from: { path: SOURCES, pathNot: adapter },
  to: { path: `node_modules/${name}/` },
}));

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    ...roomRules,
    ...adapterRules,
    {
      name: 'room-is-known',
      comment: 'A new folder needs a row in the table above and in ARCHITECTURE.md.',
      severity: 'error',
      from: {
        path: '^(lib|workers|providers)/',
        pathNot: [
          ...Object.keys(ROOMS).map((room) => `^${room}/`),
          '^lib/(index|create-supervisor|start-host)\\.ts$',
        ],
      },
      to: {},
    },
    {
      name: 'index-is-a-door',
      comment: 'The public door re-exports our own modules and nothing else.',
      severity: 'error',
      from: { path: '^lib/index\\.ts$' },
      to: { pathNot: '^lib/' },
    },
    {
      name: 'composition-root',
      comment:
        'The one place that puts providers and actors together, and reaches those elsewhere.',
      severity: 'error',
      from: { path: '^lib/create-supervisor\\.ts$' },
      to: { pathNot: ['^lib/(core|actors|remote|telemetry)/', '^providers/built-in\\.ts$'] },
    },
    {
      name: 'host-root',
      comment: 'The one place that puts a supervisor and its server together.',
      severity: 'error',
      from: { path: '^lib/start-host\\.ts$' },
      to: {
        pathNot: ['^lib/(core|host|dashboard)/', '^lib/create-supervisor\\.ts$', '^(node:)?fs$'],
      },
    },
    {
      name: 'page-lives-in-the-browser',
      comment: 'The page knows the pure core and its own models, and the host by its API alone.',
      severity: 'error',
      from: { path: '^lib/dashboard/(page|model)/' },
      to: {
        pathNot: [
          '^lib/(core|dashboard/(page|model))/',
          'node_modules/(uplot|eventsource-parser)/',
        ],
      },
    },
    {
      name: 'page-by-url',
      comment: 'The server hands the page out as a file: it runs in a browser.',
      severity: 'error',
      from: { path: '^(lib|workers|providers|examples)/', pathNot: '^lib/dashboard/page/' },
      to: { path: '^lib/dashboard/page/' },
    },
    {
      name: 'provider-stays-alone',
      comment: 'Providers know nothing of each other.',
      severity: 'error',
      from: { path: '^providers/([^/]+)/' },
      to: { path: '^providers/', pathNot: '^providers/$1/' },
    },
    {
      name: 'threads-own-threads',
      comment: 'Threads are made in one room and lived in by another.',
      severity: 'error',
      from: { path: SOURCES, pathNot: '^(lib/(threads|processes)|workers)/' },
      to: { path: '^(node:)?worker_threads$' },
    },
    {
      name: 'processes-own-processes',
      comment: 'Processes are made in one room.',
      severity: 'error',
      from: { path: SOURCES, pathNot: '^lib/processes/' },
      to: { path: '^(node:)?child_process$' },
    },
    {
      name: 'workers-by-url',
      comment: 'A worker is reached by URL, never by import: it runs in another thread.',
      severity: 'error',
      from: { path: '^(lib|providers|examples)/' },
      to: { path: '^workers/' },
    },
    {
      name: 'nobody-imports-spec',
      severity: 'error',
      from: { pathNot: '^spec/' },
      to: { path: '^spec/' },
    },
    {
      name: 'examples-use-the-door',
      comment: 'An example sees what a consumer sees.',
      severity: 'error',
      from: { path: '^examples/' },
      to: { path: '^(lib|providers)/', pathNot: '^lib/index\\.ts$' },
    },
    {
      name: 'no-cycles',
      comment: 'Neither at run time nor among types.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'resolvable',
      comment: 'What cannot be resolved cannot be judged by any rule above.',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
    {
      name: 'runtime-dependency',
      comment: 'What is published needs its packages in "dependencies".',
      severity: 'error',
      // The page is bundled by the build, with all that it needs.
      from: { path: '^(lib|workers|providers)/', pathNot: '^lib/dashboard/page/' },
      to: { dependencyTypes: ['npm-dev', 'npm-optional', 'npm-no-pkg', 'npm-unknown'] },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    // Workers of another server import what only its own configuration has.
    exclude: { path: '^(dist|spec/guests/built)/|^spec/bench/workerd/[^/]+-worker[.]mjs$' },
    // Type-only imports count: a room that knows another's types knows the room.
    tsPreCompilationDeps: true,
    tsConfig: { fileName: `${__dirname}/tsconfig.json` },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
    },
  },
};
