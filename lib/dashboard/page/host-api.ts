import type { ExecutionEvent } from '../../core/execution-event.ts';
import type { InstanceInfo } from '../../core/instance-info.ts';
import type { LatencyFigures } from '../../core/latency-buckets.ts';
import type { LifecycleChart } from '../../core/lifecycle-chart.ts';
import type { InstanceRow } from '../model/instance-row.ts';

/** How much of something is used. */
export interface Usage {
  readonly used: number;
  readonly limit: number;
}

/** What the page reads of `/v1/stats`. */
export interface Stats {
  readonly instances: Readonly<Record<string, number>>;
  readonly threads: { readonly total: number; readonly spares: number; readonly waiting: number };
  readonly processes: number;
  readonly shards: readonly unknown[];
  readonly capacity: Readonly<Record<string, Usage | undefined>>;
  readonly memory: { readonly rssBytes: number; readonly guestBytes: number };
  readonly calls: {
    readonly begun: number;
    readonly waiting: number;
    readonly latency: LatencyFigures;
  };
  readonly capabilityCalls: { readonly served: number; readonly denied: number };
}

/** What the API answers, by path. */
export interface Answers {
  readonly node: {
    readonly nodeId: string;
    readonly version: string;
    readonly runId: string;
    readonly role: 'read' | 'admin';
  };
  readonly fleet: {
    readonly runId: string;
    readonly lastSeq: number;
    readonly instances: readonly InstanceRow[];
  };
  readonly events: { readonly events: readonly ExecutionEvent[]; readonly isCut: boolean };
  readonly providers: { readonly providers: readonly Provider[] };
  readonly capabilities: { readonly capabilities: readonly Grant[] };
  readonly instance: InstanceInfo;
  readonly stats: Stats;
  readonly chart: LifecycleChart;
}

/** A provider, as `/v1/providers` lists it. */
export interface Provider {
  readonly providerId: string;
  readonly providerType: string;
  readonly status: string;
  readonly placement: string;
  readonly restarts: number;
  readonly calls: number;
}

/** A grant, as `/v1/instances/:id/capabilities` lists it. */
export interface Grant {
  readonly capabilityId: string;
  readonly providerType: string;
  readonly providerId?: string;
  readonly permissions: readonly string[];
}

/** A failure as the host has told it, or that nobody answered. */
export class ApiFailure extends Error {
  /** 0 where nobody answered. */
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

const TOKEN_KEY = 'wasmatrix.token';
const TIMEOUT_MS = 60_000;

/** Asks the host that has handed out the page. */
export class HostApi {
  /** Hears that a token is needed, or another one. */
  onRefused: () => void = () => undefined;
  // Of this tab and gone with it; never in an address, where logs and histories would keep it.
  #token = sessionStorage.getItem(TOKEN_KEY);

  get hasToken(): boolean {
    return this.#token !== null;
  }

  set token(token: string) {
    this.#token = token;
    sessionStorage.setItem(TOKEN_KEY, token);
  }

  /** Asks, and gives back the answer as it comes. */
  async open(path: string, request: RequestInit = {}): Promise<Response> {
    const headers = new Headers(request.headers);
    if (this.#token !== null) headers.set('authorization', `Bearer ${this.#token}`);
    let response: Response;
    try {
      response = await fetch(path, { ...request, headers });
    } catch (error) {
      throw new ApiFailure(0, 'CRASH_DETECTED', `the host does not answer (${String(error)})`);
    }
    if (response.ok) return response;
    if (response.status === 401) this.onRefused();
    throw await failureOf(response);
  }

  async get<Kind extends keyof Answers>(_kind: Kind, path: string): Promise<Answers[Kind]> {
    const response = await this.open(path, { signal: AbortSignal.timeout(TIMEOUT_MS) });
    return (await response.json()) as Answers[Kind];
  }

  /** Has something done. @returns what the host answers, if it does. */
  async send(method: 'POST' | 'PUT' | 'DELETE', path: string, body?: unknown): Promise<unknown> {
    const response = await this.open(path, {
      method,
      ...(body === undefined
        ? {}
        : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
    });
    const text = await response.text();
    return text === '' ? undefined : (JSON.parse(text) as unknown);
  }
}

async function failureOf(response: Response): Promise<ApiFailure> {
  try {
    const { error_code, message } = (await response.json()) as Record<string, unknown>;
    return new ApiFailure(response.status, String(error_code), String(message));
  } catch {
    return new ApiFailure(response.status, 'CRASH_DETECTED', response.statusText);
  }
}

/** The path of an instance. */
export const instancePath = (id: string): string => `/v1/instances/${encodeURIComponent(id)}`;
