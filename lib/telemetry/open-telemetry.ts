import {
  type Attributes,
  type Context,
  context,
  propagation,
  type Span,
  SpanKind,
  SpanStatusCode,
  type Tracer,
  trace,
} from '@opentelemetry/api';
import { monoMs, type ServedSpan } from '../core/served-span.ts';
import type { CallSpan, RequestSpan, TracedCall, Tracing } from './tracing.ts';

/** Capability calls of one call that become spans; a guest may make millions. */
const MOST_CAPABILITY_SPANS = 256;

/** Spans by the interface of OpenTelemetry, to whatever SDK is registered. */
export class OpenTelemetry implements Tracing {
  readonly #tracer: Tracer = trace.getTracer('wasmatrix');

  call({ instanceId, groupId, exportName, requestId }: TracedCall): CallSpan {
    const parent = context.active();
    const attributes: Attributes = {
      'wasmatrix.instance.id': instanceId,
      'wasmatrix.export': exportName,
      ...(groupId === undefined ? {} : { 'wasmatrix.group.id': groupId }),
      ...(requestId === undefined ? {} : { 'wasmatrix.request.id': requestId }),
    };
    const span = this.#tracer.startSpan('wasmatrix.invoke', { attributes }, parent);
    return new InvokeSpan(this.#tracer, span, trace.setSpan(parent, span));
  }

  request(
    method: string,
    headers: Readonly<Record<string, unknown>>,
    requestId: string | undefined,
  ): RequestSpan {
    const parent = propagation.extract(context.active(), headers);
    const attributes: Attributes = {
      'http.request.method': method,
      ...(requestId === undefined ? {} : { 'wasmatrix.request.id': requestId }),
    };
    const options = { kind: SpanKind.SERVER, attributes };
    const span = this.#tracer.startSpan(method, options, parent);
    const own = trace.setSpan(parent, span);
    return {
      run: (act) => context.with(own, act),
      end: (route, status) => {
        if (route !== undefined) {
          span.updateName(`${method} ${route}`);
          span.setAttribute('http.route', route);
        }
        span.setAttribute('http.response.status_code', status);
        if (status >= 500) span.setStatus({ code: SpanStatusCode.ERROR });
        span.end();
      },
    };
  }
}

class InvokeSpan implements CallSpan {
  readonly #tracer: Tracer;
  readonly #span: Span;
  readonly #context: Context;
  #calls = 0;

  constructor(tracer: Tracer, span: Span, own: Context) {
    this.#tracer = tracer;
    this.#span = span;
    this.#context = own;
  }

  begun(): void {
    this.#span.addEvent('wasmatrix.begun');
  }

  capability(served: ServedSpan): void {
    this.#calls += 1;
    if (this.#calls > MOST_CAPABILITY_SPANS || !this.#span.isRecording()) return;
    const { providerType, operation, capabilityId, startedMonoMs, durationMs, code } = served;
    const startTime = Date.now() - (monoMs() - startedMonoMs);
    const attributes: Attributes = {
      'wasmatrix.provider.type': providerType,
      'wasmatrix.operation': operation,
      ...(capabilityId === undefined ? {} : { 'wasmatrix.capability.id': capabilityId }),
    };
    const options = { kind: SpanKind.CLIENT, attributes, startTime };
    const span = this.#tracer.startSpan('wasmatrix.capability', options, this.#context);
    fail(span, code);
    span.end(startTime + durationMs);
  }

  end(code: string | undefined): void {
    if (this.#calls > 0) this.#span.setAttribute('wasmatrix.capability.calls', this.#calls);
    fail(this.#span, code);
    this.#span.end();
  }
}

/** The code alone: what an error says may be what a guest has written. */
function fail(span: Span, code: string | undefined): void {
  if (code === undefined) return;
  span.setAttribute('error.type', code);
  span.setStatus({ code: SpanStatusCode.ERROR });
}
