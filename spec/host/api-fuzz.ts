import { Agent, request as sendRequest } from 'node:http';
import * as fc from 'fast-check';
import { ERROR_CODES } from '../../lib/core/error-codes.ts';
import type { Host } from '../../lib/host/host.ts';
import { ask, jsonOf } from './host-stage.ts';
import { type MalformedRequest, malformedRequest, operationsOf } from './malformed-requests.ts';

const DEADLINE_MS = 10_000;
/** Requests between two looks at the state. */
const BATCH = 50;

/** What a run has seen. */
export interface FuzzReport {
  readonly requests: number;
  readonly seed: number;
  /** How often each status was answered. */
  readonly statuses: Readonly<Record<number, number>>;
  /** What should never be, each with its request. */
  readonly faults: readonly string[];
}

/** What a refused request must not change. */
async function stateOf({ supervisor, url }: Host): Promise<string> {
  const { instances, calls, capabilityCalls, facts, processes } = await supervisor.stats();
  const kept = await Promise.all(
    ['modules', 'triggers'].map(async (name) => (await ask(`${url}/v1/${name}`)).text),
  );
  const providers = await supervisor.listProviders();
  return JSON.stringify({ instances, calls, capabilityCalls, facts, processes, kept, providers });
}

function send(
  agent: Agent,
  url: string,
  { method, path, headers, body }: MalformedRequest,
): Promise<{ readonly status: number; readonly text: string }> {
  const { promise, resolve, reject } = Promise.withResolvers<{ status: number; text: string }>();
  const request = sendRequest(url + path, { agent, method, headers }, (response) => {
    let text = '';
    response.on('data', (chunk: Buffer) => (text += chunk.toString()));
    response.on('error', reject);
    response.on('end', () => resolve({ status: response.statusCode ?? 0, text }));
  });
  request.setTimeout(DEADLINE_MS, () => request.destroy(new Error(`silent for ${DEADLINE_MS} ms`)));
  request.on('error', reject);
  request.end(body);
  return promise;
}

/** What is wrong with an answer; undefined where nothing is. */
function faultOf(status: number, text: string): string | undefined {
  if (status < 400) return 'was done';
  if (status === 500) return 'is a fault of the host';
  try {
    const { error_code, request_id } = JSON.parse(text) as Record<string, unknown>;
    const hasCode = typeof error_code === 'string' && Object.hasOwn(ERROR_CODES, error_code);
    if (!hasCode) return 'has no code';
    return typeof request_id === 'string' ? undefined : 'has no request id';
  } catch {
    return 'is no JSON';
  }
}

/** Sends malformed requests, made from the description of the API itself. */
export async function fuzzApi(
  host: Host,
  count: number,
  seed: number,
  onProgress?: (done: number) => void,
): Promise<FuzzReport> {
  const operations = operationsOf(jsonOf(await ask(`${host.url}/v1/openapi.json`)));
  const requests = fc.sample(malformedRequest(operations), { numRuns: count, seed });
  const agent = new Agent({ keepAlive: true });
  const statuses: Record<number, number> = {};
  const faults: string[] = [];
  let before = await stateOf(host);
  for (const [index, request] of requests.entries()) {
    const shown = JSON.stringify(request).slice(0, 400);
    try {
      const { status, text } = await send(agent, host.url, request);
      statuses[status] = (statuses[status] ?? 0) + 1;
      const fault = faultOf(status, text);
      if (fault !== undefined) faults.push(`${fault}: ${status} ${text.slice(0, 200)} ← ${shown}`);
    } catch (error) {
      faults.push(`${String(error)} ← ${shown}`);
    }
    if ((index + 1) % BATCH !== 0 && index + 1 !== requests.length) continue;
    const after = await stateOf(host);
    if (after !== before) faults.push(`changed the state, at ${index}: ${before} → ${after}`);
    before = after;
    onProgress?.(index + 1);
  }
  agent.destroy();
  return { requests: requests.length, seed, statuses, faults };
}
