import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { context, propagation, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import {
  InMemorySpanExporter,
  NodeTracerProvider,
  type ReadableSpan,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-node';
import { expect } from 'chai';
import { kvGrant } from '../e2e/fixtures.ts';
import { guestBytes } from '../guests/guest-file.ts';
import { withHost } from '../host/host-stage.ts';
import { invoke, startCounter } from './telemetry-stage.ts';

const TRACE = '0af7651916cd43dd8448eb211c80319c';
const CALLER = 'b7ad6b7169203331';

function unregister(): void {
  trace.disable();
  context.disable();
  propagation.disable();
}

/** What an SDK has been given by the end of a use of it. */
async function spansOf(use: () => Promise<void>): Promise<readonly ReadableSpan[]> {
  const exporter = new InMemorySpanExporter();
  const provider = new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
  provider.register();
  try {
    await use();
    await provider.forceFlush();
    return exporter.getFinishedSpans();
  } finally {
    unregister();
    await provider.shutdown();
  }
}

const named = (spans: readonly ReadableSpan[], name: string): readonly ReadableSpan[] =>
  spans.filter((span) => span.name === name);

const microsOf = ([seconds, nanos]: readonly [number, number]): number =>
  seconds * 1e6 + nanos / 1e3;

describe('the traces', function () {
  this.timeout(60_000);

  for (const isolation of ['thread', 'process'] as const) {
    it(`lead from the caller of the API to the call and to its capability calls · ${isolation}`, async () => {
      const spans = await spansOf(() =>
        withHost(
          async (host) => {
            const id = await host.supervisor.startInstance({
              module: guestBytes('counter-c'),
              instanceId: 'traced',
              isolation,
              capabilities: [kvGrant(['kv:read', 'kv:write'])],
            });
            await invoke(host, id, 'bump-many', ['a', 3], {
              traceparent: `00-${TRACE}-${CALLER}-01`,
              'x-request-id': 'req-1',
            });
          },
          { telemetry: { traces: true } },
        ),
      );
      const [request] = named(spans, 'POST /v1/instances/:id/invoke/:export');
      const [call] = named(spans, 'wasmatrix.invoke');
      const capabilities = named(spans, 'wasmatrix.capability');
      expect(request?.parentSpanContext?.spanId).to.equal(CALLER);
      expect(request?.kind).to.equal(SpanKind.SERVER);
      expect(request?.attributes).to.deep.equal({
        'http.request.method': 'POST',
        'http.route': '/v1/instances/:id/invoke/:export',
        'http.response.status_code': 200,
        'wasmatrix.request.id': 'req-1',
      });
      expect(call?.parentSpanContext?.spanId).to.equal(request?.spanContext().spanId);
      expect(call?.attributes).to.deep.equal({
        'wasmatrix.instance.id': 'traced',
        'wasmatrix.export': 'bump-many',
        'wasmatrix.request.id': 'req-1',
        'wasmatrix.capability.calls': capabilities.length,
      });
      expect(call?.events.map(({ name }) => name)).to.deep.equal(['wasmatrix.begun']);
      expect(capabilities).to.have.length.at.least(3);
      for (const each of capabilities) {
        expect(each.parentSpanContext?.spanId).to.equal(call?.spanContext().spanId);
        expect(each.attributes).to.include({
          'wasmatrix.provider.type': 'kv',
          'wasmatrix.capability.id': 'kv',
        });
        expect(each.attributes['wasmatrix.operation']).to.be.a('string');
        // Within the call, but for what separates two readings of two clocks.
        const slackMicros = 5_000;
        expect(microsOf(each.startTime)).to.be.above(microsOf(call!.startTime) - slackMicros);
        expect(microsOf(each.endTime)).to.be.below(microsOf(call!.endTime) + slackMicros);
      }
      expect(new Set(spans.map((span) => span.spanContext().traceId))).to.deep.equal(
        new Set([TRACE]),
      );
    });
  }

  it('tell by code what failed, and nothing that a guest or a caller has written', async () => {
    const spans = await spansOf(() =>
      withHost(
        async (host) => {
          const id = await startCounter(host, ['kv:read']);
          await invoke(host, id, 'bump', ['a-secret-key']);
          await invoke(host, id, 'boom', ['a-secret-argument']).catch(() => undefined);
          await invoke(host, id, 'boom', []);
        },
        { telemetry: { traces: true } },
      ),
    );
    const denied = named(spans, 'wasmatrix.capability').filter(
      ({ attributes }) => attributes['error.type'] === 'PERMISSION_DENIED',
    );
    expect(denied).to.have.length.at.least(1);
    const crashed = named(spans, 'wasmatrix.invoke').at(-1);
    expect(crashed?.attributes['error.type']).to.equal('WASM_RUNTIME_ERROR');
    expect(crashed?.status).to.deep.equal({ code: SpanStatusCode.ERROR });
    const told = JSON.stringify(
      spans.map(({ name, attributes, events }) => [name, attributes, events]),
    );
    expect(told).not.to.include('secret');
  });

  it('are bounded: a guest that makes many calls leaves no more spans than that', async () => {
    const spans = await spansOf(() =>
      withHost(
        async (host) => {
          const id = await startCounter(host);
          await invoke(host, id, 'bump-many', ['a', 600]);
        },
        { telemetry: { traces: true } },
      ),
    );
    expect(named(spans, 'wasmatrix.capability')).to.have.length(256);
    const [call] = named(spans, 'wasmatrix.invoke');
    expect(call?.attributes['wasmatrix.capability.calls']).to.be.at.least(257);
  });

  it('are none unless they are wanted', async () => {
    const spans = await spansOf(() =>
      withHost(async (host) => {
        const id = await startCounter(host);
        await invoke(host, id, 'bump', ['a']);
      }),
    );
    expect(spans).to.deep.equal([]);
  });

  it('come to a collector by OTLP over HTTP', async () => {
    const bodies: string[] = [];
    const collector = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        bodies.push(`${request.url} ${Buffer.concat(chunks).toString()}`);
        response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
      });
    }).listen(0, '127.0.0.1');
    await once(collector, 'listening');
    const { port } = collector.address() as AddressInfo;
    const exporter = new OTLPTraceExporter({ url: `http://127.0.0.1:${port}/v1/traces` });
    const provider = new NodeTracerProvider({
      spanProcessors: [new SimpleSpanProcessor(exporter)],
    });
    provider.register();
    try {
      await withHost(
        async (host) => {
          const id = await startCounter(host);
          await invoke(host, id, 'bump', ['a']);
        },
        { telemetry: { traces: true } },
      );
      await provider.forceFlush();
    } finally {
      unregister();
      await provider.shutdown();
      collector.closeAllConnections();
      collector.close();
    }
    const all = bodies.join('\n');
    expect(bodies.every((body) => body.startsWith('/v1/traces '))).to.equal(true);
    for (const name of ['wasmatrix.invoke', 'wasmatrix.capability', 'POST /v1/instances/']) {
      expect(all, name).to.include(name);
    }
  });
});
