import { expect } from 'chai';
import * as fc from 'fast-check';
import type { CapabilityCall } from '../../lib/protocol/capability-call.ts';
import { RUNS } from '../core/property-runs.ts';
import { thrownBy } from '../thrown.ts';
import { codeOf, newBench } from './server-bench.ts';

const functions = fc.constantFrom('get', 'f', '__proto__', 'toString');
/** What one assignment maps, which of its permissions it holds, and its id. */
const granted = fc.record({
  mapped: fc.uniqueArray(functions, { maxLength: 3 }),
  isAllowed: fc.boolean(),
});

describe('calls that not every grant may serve', () => {
  it('P4 · of a host function are served exactly when one grant both maps and allows it', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(granted, { maxLength: 3 }),
        functions,
        async (grants, operation) => {
          const { bench, kv } = await newBench();
          for (const [index, { mapped, isAllowed }] of grants.entries()) {
            const hostFunctions = Object.fromEntries(mapped.map((name) => [name, 'get']));
            const permissions = isAllowed ? ['kv:read'] : ['kv:write'];
            await bench.assign('i', `c${index}`, permissions, { config: { hostFunctions } });
          }
          const call = { family: 'any', operation, args: ['key'], isHostFunction: true };
          const isServed = grants.some((each) => each.isAllowed && each.mapped.includes(operation));
          const code = codeOf(() => bench.serve('i', call));
          expect(code).to.equal(isServed ? 'served' : 'PERMISSION_DENIED');
          expect(kv.effects).to.deep.equal(isServed ? ['i get key'] : []);
          expect(bench.counts).to.deep.equal({
            served: Number(isServed),
            denied: Number(!isServed),
          });
        },
      ),
      RUNS,
    );
  });

  it('P4 · by one assignment are served by no other', async () => {
    const { bench, kv } = await newBench();
    await bench.assign('i', 'reader', ['kv:read']);
    await bench.assign('i', 'writer', ['kv:write']);
    const call: CapabilityCall = { family: 'kv', operation: 'get', args: ['key'] };
    for (const [capabilityId, expected] of [
      ['reader', 'served'],
      ['writer', 'PERMISSION_DENIED'],
      ['nobody', 'PERMISSION_DENIED'],
      ['__proto__', 'PERMISSION_DENIED'],
    ] as const) {
      expect(codeOf(() => bench.serve('i', { ...call, capabilityId }))).to.equal(expected);
    }
    expect(kv.effects).to.deep.equal(['i get key']);
  });

  it('W1 · of a host function are served by no grant that has been revoked', async () => {
    const { bench, kv } = await newBench();
    await bench.assign('i', 'c', ['kv:read'], { config: { hostFunctions: { f: 'get' } } });
    const call = { family: 'any', operation: 'f', args: ['key'], isHostFunction: true };
    expect(codeOf(() => bench.serve('i', call))).to.equal('served');
    await bench.server().revoke('i', 'c');
    expect(codeOf(() => bench.serve('i', call))).to.equal('PERMISSION_DENIED');
    expect(kv.effects).to.have.length(1);
  });

  it('P13 · of a host function are recorded as the operation that they come to', async () => {
    const { bench } = await newBench();
    await bench.assign('i', 'c', ['kv:write'], { config: { hostFunctions: { f: 'get' } } });
    const call = { family: 'any', operation: 'f', args: ['key'], isHostFunction: true };
    codeOf(() => bench.serve('i', call));
    codeOf(() => bench.serve('i', { ...call, operation: 'unmapped' }));
    const [first, second] = bench.facts.query({});
    expect(first?.details).to.deep.include({
      providerType: 'kv',
      operation: 'get',
      capabilityId: 'c',
    });
    expect(second?.details).to.deep.equal({ providerType: 'any', operation: 'unmapped' });
  });

  it('P18 · may not be mapped to what the provider does not have, nor to what objects inherit', async () => {
    const { bench } = await newBench();
    for (const operation of ['none', 'toString', '__proto__']) {
      const hostFunctions = { f: operation };
      const assignment = { capabilityId: 'c', providerType: 'kv', permissions: [] };
      const error = thrownBy(() =>
        bench.server().checkAssignment({ ...assignment, config: { hostFunctions } }),
      );
      expect(error.code).to.equal('INVALID_REQUEST');
      expect(error.details['field']).to.equal('config.hostFunctions.f');
    }
  });
});
