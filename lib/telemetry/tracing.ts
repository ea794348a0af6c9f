import type { ServedSpan } from '../core/served-span.ts';

/** A call that somebody makes of an export. */
export interface TracedCall {
  readonly instanceId: string;
  readonly groupId?: string;
  readonly exportName: string;
  readonly requestId: string | undefined;
}

/** The span of a call. */
export interface CallSpan {
  /** It has left the mailbox. */
  begun(): void;
  /** The guest has made a capability call meanwhile, which is over. */
  capability(served: ServedSpan): void;
  /** @param code - of the error that it failed with. */
  end(code: string | undefined): void;
}

/** The span of a request to the API. */
export interface RequestSpan {
  /** Makes whatever begins in `act` a part of it. */
  run<T>(act: () => T): T;
  end(route: string | undefined, status: number): void;
}

/** Where spans go; without one there are none. */
export interface Tracing {
  call(call: TracedCall): CallSpan;
  request(
    method: string,
    headers: Readonly<Record<string, unknown>>,
    requestId: string | undefined,
  ): RequestSpan;
}
