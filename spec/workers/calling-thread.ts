import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { WireValue } from '../../lib/core/provider.ts';
import type { CapabilityRoute, RouteChange } from '../../lib/protocol/instance-messages.ts';
import type { ServingEnd } from '../../lib/protocol/provider-messages.ts';
import {
  type ServeCall,
  ServingChannel,
  type ServingPort,
} from '../../lib/serving/serving-channel.ts';
import { CapabilityLink } from '../../lib/threads/capability-link.ts';
import type { CallingThreadData, CallRequest, CallResult } from './calling.worker.ts';

const SCRIPT = new URL('./calling.worker.js', import.meta.url);

/** The host's side of one guest: its desk, and servers that come and go. */
export class HostSide {
  readonly payloadBytes: number;
  readonly #desk: CapabilityLink;
  readonly #channels: ServingChannel[] = [];
  readonly #routes = new Map<string, CapabilityRoute>();
  #thread: Worker | undefined;

  constructor(atDesk: ServeCall, payloadBytes = 1_000) {
    this.payloadBytes = payloadBytes;
    this.#desk = this.#serve(atDesk);
  }

  #serve(serve: ServeCall): CapabilityLink {
    const link = new CapabilityLink(this.payloadBytes);
    const end = link.servingEnd as unknown as ServingEnd<ServingPort>;
    this.#channels.push(new ServingChannel(end, serve));
    return link;
  }

  /** Opens a way to a server, in place of an earlier one of the id. */
  connect(providerId: string, serve: ServeCall, family = 'kv'): CapabilityLink {
    const link = this.#serve(serve);
    this.#tell({ providerId, family, end: link.guestEnd });
    return link;
  }

  /** Tells that a provider does not run. */
  disconnect(providerId: string, family = 'kv'): void {
    this.#tell({ providerId, family });
  }

  /** Lets a guest that waits ask again. */
  wake(): void {
    this.#desk.noteRouteChange();
  }

  #tell(route: CapabilityRoute): void {
    if (this.#thread === undefined) {
      this.#routes.set(route.providerId, route);
      return;
    }
    const change: RouteChange = { kind: 'wasmatrix.route', route };
    const ports = route.end === undefined ? [] : [route.end.port as never];
    this.#desk.servingEnd.port.postMessage(change, ports);
    this.#desk.noteRouteChange();
  }

  /** Starts the guest's thread with the routes that there are. */
  start(timeoutMs = 10_000): CallingThread {
    const routes = [...this.#routes.values()];
    const access = { desk: this.#desk.guestEnd, routes };
    const ends = [this.#desk.guestEnd, ...routes.flatMap(({ end }) => end ?? [])];
    const data: CallingThreadData = {
      access,
      limits: { payloadBytes: this.payloadBytes, timeoutMs },
    };
    const thread = new Worker(SCRIPT, {
      workerData: data,
      transferList: ends.map(({ port }) => port as never),
    });
    this.#thread = thread;
    return new CallingThread(thread, () => {
      for (const channel of this.#channels) channel.close();
    });
  }
}

/** A guest's thread that makes the calls it is told to, and blocks in each. */
export class CallingThread {
  readonly #worker: Worker;
  readonly #onEnd: () => void;

  constructor(worker: Worker, onEnd: () => void) {
    this.#worker = worker;
    this.#onEnd = onEnd;
  }

  async call(args: readonly WireValue[] = [], family = 'kv'): Promise<CallResult> {
    const result = once(this.#worker, 'message');
    const request: CallRequest = { family, operation: 'get', args };
    this.#worker.postMessage(request);
    return ((await result) as [CallResult])[0];
  }

  async end(): Promise<void> {
    this.#onEnd();
    await this.#worker.terminate();
  }
}
