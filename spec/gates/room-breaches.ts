/** A rule, the file that breaks it, and the import by which it does. */
type Breach = readonly [rule: string, from: string, specifier: string];

/** One breach of each room rule; the files they reach exist, so that only the rule can complain. */
export const BREACHES: readonly Breach[] = [
  ['room-lib-core', 'lib/core/room.ts', '../protocol/target.ts'],
  ['room-lib-wasm', 'lib/wasm/room.ts', '../protocol/target.ts'],
  ['room-lib-protocol', 'lib/protocol/room.ts', 'node:fs'],
  ['room-lib-machines', 'lib/machines/room.ts', '../threads/target.ts'],
  ['room-lib-serving', 'lib/serving/room.ts', '../threads/target.ts'],
  ['room-lib-threads', 'lib/threads/room.ts', '../actors/target.ts'],
  ['room-lib-processes', 'lib/processes/room.ts', '../actors/target.ts'],
  ['room-lib-shards', 'lib/shards/room.ts', '../actors/target.ts'],
  ['room-lib-actors', 'lib/actors/room.ts', '../../providers/kv/target.ts'],
  ['room-lib-host', 'lib/host/room.ts', '../threads/target.ts'],
  ['room-lib-dashboard', 'lib/dashboard/room.ts', '../threads/target.ts'],
  ['page-lives-in-the-browser', 'lib/dashboard/page/room.ts', '../../actors/target.ts'],
  ['page-by-url', 'lib/dashboard/server.ts', './page/target.ts'],
  ['room-lib-remote', 'lib/remote/room.ts', '../../providers/kv/target.ts'],
  ['room-lib-manifest', 'lib/manifest/room.ts', '../threads/target.ts'],
  ['room-lib-cli', 'lib/cli/room.ts', '../threads/target.ts'],
  ['room-lib-telemetry', 'lib/telemetry/room.ts', '../wasm/target.ts'],
  ['room-workers', 'workers/room.ts', '../lib/threads/target.ts'],
  // Which provider is served, a worker is told by name: it knows the list and none of them itself.
  ['room-workers', 'workers/provider.ts', '../providers/kv/target.ts'],
  ['room-providers', 'providers/kv/room.ts', '../../lib/wasm/target.ts'],
  ['room-is-known', 'lib/cluster/room.ts', '../core/target.ts'],
  ['provider-stays-alone', 'providers/kv/neighbour.ts', '../http/target.ts'],
  ['adapter-comlink', 'lib/threads/packages.ts', 'comlink'],
  ['adapter-piscina', 'lib/threads/packages.ts', 'piscina'],
  ['adapter-xstate', 'lib/threads/packages.ts', 'xstate'],
  ['adapter-lmdb', 'providers/kv/packages.ts', 'lmdb'],
  ['adapter-undici', 'providers/http/packages.ts', 'undici'],
  ['adapter-eventsource-parser', 'lib/remote/packages.ts', 'eventsource-parser'],
  ['adapter-fastify', 'lib/remote/packages.ts', 'fastify'],
  ['adapter-@fastify/rate-limit', 'lib/host/packages.ts', '@fastify/rate-limit'],
  ['adapter-@fastify/swagger', 'lib/host/packages.ts', '@fastify/swagger'],
  ['adapter-typebox', 'lib/remote/packages.ts', 'typebox'],
  ['adapter-yaml', 'lib/manifest/packages.ts', 'yaml'],
  ['adapter-commander', 'lib/manifest/packages.ts', 'commander'],
  ['adapter-@bomb.sh/tab', 'lib/cli/packages.ts', '@bomb.sh/tab'],
  ['adapter-cli-progress', 'lib/cli/packages.ts', 'cli-progress'],
  ['adapter-cli-table3', 'lib/cli/packages.ts', 'cli-table3'],
  ['adapter-ipaddr.js', 'providers/http/packages.ts', 'ipaddr.js'],
  ['adapter-uplot', 'lib/dashboard/page/packages.ts', 'uplot'],
  ['adapter-pino', 'lib/telemetry/packages.ts', 'pino'],
  ['adapter-prom-client', 'lib/telemetry/packages.ts', 'prom-client'],
  ['adapter-@opentelemetry/api', 'lib/telemetry/packages.ts', '@opentelemetry/api'],
  ['index-is-a-door', 'lib/index.ts', '../providers/kv/target.ts'],
  ['composition-root', 'lib/create-supervisor.ts', './threads/target.ts'],
  ['host-root', 'lib/start-host.ts', './threads/target.ts'],
  ['threads-own-threads', 'lib/actors/threads.ts', 'node:worker_threads'],
  ['processes-own-processes', 'lib/actors/processes.ts', 'node:child_process'],
  ['workers-by-url', 'lib/actors/worker.ts', '../../workers/target.ts'],
  ['nobody-imports-spec', 'lib/core/spec.ts', '../../spec/target.ts'],
  ['examples-use-the-door', 'examples/inside.ts', '../lib/core/target.ts'],
  // A circle is reported once, by the file that closes it.
  ['no-cycles', 'lib/core/egg.ts', './hen.ts'],
  ['resolvable', 'lib/core/lost.ts', './nowhere.ts'],
  ['runtime-dependency', 'lib/core/development.ts', 'chai'],
];

/** A circle of types alone, which no bundler and no engine would ever notice. */
const CIRCLE: Readonly<Record<string, string>> = {
  'lib/core/egg.ts': "import type { Hen } from './hen.ts';\nexport type Egg = Hen[];\n",
  'lib/core/hen.ts': "import type { Egg } from './egg.ts';\nexport type Hen = Egg[];\n",
};

function fixtureFiles(): Record<string, string> {
  const files: Record<string, string> = {};
  const rooms = ['core', 'wasm', 'protocol', 'threads', 'actors', 'dashboard/page'].map(
    (room) => `lib/${room}`,
  );
  for (const room of [...rooms, 'workers', 'providers/kv', 'providers/http', 'spec']) {
    files[`${room}/target.ts`] = 'export const target = 1;\n';
  }
  for (const [, from, specifier] of BREACHES) {
    files[from] = `${files[from] ?? ''}import '${specifier}';\n`;
  }
  return { ...files, ...CIRCLE };
}

/** The breaches as source files. */
export const FIXTURE_FILES: Readonly<Record<string, string>> = fixtureFiles();
