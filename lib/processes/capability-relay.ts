import { REPLY } from '../protocol/capability-slot.ts';
import type {
  CapabilityAccess,
  CapabilityRoute,
  MappingChange,
  ProviderMapping,
  RouteChange,
  RouteWake,
} from '../protocol/instance-messages.ts';
import type { ProcessAnswer, ProcessAsk, ProcessRoute } from '../protocol/process-messages.ts';
import { type LineReply, RelayedLine } from './relayed-line.ts';

/** What a relay tells the guest's process. */
export interface RelayListener {
  onRoute(route: ProcessRoute): void;
  onMapping(mapping: ProviderMapping): void;
  onWake(): void;
  onAnswer(answer: ProcessAnswer): void;
}

interface Way {
  readonly family: string;
  readonly line: RelayedLine | undefined;
}

const MOVED: LineReply = { reply: REPLY.moved, bytes: new Uint8Array() };

/**
 * Takes the capability calls of a guest in another process to its providers. It decides nothing: the
 * guest chooses the way, the provider checks the grant, this carries bytes.
 */
export class CapabilityRelay {
  readonly #desk: RelayedLine;
  readonly #ways = new Map<string, Way>();
  readonly #listener: RelayListener;

  constructor(access: CapabilityAccess, listener: RelayListener) {
    this.#listener = listener;
    this.#desk = new RelayedLine(access.desk, (message) => this.#takeNotice(message));
    for (const route of access.routes) this.#put(route);
  }

  /** The ways at this moment. */
  get routes(): ProcessRoute[] {
    return [...this.#ways].map(([providerId, { family, line }]) => ({
      providerId,
      family,
      isOpen: line !== undefined,
    }));
  }

  /** Takes in changes that have been posted: who is called next is to know them. */
  learn(): void {
    this.#desk.drain();
  }

  /** Makes a call; what comes of it is told later, unless the guest has asked anew meanwhile. */
  ask({ askId, providerId, isTentative, request }: ProcessAsk): void {
    const line = providerId === undefined ? this.#desk : this.#ways.get(providerId)?.line;
    // The guest has not yet heard of a change that was posted to it.
    const asked = line === undefined ? Promise.resolve(MOVED) : line.ask(request, isTentative);
    void asked.then((answer) => {
      if (answer !== undefined) this.#listener.onAnswer({ askId, ...answer });
    });
  }

  #takeNotice(message: unknown): void {
    const { kind, route, mapping } = (message ?? {}) as Partial<
      RouteChange | RouteWake | MappingChange
    > & {
      readonly route?: CapabilityRoute;
      readonly mapping?: ProviderMapping;
    };
    if (kind === 'wasmatrix.wake') this.#listener.onWake();
    if (kind === 'wasmatrix.mapping' && mapping !== undefined) this.#listener.onMapping(mapping);
    if (kind !== 'wasmatrix.route' || route === undefined) return;
    this.#ways.get(route.providerId)?.line?.retire();
    this.#put(route);
    const { providerId, family, end } = route;
    this.#listener.onRoute({ providerId, family, isOpen: end !== undefined });
  }

  #put({ providerId, family, end }: CapabilityRoute): void {
    const line = end === undefined ? undefined : new RelayedLine(end);
    this.#ways.set(providerId, { family, line });
  }

  /** Gives every channel back. Idempotent. */
  close(): void {
    this.#desk.close();
    for (const { line } of this.#ways.values()) line?.close();
    this.#ways.clear();
  }
}
