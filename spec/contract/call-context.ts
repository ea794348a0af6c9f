import { PermissionSet } from '../../lib/core/permissions.ts';
import type {
  CallContext,
  DeliveredMessage,
  DeliveryOutcome,
  ProviderEnvironment,
} from '../../lib/core/provider.ts';

/** What an operation is told of its caller, with a way to end it. */
export interface EndableContext extends CallContext {
  /** Takes the grant away, as a revocation or the end of the instance does. */
  end(): void;
}

/** The context of a grant that holds some permissions; everything else can be changed. */
export function callContext(
  permissions: readonly string[],
  extra: Partial<Pick<CallContext, 'instanceId' | 'capabilityId' | 'config'>> = {},
): EndableContext {
  const held = new PermissionSet(permissions);
  const listeners = new Set<() => void>();
  let hasEnded = false;
  return {
    instanceId: 'i-1',
    capabilityId: 'c-1',
    config: {},
    ...extra,
    allows: (required) => !hasEnded && held.allows(required),
    onEnd(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    end() {
      hasEnded = true;
      for (const listener of listeners) listener();
      listeners.clear();
    },
  };
}

/** A host for a provider that no guest is behind: it tells what it was asked for. */
export class RecordingEnvironment implements ProviderEnvironment {
  readonly providerId = 'p-1';
  readonly inherited: unknown;
  readonly delivered: { readonly instanceId: string; readonly message: DeliveredMessage }[] = [];
  readonly overflows: {
    readonly instanceId: string;
    readonly details: Readonly<Record<string, unknown>>;
  }[] = [];
  /** What becomes of the next deliveries. */
  outcome: (instanceId: string, message: DeliveredMessage) => Promise<DeliveryOutcome> = () =>
    Promise.resolve('handled');

  constructor(inherited?: unknown) {
    this.inherited = inherited;
  }

  deliver(instanceId: string, message: DeliveredMessage): Promise<DeliveryOutcome> {
    this.delivered.push({ instanceId, message });
    return this.outcome(instanceId, message);
  }

  noteOverflow(instanceId: string, details: Readonly<Record<string, unknown>>): void {
    this.overflows.push({ instanceId, details });
  }
}

/** A host that is never asked for anything. */
export const ENVIRONMENT: ProviderEnvironment = new RecordingEnvironment();
