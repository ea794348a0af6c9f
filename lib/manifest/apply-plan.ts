import type { Supervisor } from '../actors/supervisor.ts';
import type { HostPlan } from './host-plan.ts';
import { placed } from './read-manifest.ts';

/** A step of a start that is done, or has failed. */
export interface PlanStep {
  readonly what: 'provider' | 'group' | 'instance';
  /** Its number among its like, from 0. */
  readonly index: number;
  /** Of what was started. */
  readonly id?: string;
  /** Why it was not; told where the start goes on all the same. */
  readonly error?: unknown;
}

/**
 * Starts what a plan has: providers, groups, instances, each when the one before it runs.
 *
 * @param keepGoing - whether the others are started where one cannot be.
 * @throws what the start throws, with its place in the file.
 * @internal
 */
export async function applyPlan(
  plan: HostPlan,
  supervisor: Supervisor,
  onStep: (step: PlanStep) => void,
  keepGoing = false,
): Promise<void> {
  const steps: readonly {
    readonly what: PlanStep['what'];
    readonly section: string;
    readonly starts: readonly (() => Promise<string>)[];
  }[] = [
    {
      what: 'provider',
      section: 'providers',
      starts: plan.providers.map((each) => () => supervisor.startProvider(each)),
    },
    {
      what: 'group',
      section: 'groups',
      starts: plan.groups.map((each) => async () => (await supervisor.startGroup(each)).groupId),
    },
    {
      what: 'instance',
      section: 'instances',
      starts: plan.instances.map((each) => () => supervisor.startInstance(each)),
    },
  ];
  for (const { what, section, starts } of steps) {
    for (const [index, start] of starts.entries()) {
      try {
        onStep({ what, index, id: await start() });
      } catch (error) {
        const told = placed(error, plan.source, `${section}[${index}]`);
        if (!keepGoing) throw told;
        onStep({ what, index, error: told });
      }
    }
  }
}
