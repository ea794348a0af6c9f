import { expect } from 'chai';
import type { ExecutionEvent } from '../../lib/core/execution-event.ts';
import { explainPolicy } from '../../lib/core/explain-policy.ts';
import type { RequiredPermission } from '../../lib/core/provider.ts';

type Details = Readonly<Record<string, unknown>>;

const NOTHING: readonly RequiredPermission[] = [];
const read = (scope: string): RequiredPermission => ({ action: 'kv:read', scope });

/** Facts of calls that were served, one after another. */
function served(...all: readonly Details[]): ExecutionEvent[] {
  return all.map((details, index) => ({
    seq: index + 1,
    type: 'capability_called',
    instanceId: 'i',
    nodeId: 'n',
    timestamp: '2030-01-01T00:00:00.000Z',
    details: { operation: 'get', capabilityId: 'kv', ...details },
  }));
}

const unusedOf = (permissions: readonly string[], ...needs: readonly RequiredPermission[][]) =>
  explainPolicy(served(...needs.map((required) => ({ required }))), permissions).unused;

describe('what the explanation of a policy says of permissions that made no difference', () => {
  it('W7 · all of them are unused where nothing was called', () => {
    expect(unusedOf(['kv:read'])).to.deep.equal(['kv:read']);
    expect(explainPolicy([], { kv: ['kv:read', 'kv:write'] }).unused).to.deep.equal([
      'kv:read',
      'kv:write',
    ]);
  });

  it('W7 · one of another action is unused, and one whose scope was never asked for', () => {
    expect(unusedOf(['kv:write'], [read('b')])).to.deep.equal(['kv:write']);
    expect(unusedOf(['kv:read:a', 'kv:read:b'], [read('b')])).to.deep.equal(['kv:read:a']);
  });

  it('W7 · a call that filters for itself uses all of its action', () => {
    const list = { action: 'kv:read' };
    expect(unusedOf(['kv:read:a', 'kv:read:b', 'kv:write'], [list])).to.deep.equal(['kv:write']);
  });

  it('W7 · a call that needs any permission at all uses the first, unless another call uses one', () => {
    expect(unusedOf(['kv:read', 'kv:write'], [])).to.deep.equal(['kv:write']);
    const write = { action: 'kv:write' };
    expect(unusedOf(['kv:read', 'kv:write'], [], [write])).to.deep.equal(['kv:read']);
  });

  it('W7 · one is needed where any of its capabilities needs it', () => {
    const history = served(
      { required: [read('a')], capabilityId: 'one' },
      { required: [read('a')], capabilityId: 'two' },
    );
    const permissions = { one: ['kv:read', 'kv:write'], two: ['kv:write', 'kv:read'] };
    expect(explainPolicy(history, permissions).unused).to.deep.equal(['kv:write']);
    expect(explainPolicy(history.slice(0, 1), permissions).unused).to.deep.equal(['kv:write']);
  });
});

describe('what the explanation of a policy says of a call', () => {
  it('W7 · names what is missing as it was recorded, and no more', () => {
    const required = [
      { action: 'kv:read', scope: 'a', isNarrowing: false, other: 1 },
      { action: 'kv:write', isNarrowing: 'yes' },
    ];
    const [denied] = explainPolicy(served({ required }), []).wouldDeny;
    expect(denied).to.deep.equal({
      seq: 1,
      instanceId: 'i',
      operation: 'get',
      capabilityId: 'kv',
      missing: [{ action: 'kv:read', scope: 'a' }, { action: 'kv:write' }],
      wasDenied: false,
    });
  });

  it('W7 · names no capability where none is recorded', () => {
    for (const capabilityId of [undefined, 7]) {
      const history = served({ required: [read('a')], capabilityId });
      const [denied] = explainPolicy(history, []).wouldDeny;
      expect(denied).to.not.have.property('capabilityId');
    }
  });

  it('W7 · judges none of whose operation or needs there is no record', () => {
    const odd: readonly Details[] = [
      { required: NOTHING, operation: 5 },
      { required: 'kv:read' },
      { required: ['kv:read'] },
      { required: [null] },
      { required: [{ action: 1 }] },
      { required: [{ action: 'kv:read', scope: 1 }] },
    ];
    const { calls, unjudged, isComplete } = explainPolicy(served(...odd), ['kv:read']);
    expect({ calls, unjudged, isComplete }).to.deep.equal({
      calls: 0,
      unjudged: odd.length,
      isComplete: false,
    });
  });
});
