import type { SnapshotFrom } from 'xstate';
import type { providerMachine } from '../machines/provider-machine.ts';
import type { ProviderInfo } from './provider-info.ts';

/** What a state of the machine is called outside. */
export function statusOf(snapshot: SnapshotFrom<typeof providerMachine>): ProviderInfo['status'] {
  if (snapshot.matches({ up: 'ready' })) return 'ready';
  if (snapshot.matches({ up: 'draining' })) return 'draining';
  if (snapshot.matches('up')) return 'starting';
  return snapshot.matches('stopped') ? 'stopped' : 'crashed';
}
