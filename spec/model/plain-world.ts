import type { InstanceStatus } from '../../lib/core/lifecycle.ts';
import { PlainInstance } from '../machines/plain-instance.ts';
import type { Action, GuestKind, PlainGrant } from './plain-action.ts';

type Start = Extract<Action, { readonly kind: 'start' }>;

/** An instance as plain data. Requests that wait for it are known by their numbers. */
export interface PlainMember {
  readonly spec: Start;
  readonly life: PlainInstance;
  grant: PlainGrant | undefined;
  /** The running call, then those that wait. */
  readonly queue: number[];
  /** Whether the first call of the queue has begun. */
  isBegun: boolean;
  /** Who waits for the next life to run, and who for the end. */
  readonly starters: number[];
  readonly stoppers: number[];
  /** What this life has counted. */
  count: number;
  wasAsked: boolean;
}

/** What can be seen of a supervisor at rest. */
export interface View {
  readonly instances: readonly {
    readonly id: string;
    readonly status: InstanceStatus;
    readonly restarts: number;
    readonly isListed: boolean;
    readonly grants: readonly PlainGrant[];
  }[];
  readonly facts: Readonly<Record<string, readonly string[]>>;
  readonly providers: readonly string[];
  readonly threads: number;
  /** Calls that wait in mailboxes. */
  readonly waiting: number;
}

/** Everything that a supervisor is, as plain data: instances, grants, data of providers, facts. */
export class PlainWorld {
  readonly members = new Map<string, PlainMember>();
  /** Ids of starts that are under way. */
  readonly reserved = new Set<string>();
  readonly providers = new Set(['default-kv']);
  /** Numbers by provider, bucket and key. */
  readonly data = new Map<string, number>();
  readonly facts = new Map<string, string[]>();
  /** How far each request has come, and what it has come to. */
  steps: number[] = [];
  outcomes: (string | undefined)[] = [];

  copy(): PlainWorld {
    const copy = new PlainWorld();
    for (const [id, member] of this.members) {
      const { life, queue, starters, stoppers } = member;
      copy.members.set(id, {
        ...member,
        life: life.copy(),
        queue: [...queue],
        starters: [...starters],
        stoppers: [...stoppers],
      });
    }
    for (const id of this.reserved) copy.reserved.add(id);
    copy.providers.clear();
    for (const id of this.providers) copy.providers.add(id);
    for (const [key, value] of this.data) copy.data.set(key, value);
    for (const [key, list] of this.facts) copy.facts.set(key, [...list]);
    copy.steps = [...this.steps];
    copy.outcomes = [...this.outcomes];
    return copy;
  }

  /** An instance that is up or on its way back. */
  live(id: string): PlainMember | undefined {
    const member = this.members.get(id);
    return member?.life.isOver === false ? member : undefined;
  }

  tell(about: string, fact: string): void {
    this.facts.set(about, [...(this.facts.get(about) ?? []), fact]);
  }

  settle(request: number, outcome: string): void {
    this.outcomes[request] ??= outcome;
  }

  /** Settles those requests of a list that stand at `from` or behind, and takes them out. */
  settleAll(requests: number[], outcome: string, from = 0): void {
    for (const request of requests.splice(from)) this.settle(request, outcome);
  }

  /** Tells worlds apart. What a policy remembers is not in it: it follows from the facts. */
  get key(): string {
    const members = [...this.members].map(([id, member]) => ({ id, ...member }));
    const { reserved, providers, data, facts, steps, outcomes } = this;
    return JSON.stringify([
      members,
      [...reserved],
      [...providers],
      [...data],
      [...facts],
      steps,
      outcomes,
    ]);
  }

  /** What can be seen of it. */
  view(): View {
    const instances = [...this.members].map(([id, { life, grant, wasAsked }]) => ({
      id,
      status: life.status,
      restarts: life.life - 1,
      isListed: !life.isOver || !wasAsked,
      grants: grant === undefined ? [] : [grant],
    }));
    const ups = [...this.members.values()].filter(({ life }) => life.isUp);
    return {
      instances: instances.sort((a, b) => (a.id < b.id ? -1 : 1)),
      facts: Object.fromEntries(this.facts),
      providers: [...this.providers].sort(),
      threads: ups.length,
      waiting: 0,
    };
  }
}

/** A member whose first life begins. */
export function newMember(spec: Start, life: PlainInstance): PlainMember {
  return {
    spec,
    life,
    grant: spec.grant,
    queue: [],
    isBegun: false,
    starters: [],
    stoppers: [],
    count: 0,
    wasAsked: false,
  };
}

/** Guests whose first life ends before it runs. */
export function failsToStart(guest: GuestKind): boolean {
  return guest === 'trapping';
}
