import type { CapabilityFailure, WireValue } from '../../lib/core/provider.ts';
import type { HostImports } from '../../workers/abi/component/host-imports.ts';
import { wasiImports } from '../../workers/abi/component/wasi/wasi-imports.ts';
import { CapabilityRefused } from '../../workers/guest-failure.ts';
import { type RecordingHost, type RecordingOptions, recordingHost } from './recording-host.ts';

/** What a fake server answers. */
export interface FakeResponse {
  readonly status?: number;
  readonly headers?: readonly (readonly [name: string, value: string])[];
  readonly body?: Uint8Array;
  /** Simulated milliseconds until the head is there. */
  readonly afterMs?: number;
  /** Simulated milliseconds between two pieces of the body. */
  readonly betweenMs?: number;
  /** Most bytes of a piece. */
  readonly pieceBytes?: number;
  /** Fails instead of giving a head, or after so many bytes of the body. */
  readonly error?: { readonly tag: string; readonly atByte?: number };
}

/** A request as it arrived. */
export interface FakeRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: readonly (readonly [name: string, value: Uint8Array])[];
  readonly hasBody: boolean;
  readonly [timeout: string]: unknown;
}

/** One request under way at the fake provider. */
interface FakeTransfer {
  readonly request: FakeRequest;
  readonly sent: number[];
  isFinished: boolean;
  isDropped: boolean;
}

/** An HTTP provider as the guest's side sees it, over a server that is a function. */
export interface FakeHttp {
  readonly host: RecordingHost;
  readonly imports: HostImports;
  readonly transfers: FakeTransfer[];
  /** From now on, calls of that operation are refused with that code; `undefined` serves again. */
  refuse(operation: string, code: CapabilityFailure['code'] | undefined): void;
  /** From now on, calls of that operation are answered with that value. */
  answer(operation: string, value: WireValue): void;
  /** From now on, this answers every call for which it has a value. */
  interfere(serve: (operation: string) => WireValue): void;
}

class Exchange implements FakeTransfer {
  readonly request: FakeRequest;
  readonly sent: number[] = [];
  isFinished = false;
  isDropped = false;
  readonly #response: FakeResponse;
  readonly #body: Uint8Array;
  #position = 0;
  #dueMs: number;

  constructor(request: FakeRequest, response: FakeResponse, nowMs: number) {
    this.request = request;
    this.#response = response;
    this.#body = response.body ?? new Uint8Array();
    this.#dueMs = nowMs + (response.afterMs ?? 0);
  }

  get dueMs(): number {
    return this.#dueMs;
  }

  head(): WireValue {
    const { status = 200, headers = [], error } = this.#response;
    if (error !== undefined && error.atByte === undefined) return failure(error.tag);
    return { status, headers: headers.map(([name, value]) => [name, Buffer.from(value)]) };
  }

  read(maxBytes: number, nowMs: number): WireValue {
    const { error, pieceBytes = 7, betweenMs = 0 } = this.#response;
    if (error?.atByte !== undefined && this.#position >= error.atByte) return failure(error.tag);
    const end = Math.min(
      this.#position + Math.min(maxBytes, pieceBytes),
      error?.atByte ?? Infinity,
    );
    const bytes = this.#body.slice(this.#position, end);
    this.#position += bytes.length;
    this.#dueMs = nowMs + betweenMs;
    return { bytes, isEnd: error === undefined && this.#position === this.#body.length };
  }
}

function failure(tag: string): WireValue {
  return { error: tag, message: `it was ${tag}` };
}

/** What a spec may choose beside the server. */
export interface FakeOptions extends Omit<RecordingOptions, 'serve'> {
  /** The grant that begins a transfer. */
  readonly capabilityOf?: (transfer: number) => string;
}

/** Makes a life of a guest over a fake provider; the clock moves only by waiting. */
export function fakeHttp(
  respond: (request: FakeRequest) => FakeResponse = () => ({}),
  options: FakeOptions = {},
): FakeHttp {
  const transfers: Exchange[] = [];
  const refused = new Map<string, CapabilityFailure['code']>();
  const answers = new Map<string, WireValue>();
  let interference: ((operation: string) => WireValue) | undefined;
  const { capabilityOf = () => 'c-http', ...recording } = options;
  const host: RecordingHost = recordingHost({
    ...recording,
    serve(operation, args) {
      const code = refused.get(operation);
      if (code !== undefined) throw new CapabilityRefused({ code, message: `no ${operation}` });
      if (answers.has(operation)) return answers.get(operation);
      const interfered = interference?.(operation);
      if (interfered !== undefined) return interfered;
      return serve(operation, args);
    },
  });
  const nowMs = (): number => Number(host.monotonicClockNs()) / 1e6;

  function transferOf(capabilityId: WireValue, number: WireValue): Exchange {
    const transfer = transfers[number as number];
    if (
      transfer === undefined ||
      transfer.isDropped ||
      capabilityOf(number as number) !== capabilityId
    ) {
      throw new CapabilityRefused({ code: 'INVALID_REQUEST', message: 'transfer: unknown' });
    }
    return transfer;
  }

  /** Waits for the first to be due, and says which are. */
  function waited(asked: readonly Exchange[], waitMs: number): readonly boolean[] {
    const first = Math.min(...asked.map(({ dueMs }) => dueMs));
    const leftMs = Math.min(first - nowMs(), waitMs);
    if (leftMs > 0) host.sleep(leftMs);
    return asked.map(({ dueMs }) => dueMs <= nowMs());
  }

  function serve(operation: string, args: readonly WireValue[]): WireValue {
    const [capabilityId, second, third, fourth] = args;
    if (operation === 'begin') {
      const request = second as unknown as FakeRequest;
      transfers.push(new Exchange(request, respond(request), nowMs()));
      return { capabilityId: capabilityOf(transfers.length - 1), transfer: transfers.length - 1 };
    }
    if (operation === 'wait') {
      const events = second as readonly (readonly [number, string])[];
      const asked = events.map(([number]) => transferOf(capabilityId, number));
      return waited(asked, third as number).flatMap((isDue, index) => (isDue ? [index] : []));
    }
    if (operation === 'drop') {
      const dropped = transfers[second as number];
      if (dropped !== undefined) dropped.isDropped = true;
      return true;
    }
    const transfer = transferOf(capabilityId, second);
    switch (operation) {
      case 'write':
        transfer.sent.push(...(third as Uint8Array));
        return true;
      case 'finish':
        transfer.isFinished = true;
        return true;
      case 'head':
        return waited([transfer], third as number)[0] === true ? transfer.head() : null;
      case 'read':
        return waited([transfer], fourth as number)[0] === true
          ? transfer.read(third as number, nowMs())
          : { bytes: new Uint8Array(), isEnd: false };
      default:
        throw new Error(`the guest's side invented ${operation}`);
    }
  }

  return {
    host,
    imports: wasiImports(host),
    transfers,
    refuse(operation, code) {
      if (code === undefined) refused.delete(operation);
      else refused.set(operation, code);
    },
    answer(operation, value) {
      answers.set(operation, value);
    },
    interfere(instead) {
      interference = instead;
    },
  };
}
