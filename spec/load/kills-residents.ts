import type { Supervisor } from '../../lib/actors/supervisor.ts';
import { ALL_KV, AT_ONCE, kvGrant } from '../e2e/fixtures.ts';
import { guestBytes } from '../guests/guest-file.ts';
import { inLanes } from './in-lanes.ts';

/** What an instance is there for. */
export type ResidentKind = 'adder' | 'counter' | 'revoked' | 'mortal';

/** One instance, and what has to be true of it for as long as it is known. */
export interface Resident {
  readonly id: string;
  readonly kind: ResidentKind;
  readonly capabilityIds: readonly string[];
}

/** A tenth is not brought back, three tenths have a grant, of which some lose it. */
function kindOf(index: number): ResidentKind {
  if (index % 10 === 0) return 'mortal';
  if (index % 50 === 1) return 'revoked';
  return index % 10 <= 3 ? 'counter' : 'adder';
}

/** The instances that are there to be killed. */
export class KillsResidents {
  readonly #supervisor: Supervisor;
  readonly #core = guestBytes('core');
  readonly #counter = guestBytes('counter-c');
  readonly #residents = new Map<string, Resident>();
  readonly #byKind: Record<ResidentKind, Resident[]> = {
    adder: [],
    counter: [],
    revoked: [],
    mortal: [],
  };

  #started = 0;

  constructor(supervisor: Supervisor) {
    this.#supervisor = supervisor;
  }

  get all(): readonly Resident[] {
    return [...this.#residents.values()];
  }

  /** One of a kind, by chance. */
  any(kind: ResidentKind): Resident | undefined {
    const residents = this.#byKind[kind];
    return residents[Math.floor(Math.random() * residents.length)];
  }

  /** Starts so many, a few at a time. */
  async fill(count: number, lanes: number, signal: AbortSignal): Promise<void> {
    const kinds = Array.from({ length: count }, (_, index) => kindOf(index));
    await inLanes(lanes, kinds, async (kind) => {
      if (!signal.aborted) await this.#start(kind);
    });
  }

  async #start(kind: ResidentKind): Promise<void> {
    const isCounter = kind === 'counter' || kind === 'revoked';
    this.#started += 1;
    const capabilityId = `kv-${this.#started}`;
    const id = await this.#supervisor.startInstance({
      module: isCounter ? this.#counter : this.#core,
      restartPolicy: kind === 'mortal' ? { policyType: 'never' } : AT_ONCE,
      ...(isCounter ? { capabilities: [kvGrant(ALL_KV, 'kills', capabilityId)] } : {}),
    });
    if (kind === 'revoked') await this.#supervisor.revokeCapability(id, capabilityId);
    const capabilityIds = kind === 'counter' ? [capabilityId] : [];
    const resident = { id, kind, capabilityIds };
    this.#residents.set(id, resident);
    this.#byKind[kind].push(resident);
  }

  /** Puts others in the place of those that nobody brings back. */
  async replace(mortals: readonly Resident[], lanes: number): Promise<void> {
    const dead = new Set(mortals);
    this.#byKind.mortal = this.#byKind.mortal.filter((each) => !dead.has(each));
    await inLanes(lanes, mortals, async ({ id }) => {
      this.#residents.delete(id);
      await this.#supervisor.stopInstance(id);
      await this.#start('mortal');
    });
  }
}
