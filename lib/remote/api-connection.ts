import { Agent, type Dispatcher } from 'undici';
import { invalidField, WasmatrixError } from '../core/errors.ts';
import { readTaggedJson } from '../protocol/json-text.ts';
import { toTagged } from '../protocol/tagged-values.ts';
import type { ResolvedConnectOptions } from './connect-options.ts';
import { answeredFailure, connectionFailure } from './host-failure.ts';

/** A request of the API. */
export interface ApiRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** From `/v1` on, with its query. */
  readonly path: string;
  /** Sent as JSON with tagged values. */
  readonly json?: unknown;
  /** Sent as they are. */
  readonly bytes?: Uint8Array;
  readonly headers?: Readonly<Record<string, string>>;
  /** Milliseconds that an answer may need beyond those that any may need. */
  readonly patienceMs?: number;
  readonly signal?: AbortSignal | undefined;
  /** Whether it is a call of an export. */
  readonly isCall?: boolean;
}

const RAW = 'application/octet-stream';
/** No answer is as long as this. */
const MAX_ANSWER_BYTES = 1024 * 1024 * 1024;
/** Without a sign of life for this long, a stream of events is lost; a host gives one each 15 seconds. */
const SILENCE_MS = 60_000;

/** The one place that speaks HTTP with a host: what goes wrong there is told as one of the eleven codes. */
export class ApiConnection {
  readonly url: string;
  readonly #options: ResolvedConnectOptions;
  readonly #agent: Agent;
  /** Apart from the rest: who steers an instance must not wait behind calls that it is busy with. */
  readonly #calls: Agent;
  /** Streams never end, and must not be what requests wait for. */
  readonly #streams: Agent;
  #isClosed = false;

  constructor(options: ResolvedConnectOptions) {
    const { origin, prefix, connections, connectTimeoutMs, ca } = options;
    this.#options = options;
    this.url = `${origin}${prefix}`;
    const connect = {
      timeout: connectTimeoutMs,
      ...(ca === undefined ? {} : { ca: typeof ca === 'string' ? ca : Buffer.from(ca) }),
    };
    const pool = { connect, maxResponseSize: MAX_ANSWER_BYTES };
    this.#agent = new Agent({ ...pool, connections });
    this.#calls = new Agent({ ...pool, connections });
    this.#streams = new Agent({ connect });
  }

  /** @throws `INVALID_REQUEST` once it is closed. */
  assertOpen(): void {
    if (this.#isClosed) throw new WasmatrixError('INVALID_REQUEST', 'the supervisor is closed');
  }

  /**
   * Asks, and reads the whole answer.
   *
   * @throws what the host answers with; `CRASH_DETECTED`, `TIMEOUT`; the reason of the signal.
   */
  async request(request: ApiRequest): Promise<unknown> {
    this.assertOpen();
    const { signal, patienceMs = 0, isCall = false } = request;
    signal?.throwIfAborted();
    try {
      const { requestTimeoutMs } = this.#options;
      const timeoutMs = Math.min(2 ** 31 - 1, requestTimeoutMs + patienceMs);
      const { statusCode, headers, body } = await (isCall ? this.#calls : this.#agent).request({
        ...this.#sent(request),
        headersTimeout: timeoutMs,
        bodyTimeout: timeoutMs,
        ...(signal === undefined ? {} : { signal }),
      });
      const bytes = new Uint8Array(await body.arrayBuffer());
      if (statusCode === 204) return undefined;
      const isRaw = headers['content-type'] === RAW;
      if (isRaw && statusCode === 200) return { result: bytes };
      const answer = this.#read(statusCode, bytes);
      if (statusCode >= 400 || statusCode < 200)
        throw answeredFailure(statusCode, answer, this.url);
      return answer;
    } catch (error) {
      throw this.#failure(error, signal);
    }
  }

  /**
   * Opens a stream of events; resolves when it has begun.
   *
   * @throws as `request` does.
   */
  async stream(
    path: string,
    headers: Readonly<Record<string, string>>,
    signal: AbortSignal,
  ): Promise<{ readonly run: string; readonly body: AsyncIterable<Uint8Array> }> {
    this.assertOpen();
    try {
      const answer = await this.#streams.request({
        ...this.#sent({
          method: 'GET',
          path,
          headers: { accept: 'text/event-stream', ...headers },
        }),
        headersTimeout: this.#options.connectTimeoutMs,
        bodyTimeout: SILENCE_MS,
        signal,
      });
      if (answer.statusCode === 200) {
        return { run: String(answer.headers['wasmatrix-run']), body: answer.body };
      }
      const bytes = new Uint8Array(await answer.body.arrayBuffer());
      throw answeredFailure(answer.statusCode, this.#read(answer.statusCode, bytes), this.url);
    } catch (error) {
      throw this.#failure(error, signal);
    }
  }

  /** Lets go of the host: what is under way is broken off. Idempotent. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.all([this.#agent, this.#calls, this.#streams].map((agent) => agent.destroy()));
  }

  #sent({ method, path, json, bytes, headers }: ApiRequest): Dispatcher.RequestOptions {
    const { origin, prefix, token } = this.#options;
    const content =
      bytes === undefined ? json && JSON.stringify(toTagged(json, '', 'refuse')) : bytes;
    const type = bytes === undefined ? 'application/json' : RAW;
    return {
      origin,
      method,
      path: `${prefix}${path}`,
      headers: {
        ...(content === undefined ? {} : { 'content-type': type }),
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...headers,
      },
      body: (content ?? null) as string | Uint8Array | null,
    };
  }

  #read(status: number, bytes: Uint8Array): unknown {
    try {
      return readTaggedJson(bytes);
    } catch {
      if (status >= 400) return undefined;
      throw invalidField('url', 'what answers there is no host of Wasmatrix', { url: this.url });
    }
  }

  #failure(thrown: unknown, signal: AbortSignal | undefined): unknown {
    if (signal?.aborted === true) return signal.reason;
    if (thrown instanceof WasmatrixError) return thrown;
    if (!this.#isClosed) return connectionFailure(thrown, this.url);
    return new WasmatrixError('CRASH_DETECTED', 'the supervisor was closed meanwhile', {
      executed: 'maybe',
    });
  }
}
