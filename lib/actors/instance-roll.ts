import { invalidField, WasmatrixError } from '../core/errors.ts';
import { freshId, type InstanceId } from '../core/ids.ts';
import type { InstanceInfo } from '../core/instance-info.ts';
import { INSTANCE_STATUSES, type InstanceStatus } from '../core/lifecycle.ts';
import { type EndedInstance, EndedInstances } from './ended-instances.ts';
import type { InstanceActor } from './instance-actor.ts';
import type { Sleepers } from './sleepers.ts';

/** Who is there: instances that are supervised, those that sleep, and how the latest others ended. */
export class InstanceRoll {
  readonly ended: EndedInstances;
  readonly #sleepers: Sleepers;
  readonly #random: () => number;
  readonly #live = new Map<string, InstanceActor>();
  readonly #reserved = new Set<string>();
  readonly #ordinals = new WeakMap<InstanceActor, number>();
  #started = 0;
  /** Calls begun by instances that have ended. */
  #begunBefore = 0;

  constructor(sleepers: Sleepers, endedKept: number, random: () => number) {
    this.#sleepers = sleepers;
    this.ended = new EndedInstances(endedKept);
    this.#random = random;
  }

  /** Instances that are supervised. */
  get size(): number {
    return this.#live.size;
  }

  live(): Iterable<InstanceActor> {
    return this.#live.values();
  }

  get(id: string): InstanceActor | undefined {
    return this.#live.get(id);
  }

  /** Calls begun so far, by whatever has lived. */
  get begun(): number {
    let begun = this.#begunBefore + this.#sleepers.begun;
    for (const child of this.#live.values()) begun += child.begun;
    return begun;
  }

  /** Calls begun by instances that are no more are not forgotten. */
  keepCount(begun: number): void {
    this.#begunBefore += begun;
  }

  /** The next place in the order of starts. */
  nextOrdinal(): number {
    return ++this.#started;
  }

  put(child: InstanceActor, ordinal: number): void {
    this.#live.set(child.parts.instanceId, child);
    this.#ordinals.set(child, ordinal);
  }

  /** @returns whether it was there. */
  drop(child: InstanceActor): boolean {
    const { instanceId } = child.parts;
    return this.#live.get(instanceId) === child && this.#live.delete(instanceId);
  }

  /**
   * Takes an id for an instance to come, until `release`: as long as its start is under way, failing
   * included, nobody else may take what belongs to it.
   *
   * @throws `INVALID_REQUEST` if it is in use.
   */
  reserve(wanted: InstanceId | undefined): string {
    const id = wanted ?? freshId('i', this.#random);
    if (this.#live.has(id) || this.#reserved.has(id) || this.#sleepers.has(id)) {
      throw invalidField('instanceId', 'is in use', { instanceId: id });
    }
    this.#reserved.add(id);
    return id;
  }

  release(id: string): void {
    this.#reserved.delete(id);
  }

  /** Ids of those that belong to no group. */
  alone(): readonly string[] {
    const live = [...this.#live.values()].filter(({ parts }) => parts.member === undefined);
    return [...live.map(({ parts }) => parts.instanceId), ...this.#sleepers.ids()];
  }

  /**
   * Which of the instances that had the id, or will have, is there now; nobody is woken.
   *
   * @throws `INSTANCE_NOT_FOUND`; `INVALID_REQUEST` when it has ended.
   */
  ordinalOf(id: string): number {
    const ordinal = this.#presentOrdinal(id);
    if (ordinal === undefined) throw this.notAlive(id);
    return ordinal;
  }

  #presentOrdinal(id: string): number | undefined {
    const child = this.#live.get(id);
    return child === undefined ? this.#sleepers.get(id)?.ordinal : this.#ordinals.get(child);
  }

  /**
   * @throws `INSTANCE_NOT_FOUND` if the instance has ended meanwhile, also if its id lives on.
   */
  confirm(instanceId: string, ordinal: number): void {
    if (this.#presentOrdinal(instanceId) === ordinal) return;
    throw new WasmatrixError('INSTANCE_NOT_FOUND', 'the instance has ended', { instanceId });
  }

  /** Why nothing can be asked of an instance that is not there. */
  notAlive(id: string): WasmatrixError {
    const ended = this.ended.get(id);
    if (ended === undefined) return unknown(id);
    const { status } = ended.info;
    return invalidField('id', `the instance is ${status}`, { instanceId: id, status });
  }

  /**
   * @throws `INSTANCE_NOT_FOUND`
   */
  endedOrThrow(id: string): EndedInstance {
    const ended = this.ended.get(id);
    if (ended === undefined) throw unknown(id);
    return ended;
  }

  /**
   * @throws `INSTANCE_NOT_FOUND`
   */
  info(id: string): InstanceInfo {
    const info = this.#live.get(id)?.info() ?? this.#sleepers.info(id);
    return info ?? this.endedOrThrow(id).info;
  }

  /** Everything that is known, in the order of its start. */
  all(): readonly EndedInstance[] {
    const live = [...this.#live.values()].map((child) => this.record(child, false));
    const all = [...this.ended.values(), ...live, ...this.#sleepers.records()];
    return all.sort((a, b) => a.ordinal - b.ordinal);
  }

  /** How an instance is shown, as long as it is there and after. */
  record(child: InstanceActor, wasAsked: boolean): EndedInstance {
    const ordinal = this.#ordinals.get(child) ?? 0;
    return { info: child.info(), wasAsked, gone: child.gone, ordinal };
  }

  /** How many there are of each status; those that sleep take calls, and count as running. */
  get counts(): Readonly<Record<InstanceStatus, number>> {
    const counts = Object.fromEntries(INSTANCE_STATUSES.map((status) => [status, 0])) as Record<
      InstanceStatus,
      number
    >;
    for (const { status } of this.#live.values()) counts[status] += 1;
    for (const { info } of this.ended.values()) counts[info.status] += 1;
    counts.running += this.#sleepers.size;
    return counts;
  }
}

const unknown = (instanceId: string): WasmatrixError =>
  new WasmatrixError('INSTANCE_NOT_FOUND', 'there is no such instance', { instanceId });
