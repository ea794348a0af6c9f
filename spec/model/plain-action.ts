import type { ResolvedRestartPolicy } from '../../lib/core/restart-policy.ts';

/** Which provider's data a grant opens, and what may be done there. */
export interface PlainGrant {
  readonly providerId: 'default-kv' | 'extra';
  readonly bucket: 'red' | 'blue';
  readonly permissions: readonly ('kv:read' | 'kv:write')[];
}

/** What a start may be asked to run: two that can be called, and three that cannot be started. */
export type GuestKind = 'counter' | 'reactor' | 'trapping' | 'foreign' | 'garbage';

/** What a guest can be called for. */
export type CallKind = 'add' | 'count' | 'trap' | 'loop' | 'exit-0' | 'exit-3' | 'bump' | 'look';

/** One request to the supervisor, as plain data. */
export type Action =
  | {
      readonly kind: 'start';
      readonly id: string;
      readonly guest: GuestKind;
      readonly policy: ResolvedRestartPolicy;
      readonly mailbox: number;
      readonly grant: PlainGrant | undefined;
    }
  | { readonly kind: 'stop' | 'restart' | 'revoke'; readonly id: string }
  | { readonly kind: 'call'; readonly id: string; readonly call: CallKind }
  | { readonly kind: 'assign'; readonly id: string; readonly grant: PlainGrant }
  | { readonly kind: 'start-provider' | 'stop-provider' };

/** The exports of the two guests that can be called. */
const CALLS: Readonly<Record<GuestKind, readonly CallKind[]>> = {
  counter: ['add', 'count', 'trap', 'loop', 'bump', 'look'],
  reactor: ['add', 'count', 'trap', 'loop', 'exit-0', 'exit-3'],
  trapping: [],
  foreign: [],
  garbage: [],
};

/** Whether a guest has what it is called for. */
export function hasExport(guest: GuestKind, call: CallKind): boolean {
  return CALLS[guest].includes(call);
}
