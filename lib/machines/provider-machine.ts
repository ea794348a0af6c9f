import { assign, setup } from 'xstate';

/** What the provider's machine understands. */
export type ProviderEvent =
  | { readonly type: 'provider.opened' }
  | { readonly type: 'provider.failed'; readonly message: string }
  | { readonly type: 'provider.stop' }
  | { readonly type: 'provider.drained' };

/** What it remembers. */
export interface ProviderContext {
  readonly failure: string | undefined;
}

/**
 * The lifecycle of one provider:
 *
 * ```text
 * starting ─► ready ─► draining ─► stopped
 *     └──────────┴──────────┴────► crashed
 * ```
 *
 * Calls are admitted in `ready` only; draining waits, within a deadline, for those under way.
 *
 * @internal
 */
export const providerMachine = setup({
  types: {
    context: {} as ProviderContext,
    events: {} as ProviderEvent,
  },
  delays: { drain: 5_000 },
}).createMachine({
  id: 'provider',
  context: { failure: undefined },
  initial: 'starting',
  on: {
    'provider.failed': {
      target: '.crashed',
      actions: assign(({ event }) => ({ failure: event.message })),
    },
  },
  states: {
    starting: { on: { 'provider.opened': 'ready', 'provider.stop': 'stopped' } },
    ready: { on: { 'provider.stop': 'draining' } },
    draining: { on: { 'provider.drained': 'stopped' }, after: { drain: 'stopped' } },
    stopped: { type: 'final' },
    crashed: { type: 'final' },
  },
});
