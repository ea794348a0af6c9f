import { WasmatrixError } from '../../lib/core/errors.ts';
import type { WireValue } from '../../lib/core/provider.ts';
import { MOVED } from '../../lib/serving/provider-server.ts';
import type { ServeCall } from '../../lib/serving/serving-channel.ts';
import { TentativeRefusal } from '../../lib/serving/tentative-refusal.ts';
import { type CallingThread, HostSide } from './calling-thread.ts';

/** Refuses as a server does: for good, or for now. */
export function refuse(
  code: 'PERMISSION_DENIED' | 'CAPABILITY_NOT_FOUND',
  isTentative: boolean,
): never {
  if (isTentative) throw new TentativeRefusal(code, 'refused');
  throw new WasmatrixError(code, 'refused');
}

/** The parts of a spec: a host, what its desk was asked, and the guest's thread. */
export class ClientBench {
  readonly atDesk: string[] = [];
  readonly host: HostSide;
  readonly asked: string[] = [];
  #thread: CallingThread | undefined;

  constructor(payloadBytes?: number) {
    this.host = new HostSide(({ family }) => {
      this.atDesk.push(family);
      return refuse('PERMISSION_DENIED', false);
    }, payloadBytes);
  }

  get thread(): CallingThread {
    return (this.#thread ??= this.host.start());
  }

  start(timeoutMs: number): void {
    this.#thread = this.host.start(timeoutMs);
  }

  /** A server that notes who was asked, and how. */
  server(name: string, serve: ServeCall): ServeCall {
    return (call, isTentative) => {
      this.asked.push(isTentative ? `${name}?` : name);
      return serve(call, isTentative);
    };
  }

  async end(): Promise<void> {
    await this.#thread?.end();
  }
}

/** Resolves as soon as something has happened that the host can see. */
export async function until(isTrue: () => boolean): Promise<void> {
  while (!isTrue()) await new Promise((resolve) => setTimeout(resolve, 1));
}

/** Has nothing done, as a provider that is being replaced. */
export const moved: ServeCall = () => MOVED;
/** Answers every call with one value. */
export const answers =
  (value: WireValue): ServeCall =>
  () =>
    value;
