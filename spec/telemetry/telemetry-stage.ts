import type { Host } from '../../lib/host/host.ts';
import { AT_ONCE, kvGrant, until } from '../e2e/fixtures.ts';
import { guestBytes } from '../guests/guest-file.ts';
import { type Answer, ask } from '../host/host-stage.ts';

/** Starts the guest that calls the key-value provider. */
export function startCounter(
  { supervisor }: Pick<Host, 'supervisor'>,
  permissions: readonly string[] = ['kv:read', 'kv:write'],
): Promise<string> {
  return supervisor.startInstance({
    module: guestBytes('counter-c'),
    name: 'counter',
    restartPolicy: AT_ONCE,
    capabilities: [kvGrant(permissions)],
  });
}

/** Calls an export by the API, as a request with an id. */
export function invoke(
  { url }: Pick<Host, 'url'>,
  id: string,
  exportName: string,
  args: readonly unknown[],
  headers: Readonly<Record<string, string>> = {},
): Promise<Answer> {
  const body = JSON.stringify({ args });
  return ask(`${url}/v1/instances/${id}/invoke/${exportName}`, 'POST', body, headers);
}

/** Everything that is counted happens once at least: answers, failures, crashes, kills and restarts. */
export async function everythingHappens(host: Host): Promise<string> {
  const { supervisor } = host;
  const id = await startCounter(host);
  await invoke(host, id, 'bump-many', ['a', 5], { 'x-request-id': 'well' });
  const core = await supervisor.startInstance({
    module: guestBytes('core'),
    restartPolicy: AT_ONCE,
  });
  await invoke(host, core, 'boom', [], { 'x-request-id': 'trapped' });
  await until(supervisor, core, ({ status, restarts }) => status === 'running' && restarts === 1);
  const spin = `${host.url}/v1/instances/${core}/invoke/spin?timeoutMs=50`;
  await ask(spin, 'POST', '{}', { 'x-request-id': 'endless' });
  await until(supervisor, core, ({ status, restarts }) => status === 'running' && restarts === 2);
  const given = { module: guestBytes('core'), restartPolicy: { policyType: 'never' } } as const;
  const lost = await supervisor.startInstance(given);
  await invoke(host, lost, 'boom', []);
  await supervisor.stopInstance(core);
  return id;
}
