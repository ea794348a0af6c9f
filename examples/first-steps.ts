import { createSupervisor } from 'wasmatrix';

await using supervisor = await createSupervisor();

const id = await supervisor.startInstance({
  module: 'spec/guests/built/counter-c.wasm',
  capabilities: [
    { capabilityId: 'hits', providerType: 'kv', permissions: ['kv:read', 'kv:write:hits*'] },
  ],
  limits: { memoryBytes: 16 * 1024 * 1024, callTimeoutMs: 1_000 },
  restartPolicy: { policyType: 'on-failure', maxRetries: 3 },
});

console.log(await supervisor.invoke(id, 'bump', ['hits'])); // 1n
await supervisor.revokeCapability(id, 'hits');
await supervisor.invoke(id, 'bump', ['hits']).catch((error) => console.log(error.details.payload));
for (const { seq, type } of await supervisor.executionEvents({ instanceId: id })) {
  console.log(seq, type);
}
