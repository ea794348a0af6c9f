import type { ErrorCode } from '../core/error-codes.ts';
import { isWasmatrixError } from '../core/errors.ts';
import type { ExecutionEvent } from '../core/execution-event.ts';
import { LatencyBuckets } from '../core/latency-buckets.ts';
import { type CallMeasures, monoMs, type ServedSpan } from '../core/served-span.ts';
import type { TelemetryFigures } from '../core/telemetry-figures.ts';
import type { ResolvedTelemetry } from '../core/telemetry-options.ts';
import { CALL_CHANNEL, type CallMessage } from './event-channels.ts';
import { FactCounts } from './fact-counts.ts';
import type { CallSpan, TracedCall, Tracing } from './tracing.ts';

/** Facts that a running call is the cause of. */
const CAUSED: ReadonlySet<ExecutionEvent['type']> = new Set([
  'capability_called',
  'capability_denied',
  'instance_crashed',
]);

/** What telemetry is made with. */
export interface CallTelemetryParts {
  readonly nodeId: string;
  readonly options: ResolvedTelemetry;
  readonly tracing: Tracing | undefined;
  /** Has facts and spans fetched that lie with those who serve capability calls. */
  readonly fetch: () => void;
  /** Hears before the call of an instance with an id begins, and when it has ended. */
  readonly onTurn: (instanceId: string) => void;
}

/**
 * Follows calls: counts and times them, makes spans of them, and knows which request a capability call or a
 * crash goes back to. An instance does one call at a time, so what it does meanwhile is of that call.
 */
export class CallTelemetry {
  readonly #parts: CallTelemetryParts;
  readonly #running = new Map<string, FollowedCall>();
  readonly #facts = new FactCounts();
  readonly #outcomes: Partial<Record<'ok' | ErrorCode, number>> = {};
  readonly #latency = new LatencyBuckets();
  readonly #waits = new LatencyBuckets();
  readonly #isAlwaysOn: boolean;

  constructor(parts: CallTelemetryParts) {
    this.#parts = parts;
    this.#isAlwaysOn = parts.options.metrics || parts.tracing !== undefined;
  }

  /** What is to be measured where capability calls are served. */
  get measures(): CallMeasures {
    const { options, tracing } = this.#parts;
    return { isTimed: options.metrics, isTraced: tracing !== undefined };
  }

  /** Instances that are told apart; undefined: nothing is counted. */
  get topInstances(): number | undefined {
    const { metrics, topInstances } = this.#parts.options;
    return metrics ? topInstances : undefined;
  }

  /** Whether anybody is interested in a call that goes back to this request, or to none. */
  isWanted(requestId: string | undefined): boolean {
    return this.#isAlwaysOn || requestId !== undefined || CALL_CHANNEL.hasSubscribers;
  }

  /**
   * Follows a call.
   *
   * @param callsProviders - whether there may be facts and spans of what it does.
   */
  follow(call: TracedCall, callsProviders: boolean): FollowedCall {
    return new FollowedCall(call, this, this.#parts.tracing?.call(call), callsProviders);
  }

  /** It leaves the mailbox. */
  begun(followed: FollowedCall): void {
    const { instanceId, requestId } = followed.call;
    const former = this.#running.get(instanceId);
    // What lies there still is of the call before.
    if (former?.callsProviders === true) this.#parts.fetch();
    if ((former?.call.requestId ?? requestId) !== undefined) this.#parts.onTurn(instanceId);
    const hasTrace = followed.span !== undefined && followed.callsProviders;
    if (requestId !== undefined || hasTrace) this.#running.set(instanceId, followed);
    else if (former !== undefined) this.#running.delete(instanceId);
  }

  /** It has been answered. */
  ended(followed: FollowedCall, error: unknown): void {
    const { call, durationMs, waitedMs, span } = followed;
    const { instanceId, exportName, requestId } = call;
    if (this.#running.get(instanceId) === followed) {
      if (followed.callsProviders) this.#parts.fetch();
      if (requestId !== undefined) this.#parts.onTurn(instanceId);
      this.#running.delete(instanceId);
    }
    const outcome = outcomeOf(error);
    span?.end(outcome === 'ok' ? undefined : outcome);
    if (this.#parts.options.metrics) {
      if (outcome !== 'aborted') this.#outcomes[outcome] = (this.#outcomes[outcome] ?? 0) + 1;
      this.#latency.note(durationMs);
      this.#waits.note(waitedMs);
    }
    if (!CALL_CHANNEL.hasSubscribers) return;
    const { nodeId } = this.#parts;
    const own = requestId === undefined ? {} : { requestId };
    const told = { nodeId, instanceId, exportName, ...own, outcome, durationMs, waitedMs };
    CALL_CHANNEL.publish(told satisfies CallMessage);
  }

  /** The request that a fact about an instance goes back to. */
  causeOf(type: ExecutionEvent['type'], instanceId: string | undefined): string | undefined {
    if (instanceId === undefined || !CAUSED.has(type)) return undefined;
    return this.requestOf(instanceId);
  }

  /** The id of the request whose call an instance does now. */
  requestOf(instanceId: string): string | undefined {
    return this.#running.get(instanceId)?.call.requestId;
  }

  /** A capability call has been served. */
  served(instanceId: string, span: ServedSpan): void {
    const followed = this.#running.get(instanceId);
    // One that outlived the life which made it is of no call that runs now.
    if (followed === undefined || span.startedMonoMs < followed.begunMonoMs) return;
    followed.span?.capability(span);
  }

  /** A fact has been recorded. */
  recorded(event: ExecutionEvent): void {
    if (this.#parts.options.metrics) this.#facts.note(event);
  }

  figures(): Pick<
    TelemetryFigures,
    'facts' | 'crashes' | 'kills' | 'calls' | 'callLatency' | 'mailboxLatency'
  > {
    return {
      ...this.#facts.figures(),
      calls: { ...this.#outcomes },
      callLatency: this.#latency.figures(),
      mailboxLatency: this.#waits.figures(),
    };
  }
}

/** A caller that lets go has its own reason, which is no error of ours. */
function outcomeOf(error: unknown): 'ok' | 'aborted' | ErrorCode {
  if (error === undefined) return 'ok';
  return isWasmatrixError(error) ? error.code : 'aborted';
}

/** One call from its request to its answer. */
export class FollowedCall {
  readonly call: TracedCall;
  readonly span: CallSpan | undefined;
  readonly callsProviders: boolean;
  begunMonoMs = 0;
  readonly #telemetry: Pick<CallTelemetry, 'begun' | 'ended'>;
  readonly #startedMs = performance.now();
  #begunMs: number | undefined;
  #endedMs = 0;

  constructor(
    call: TracedCall,
    telemetry: Pick<CallTelemetry, 'begun' | 'ended'>,
    span: CallSpan | undefined,
    callsProviders: boolean,
  ) {
    this.call = call;
    this.#telemetry = telemetry;
    this.span = span;
    this.callsProviders = callsProviders;
  }

  /** In milliseconds. */
  get durationMs(): number {
    return this.#endedMs - this.#startedMs;
  }

  /** Milliseconds that it was in the mailbox. */
  get waitedMs(): number {
    return (this.#begunMs ?? this.#endedMs) - this.#startedMs;
  }

  /** It leaves the mailbox. */
  begun(): void {
    this.#begunMs = performance.now();
    if (this.span !== undefined) {
      this.begunMonoMs = monoMs();
      this.span.begun();
    }
    this.#telemetry.begun(this);
  }

  /** Follows it to its answer, which is passed on. */
  async settles(answer: Promise<unknown>): Promise<unknown> {
    try {
      const value = await answer;
      this.#end(undefined);
      return value;
    } catch (error) {
      this.#end(error ?? new Error('aborted'));
      throw error;
    }
  }

  #end(error: unknown): void {
    this.#endedMs = performance.now();
    this.#telemetry.ended(this, error);
  }
}
