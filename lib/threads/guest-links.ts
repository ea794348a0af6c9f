import type {
  CapabilityAccess,
  CapabilityRoute,
  MappingChange,
  ProviderMapping,
  RouteChange,
  RouteWake,
} from '../protocol/instance-messages.ts';
import type { ServingEnd } from '../protocol/provider-messages.ts';
import { type ServeCall, ServingChannel, type ServingPort } from '../serving/serving-channel.ts';
import { CapabilityLink } from './capability-link.ts';

/** A port as it is handed to a thread. */
type Port = CapabilityLink['guestEnd']['port'];

/** The desk only ever refuses, and that is short. */
const DESK_BYTES = 4_096;

/**
 * The channels of one life of an instance: one to the host's desk, and one to each provider that it has
 * been given something of. Providers come and go while the guest runs, maybe without ever leaving a
 * call: the routes are told by the desk's port and counted in its shared memory.
 */
export class GuestLinks {
  readonly instanceId: string;
  readonly #payloadBytes: number;
  readonly #desk: CapabilityLink;
  readonly #deskChannel: ServingChannel;
  readonly #routes = new Map<string, CapabilityRoute>();
  readonly #mappings = new Map<string, ProviderMapping>();
  #isHandedOver = false;
  #isClosed = false;

  /** @param serveAtDesk - answers what no provider is there for. */
  constructor(instanceId: string, payloadBytes: number, serveAtDesk: ServeCall) {
    this.instanceId = instanceId;
    this.#payloadBytes = payloadBytes;
    this.#desk = new CapabilityLink(payloadBytes, DESK_BYTES);
    const end = this.#desk.servingEnd as unknown as ServingEnd<ServingPort>;
    this.#deskChannel = new ServingChannel(end, serveAtDesk);
  }

  /** What the guest's thread is given, and what has to be transferred with it. To be called once. */
  handOver(): { readonly access: CapabilityAccess; readonly ports: readonly Port[] } {
    this.#isHandedOver = true;
    const routes = [...this.#routes.values()];
    const mappings = [...this.#mappings.values()];
    const ends = [this.#desk.guestEnd, ...routes.flatMap(({ end }) => end ?? [])];
    return {
      access: {
        desk: this.#desk.guestEnd,
        routes,
        ...(mappings.length === 0 ? {} : { mappings }),
      },
      ports: ends.map(({ port }) => port as Port),
    };
  }

  /** Whether there is a way to a provider, or was one. */
  has(providerId: string): boolean {
    return this.#routes.has(providerId);
  }

  /** Whether that is one to a provider of a type. */
  leadsTo(providerId: string, family: string): boolean {
    return this.#routes.get(providerId)?.family === family;
  }

  /** Opens a new way to a provider, in place of an earlier one. */
  connect(providerId: string, family: string): CapabilityLink {
    const link = new CapabilityLink(this.#payloadBytes);
    this.#tell({ providerId, family, end: link.guestEnd });
    return link;
  }

  /** Tells the guest that a provider does not run. */
  disconnect(providerId: string, family: string): void {
    this.#tell({ providerId, family });
  }

  /** Tells the guest which host functions it may ask a provider for. */
  map(mapping: ProviderMapping): void {
    const { providerId, hostFunctions } = mapping;
    const known = this.#mappings.get(providerId)?.hostFunctions ?? [];
    if (
      known.length === hostFunctions.length &&
      hostFunctions.every((each) => known.includes(each))
    )
      return;
    this.#mappings.set(providerId, mapping);
    if (!this.#isHandedOver || this.#isClosed) return;
    const change: MappingChange = { kind: 'wasmatrix.mapping', mapping };
    this.#desk.servingEnd.port.postMessage(change);
    this.#desk.noteRouteChange();
  }

  /** Lets a guest that waits for its provider ask it again. */
  wake(): void {
    if (this.#isHandedOver && !this.#isClosed) {
      // Whoever relays for a guest of another process does not see the count.
      this.#desk.servingEnd.port.postMessage({ kind: 'wasmatrix.wake' } satisfies RouteWake);
    }
    this.#desk.noteRouteChange();
  }

  #tell(route: CapabilityRoute): void {
    this.#routes.set(route.providerId, route);
    if (!this.#isHandedOver || this.#isClosed) return;
    const change: RouteChange = { kind: 'wasmatrix.route', route };
    const ports = route.end === undefined ? [] : [route.end.port as never];
    this.#desk.servingEnd.port.postMessage(change, ports);
    this.#desk.noteRouteChange();
  }

  /** The life is over: gives back what its thread has not taken with it. Idempotent. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#deskChannel.close();
    if (this.#isHandedOver) return;
    for (const { end } of this.#routes.values()) (end?.port as Port | undefined)?.close();
    this.#desk.guestEnd.port.close();
  }
}
