import type { ChartTransition, LifecycleChart } from '../core/lifecycle-chart.ts';
import { instanceMachine } from './instance-machine.ts';

type Node = (typeof instanceMachine)['root'];

/** The definition that instances run by, without what it does: nothing here is written a second time. */
export function instanceChart(): LifecycleChart {
  const nodes = descendantsOf(instanceMachine.root);
  return {
    id: instanceMachine.id,
    states: nodes.map((node) => {
      const parent = node.parent as Node;
      return {
        path: node.path.join('.'),
        ...(parent.path.length === 0 ? {} : { parent: parent.path.join('.') }),
        isInitial: parent.initial.target.includes(node),
        isFinal: node.type === 'final',
      };
    }),
    transitions: nodes.flatMap((node) => transitionsOf(node)),
  };
}

function descendantsOf(node: Node): readonly Node[] {
  return Object.values(node.states).flatMap((child) => [child, ...descendantsOf(child)]);
}

function transitionsOf(node: Node): readonly ChartTransition[] {
  const delays = new Map(node.after.map(({ eventType, delay }) => [eventType, String(delay)]));
  const all = [...[...node.transitions.values()].flat(), ...(node.always ?? [])];
  return all.flatMap(({ eventType, guard, target }) => {
    const event: string = eventType;
    const delay = delays.get(eventType);
    return (target ?? []).map((to) => ({
      source: node.path.join('.'),
      target: to.path.join('.'),
      ...(event === '' || delay !== undefined ? {} : { event }),
      ...(delay === undefined ? {} : { delay }),
      ...(typeof guard === 'string' ? { guard } : {}),
    }));
  });
}
