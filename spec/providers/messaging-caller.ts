import { isWasmatrixError, WasmatrixError } from '../../lib/core/errors.ts';
import type {
  CallContext,
  DeliveryOutcome,
  RequiredPermission,
  WireValue,
} from '../../lib/core/provider.ts';
import { createMessagingProvider, type MessagingState } from '../../providers/messaging/index.ts';
import {
  callContext,
  type EndableContext,
  RecordingEnvironment,
} from '../contract/call-context.ts';
import { SimulatedClock } from '../simulated-clock.ts';

/** A provider with its time, its chance and its host in the spec's hands. */
export interface OpenedMessaging {
  readonly state: MessagingState;
  readonly clock: SimulatedClock;
  readonly environment: RecordingEnvironment;
  readonly provider: ReturnType<typeof createMessagingProvider>;
  /** Makes an assignment and lets the provider hear of it, as the host does. */
  assign(
    instanceId: string,
    permissions: string[],
    config?: Record<string, unknown>,
  ): EndableContext;
  /** Calls as the host does: permission, grant, and only then the operation. */
  call(context: CallContext, operation: string, ...args: WireValue[]): Promise<WireValue>;
  /** Calls, and answers the code of the failure, with its field if it names one, or the result. */
  outcome(context: CallContext, operation: string, ...args: WireValue[]): Promise<WireValue>;
  figures(): Readonly<Record<string, number>>;
}

export async function openMessaging(
  config: Record<string, unknown> = {},
  environment: RecordingEnvironment = new RecordingEnvironment(),
): Promise<OpenedMessaging> {
  const clock = new SimulatedClock();
  let tokens = 0;
  const randomToken = (): string => `token${++tokens}`;
  const provider = createMessagingProvider({ clock, randomToken });
  const state = await provider.open(config, environment);
  let assignments = 0;
  const call: OpenedMessaging['call'] = async (context, name, ...args) => {
    const operation = provider.operations[name];
    if (operation === undefined) throw new Error(`no operation ${name}`);
    const needed = operation.permission(args);
    const all = (Array.isArray(needed) ? needed : [needed]) as readonly RequiredPermission[];
    if (!all.every((required) => context.allows(required))) {
      throw new WasmatrixError('PERMISSION_DENIED', 'not granted');
    }
    return operation.run(args, context, state);
  };
  return {
    state,
    clock,
    environment,
    provider,
    call,
    assign(instanceId, permissions, assigned = {}) {
      provider.checkAssignment?.({ permissions, config: assigned });
      assignments += 1;
      const capabilityId = `c-${assignments}`;
      const context = callContext(permissions, { instanceId, capabilityId, config: assigned });
      provider.assigned?.(context, state);
      return context;
    },
    async outcome(context, operation, ...args) {
      try {
        return await call(context, operation, ...args);
      } catch (failure) {
        if (!isWasmatrixError(failure)) throw failure;
        const { field } = failure.details;
        return typeof field === 'string' ? `${failure.code} ${field}` : failure.code;
      }
    },
    figures: () => provider.metadata?.(state)['totals'] as Readonly<Record<string, number>>,
  };
}

/** Deliveries that last until the spec ends them. */
export class HeldDeliveries {
  readonly #waiting: ((outcome: DeliveryOutcome) => void)[] = [];

  constructor(environment: RecordingEnvironment) {
    environment.outcome = () =>
      new Promise((resolve) => {
        this.#waiting.push(resolve);
      });
  }

  get count(): number {
    return this.#waiting.length;
  }

  /** Ends the one that has lasted longest, and lets the next begin. */
  async release(outcome: DeliveryOutcome = 'handled'): Promise<void> {
    this.#waiting.shift()?.(outcome);
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
  }
}

/** Bytes of a text. */
export function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/** What was delivered to an instance, by the texts of the bodies. */
export function deliveredTo({ delivered }: RecordingEnvironment, instanceId: string): string[] {
  return delivered
    .filter((each) => each.instanceId === instanceId)
    .map(({ message }) => Buffer.from(message.body).toString());
}
