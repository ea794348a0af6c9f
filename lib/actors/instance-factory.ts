import type { Clock } from '../core/clock.ts';
import type { FactLog } from '../core/fact-log.ts';
import type { ResolvedInstanceSpec } from '../core/instance-spec.ts';
import type { LatencyBuckets } from '../core/latency-buckets.ts';
import { FloodGate } from '../serving/flood-gate.ts';
import type { CallTelemetry } from '../telemetry/call-telemetry.ts';
import type { CompiledModule } from '../threads/module-store.ts';
import type { CapabilityDesk } from './capability-desk.ts';
import type { Membership } from './group-membership.ts';
import type { GuestCarriers } from './guest-carriers.ts';
import { InstanceActor } from './instance-actor.ts';
import type { SleepingState, SleepListener } from './instance-parts.ts';
import type { OutputLog } from './output-log.ts';

/** What all instances of a node share. */
export interface FactoryParts {
  readonly nodeId: string;
  readonly clock: Clock;
  readonly facts: FactLog;
  readonly carriers: GuestCarriers;
  readonly desk: CapabilityDesk;
  readonly latencies: LatencyBuckets;
  readonly outputs: OutputLog | undefined;
  readonly telemetry: CallTelemetry | undefined;
}

/** What an instance is besides its specification. */
export interface InstanceOrigin {
  /** The group that decides about its restarts. */
  readonly member?: Membership | undefined;
  /** What it was before it slept, and who puts it to sleep again. */
  readonly past?: SleepingState;
  readonly sleep?: SleepListener;
}

/** Makes instances that tell the node's facts. */
export class InstanceFactory {
  readonly #parts: FactoryParts;
  readonly #overflows: FloodGate;

  constructor(parts: FactoryParts) {
    this.#parts = parts;
    this.#overflows = new FloodGate(parts.clock);
  }

  make(
    instanceId: string,
    spec: ResolvedInstanceSpec,
    module: CompiledModule,
    origin: InstanceOrigin,
  ): InstanceActor {
    const { nodeId, clock, carriers, desk, latencies, facts, outputs, telemetry } = this.#parts;
    const instance: InstanceActor = new InstanceActor({
      instanceId,
      nodeId,
      spec,
      module,
      carriers,
      clock,
      desk,
      latencies,
      outputs,
      telemetry,
      ...origin,
      onOverflow: () => {
        const flood = this.#overflows.admit(instanceId);
        if (flood === undefined) return;
        const details = { limit: spec.limits.mailbox, ...flood };
        facts.append('mailbox_overflowed', { ...instance.place, details });
      },
      onFact: ({ fact, details }) => {
        facts.append(fact, { ...instance.place, details: { ...details, ...named(spec) } });
      },
    });
    return instance;
  }

  /** The instance is no more. */
  forget(instanceId: string): void {
    this.#overflows.forget(instanceId);
  }
}

/** The name of an instance, as facts tell it. */
export function named({ name }: ResolvedInstanceSpec): { readonly name?: string } {
  return name === undefined ? {} : { name };
}
