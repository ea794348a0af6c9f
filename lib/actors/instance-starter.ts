import { isWasmatrixError } from '../core/errors.ts';
import type { FactLog } from '../core/fact-log.ts';
import type { ResolvedInstanceSpec } from '../core/instance-spec.ts';
import type { CompiledModule, ModuleStore } from '../threads/module-store.ts';
import { checkHostFunctionsMapped } from '../wasm/host-function-check.ts';
import type { RegisteredAssignment } from './assignment-registry.ts';
import type { CapabilityDesk } from './capability-desk.ts';
import type { Membership } from './group-membership.ts';
import type { GuestCarriers } from './guest-carriers.ts';
import type { InstanceDirectory } from './instance-directory.ts';

/** What the starter works with. */
export interface StarterParts {
  readonly instances: InstanceDirectory;
  readonly carriers: GuestCarriers;
  readonly modules: ModuleStore;
  readonly desk: CapabilityDesk;
  readonly facts: FactLog;
  /** Throws once the supervisor is closed. */
  readonly assertOpen: () => void;
}

/** Everything that an instance needs to be started, found and checked. */
export interface PreparedInstance {
  readonly spec: ResolvedInstanceSpec;
  readonly grants: readonly RegisteredAssignment[];
  readonly module: CompiledModule;
}

/** Where an instance belongs, in its facts. */
interface Place {
  readonly instanceId: string;
  readonly groupId?: string;
}

/** Starts instances: first everything is found that they need, then they are given it and run. */
export class InstanceStarter {
  readonly #parts: StarterParts;
  /** Starts under way; their files are read to the end before the supervisor counts as closed. */
  readonly #underWay = new Set<Promise<unknown>>();

  constructor(parts: StarterParts) {
    this.#parts = parts;
  }

  /** Keeps a start in mind until it has settled. */
  async follow<T>(start: Promise<T>): Promise<T> {
    this.#underWay.add(start);
    try {
      return await start;
    } finally {
      this.#underWay.delete(start);
    }
  }

  /** Resolves when no start is under way any more. */
  async settled(): Promise<void> {
    await Promise.allSettled(this.#underWay);
  }

  /** Starts an instance that belongs to no group. */
  async startAlone(spec: ResolvedInstanceSpec): Promise<string> {
    const { instances } = this.#parts;
    const id = instances.roll.reserve(spec.instanceId);
    try {
      const letGo = this.#keepPlace({ instanceId: id }, spec);
      // Nobody else comes between the place that is given up and the lease that takes it.
      let prepared: PreparedInstance;
      try {
        prepared = await this.prepare({ instanceId: id }, spec);
      } finally {
        letGo();
      }
      await this.run(id, prepared);
    } finally {
      instances.roll.release(id);
    }
    return id;
  }

  #keepPlace(place: Place, spec: ResolvedInstanceSpec): () => void {
    try {
      return this.#parts.carriers.reserve(spec);
    } catch (error) {
      this.#noteRefusal(place, error);
      throw error;
    }
  }

  /**
   * Finds what an instance needs; gives it nothing yet.
   *
   * @throws `CAPABILITY_NOT_FOUND`, `INVALID_REQUEST`, `VALIDATION_ERROR`, `WASM_RUNTIME_ERROR`
   */
  async prepare(place: Place, spec: ResolvedInstanceSpec): Promise<PreparedInstance> {
    const { desk, modules, assertOpen } = this.#parts;
    try {
      const grants = await desk.prepare(spec.capabilities);
      const { abi, isolation, limits } = spec;
      const { memoryBytes, tableEntries, fuel } = limits;
      const isMetered = fuel !== undefined;
      const options = { abi, isolation, memoryBytes, tableEntries, isMetered };
      const module = await modules.admit(spec.module, options);
      checkHostFunctionsMapped(module.admitted, spec.capabilities);
      assertOpen();
      return { spec, grants, module };
    } catch (error) {
      this.#noteRefusal(place, error);
      throw error;
    }
  }

  /**
   * Starts an instance under a reserved id; resolves when it runs.
   *
   * @throws why its first life could not start; nothing is left of it then.
   */
  async run(
    instanceId: string,
    { spec, grants, module }: PreparedInstance,
    member?: Membership,
  ): Promise<void> {
    const { desk, instances } = this.#parts;
    try {
      // Whoever gives hears of it before the guest's first call: there is nothing to wait for.
      for (const grant of grants) void desk.give(instanceId, grant);
      await instances.start(instanceId, spec, module, member);
    } catch (error) {
      // What a member held is taken away with its end; by now it may have been given to its next life.
      if (member === undefined) desk.forget(instanceId);
      const place = member === undefined ? {} : { groupId: member.groupId };
      this.#noteRefusal({ instanceId, ...place }, error);
      throw error;
    }
  }

  /** A start refused for want of room is a fact; other refusals are the caller's affair. */
  #noteRefusal(place: Place, error: unknown): void {
    if (!isWasmatrixError(error)) return;
    if (error.code !== 'RESOURCE_EXHAUSTED' && error.code !== 'VALIDATION_ERROR') return;
    // It was let in and has spent what it was given.
    if (error.details['resource'] === 'fuel') return;
    // The numbers of what was short; other details may be of the guest's own making.
    const numbers = error.code === 'RESOURCE_EXHAUSTED' ? error.details : {};
    const details = { ...numbers, error_code: error.code, message: error.message };
    this.#parts.facts.append('admission_refused', { ...place, details });
  }
}
