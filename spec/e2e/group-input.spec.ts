import { expect } from 'chai';
import type { GroupSpec } from '../../lib/core/group-spec.ts';
import { failureOf, withSupervisor } from './fixtures.ts';
import { core, expectNothing } from './group-chain.ts';

describe('a wrong group is refused by code and field, and leaves nothing behind', function () {
  this.timeout(60_000);

  const groups: readonly (readonly [string, object])[] = [
    ['children', { children: [] }],
    ['strategy', { strategy: 'all' }],
    ['groupId', { groupId: 'a b' }],
    ['intensity.maxRestarts', { intensity: { maxRestarts: -1 } }],
    ['children[0]', { children: [{ childId: 'a' }] }],
    ['children[0].restart', { children: [{ childId: 'a', restart: 'often' }] }],
    ['children[0].instance.module', { children: [{ childId: 'a', instance: { module: 5 } }] }],
    [
      'children[1].childId',
      { children: [1, 2].map(() => ({ childId: 'a', instance: { module: core } })) },
    ],
    [
      'children[0].instance.restartPolicy',
      {
        children: [
          { childId: 'a', instance: { module: core, restartPolicy: { policyType: 'always' } } },
        ],
      },
    ],
    [
      'children[1].instance.capabilities[0].config.buckets',
      {
        children: [{}, 5].map((buckets, index) => ({
          childId: `c${index}`,
          instance: {
            module: core,
            capabilities: [
              { capabilityId: 'kv', providerType: 'kv', permissions: [], config: { buckets } },
            ],
          },
        })),
      },
    ],
  ];
  for (const [field, flaw] of groups) {
    it(`P18 · a wrong field of a group is named: ${field}`, () =>
      withSupervisor(
        async (supervisor) => {
          const spec: GroupSpec = {
            children: [{ childId: 'a', instance: { module: core } }],
            ...flaw,
          };
          const error = await failureOf(supervisor.startGroup(spec));
          expect(error.code).to.equal('INVALID_REQUEST');
          expect(error.details['field']).to.equal(field);
          await expectNothing(supervisor);
        },
        { warmSpares: 0 },
      ));
  }
});
