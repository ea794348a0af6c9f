import type { WireValue } from '../lib/core/provider.ts';
import type { CapabilityCall } from '../lib/protocol/capability-call.ts';
import type {
  CapabilityAccess,
  CapabilityRoute,
  MappingChange,
  ProviderMapping,
  RouteChange,
} from '../lib/protocol/instance-messages.ts';
import { isThreadMessage } from '../lib/protocol/instance-messages.ts';
import { CallWriter, CapabilityLine, NOT_SERVED, RefusedForNow } from './capability-line.ts';
import { CapabilityRefused } from './guest-failure.ts';

/** A route with the line behind it, which is made when it is first needed. */
interface Route {
  readonly family: string;
  readonly end: CapabilityRoute['end'];
  line: CapabilityLine | undefined;
}

/**
 * Takes the calls of one guest to the providers that may serve them. The providers decide; this only
 * knows the ways, which the host changes while the guest runs.
 */
export class CapabilityClient {
  readonly #desk: CapabilityLine;
  readonly #routes = new Map<string, Route>();
  /** The host functions that a provider may be asked for, by its id. */
  readonly #mapped = new Map<string, ReadonlySet<string>>();
  readonly #writer: CallWriter;
  readonly #timeoutMs: number;
  #changesSeen = 0;

  constructor(
    access: CapabilityAccess,
    limits: { readonly payloadBytes: number; readonly timeoutMs: number },
  ) {
    this.#desk = new CapabilityLine(access.desk, (message) => this.#takeChange(message));
    // A guest that never calls must not be left what was meant for its calls.
    this.#desk.listen();
    for (const route of access.routes) this.#put(route);
    for (const mapping of access.mappings ?? []) this.#map(mapping);
    this.#writer = new CallWriter(limits.payloadBytes);
    this.#timeoutMs = limits.timeoutMs;
  }

  /**
   * @throws `CapabilityRefused`
   */
  call(call: CapabilityCall): WireValue {
    const request = this.#writer.write(call);
    const deadlineMs = performance.now() + this.#timeoutMs;
    for (;;) {
      this.#learn();
      const seen = this.#changesSeen;
      const answer = this.#ask(this.#waysTo(call), request, deadlineMs);
      if (answer !== NOT_SERVED) return answer;
      if (performance.now() >= deadlineMs) {
        throw new CapabilityRefused({ code: 'TIMEOUT', message: 'the provider is being replaced' });
      }
      this.#desk.awaitRouteChange(seen, deadlineMs);
    }
  }

  /** Takes in what has changed since the last call; the guest may not have left its call since. */
  #learn(): void {
    const changes = this.#desk.routeChanges;
    if (changes === this.#changesSeen) return;
    this.#changesSeen = changes;
    this.#desk.drain();
  }

  #takeChange(message: unknown): void {
    if (!isThreadMessage(message)) return;
    const { kind } = message as { readonly kind: string };
    if (kind === 'wasmatrix.mapping') this.#map((message as unknown as MappingChange).mapping);
    if (kind !== 'wasmatrix.route') return;
    const { route } = message as unknown as RouteChange;
    const former = this.#routes.get(route.providerId);
    if (former?.line !== undefined) former.line.close();
    else if (former?.end !== undefined) new CapabilityLine(former.end).close();
    this.#put(route);
  }

  #put({ providerId, family, end }: CapabilityRoute): void {
    this.#routes.set(providerId, { family, end, line: undefined });
  }

  #map({ providerId, hostFunctions }: ProviderMapping): void {
    this.#mapped.set(providerId, new Set(hostFunctions));
  }

  #waysTo({ family, operation, isHostFunction }: CapabilityCall): readonly Route[] {
    const ways: Route[] = [];
    for (const [providerId, route] of this.#routes) {
      const isMeant =
        isHostFunction === true
          ? this.#mapped.get(providerId)?.has(operation) === true
          : route.family === family;
      if (isMeant) ways.push(route);
    }
    return ways;
  }

  #ask(
    ways: readonly Route[],
    request: Uint8Array<ArrayBuffer>,
    deadlineMs: number,
  ): WireValue | typeof NOT_SERVED {
    const [only] = ways;
    // The desk refuses, and records that it did.
    if (only === undefined) return this.#desk.ask(request, false, deadlineMs);
    if (ways.length === 1) return askBy(only, request, false, deadlineMs);
    let refusing: Route | undefined;
    let refusal: RefusedForNow | undefined;
    for (const way of ways) {
      try {
        return askBy(way, request, true, deadlineMs);
      } catch (error) {
        // What an operation itself fails with is its answer, of which there may be effects.
        if (!(error instanceof RefusedForNow)) throw error;
        // A grant that concerns the call outweighs one that does not.
        if (refusal === undefined || refusal.code !== 'PERMISSION_DENIED') {
          refusing = way;
          refusal = error;
        }
      }
    }
    // Once more, for good, so that exactly one of them records the denial.
    return askBy(refusing ?? only, request, false, deadlineMs);
  }
}

function askBy(
  route: Route,
  request: Uint8Array<ArrayBuffer>,
  isTentative: boolean,
  deadlineMs: number,
): WireValue | typeof NOT_SERVED {
  if (route.end === undefined) {
    throw new RefusedForNow({
      code: 'CAPABILITY_NOT_FOUND',
      message: 'the provider is not running',
    });
  }
  route.line ??= new CapabilityLine(route.end);
  return route.line.ask(request, isTentative, deadlineMs);
}
