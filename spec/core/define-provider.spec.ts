import { expect } from 'chai';
import { defineProvider } from '../../lib/core/define-provider.ts';
import { invalidField } from '../../lib/core/errors.ts';
import type { WireValue } from '../../lib/core/provider.ts';
import { callContext, ENVIRONMENT } from '../contract/call-context.ts';
import { thrownBy } from '../thrown.ts';

const operation = { permission: () => ({ action: 'a:b' }), run: () => null };
type Blueprint = Parameters<typeof defineProvider>[0];

function nameFrom([name]: readonly WireValue[]): { readonly name: string } {
  if (typeof name !== 'string') throw invalidField('name', 'must be a string');
  return { name };
}

describe('a provider of one’s own', () => {
  it('gets a state of undefined where it opens nothing', async () => {
    const definition = defineProvider({ type: 'mine', operations: { op: operation } });
    expect(await definition.open({}, ENVIRONMENT)).to.equal(undefined);
  });

  it('keeps its own open', async () => {
    const definition = defineProvider<number>({ type: 'mine', operations: {}, open: () => 42 });
    expect(await definition.open({}, ENVIRONMENT)).to.equal(42);
  });

  it('has its state and the arguments of each operation typed end to end', async () => {
    const definition = defineProvider({
      type: 'typed',
      open: (config) => ({ prefix: String(config['prefix']) }),
      operations: {
        greet: {
          parse: nameFrom,
          permission: ({ name }) => ({ action: 'typed:greet', scope: name }),
          run: ({ name }, { instanceId }, { prefix }) => `${prefix} ${name} of ${instanceId}`,
        },
        count: {
          parse: (args: readonly WireValue[]) => args.length,
          permission: (count) => ({ action: `typed:count`, scope: count.toFixed() }),
          run: async (count) => count + 1,
        },
        plain: {
          permission: (args) => ({ action: 'typed:plain', scope: String(args.length) }),
          run: (args, _context, { prefix }) => [prefix, ...args],
        },
      },
      metadata: ({ prefix }) => ({ prefix }),
    });
    const state = await definition.open({ prefix: 'hello' }, ENVIRONMENT);
    const context = callContext(['typed:greet']);
    const { greet, count, plain } = definition.operations;
    expect(greet?.permission(['ann'])).to.deep.equal({ action: 'typed:greet', scope: 'ann' });
    expect(greet?.run(['ann'], context, state)).to.equal('hello ann of i-1');
    expect(count?.permission([1, 2])).to.have.property('scope', '2');
    expect(await count?.run([1, 2], context, state)).to.equal(3);
    expect(plain?.permission([1])).to.have.property('scope', '1');
    expect(plain?.run([1], context, state)).to.deep.equal(['hello', 1]);
    expect(definition.metadata?.(state)).to.deep.equal({ prefix: 'hello' });
    expect(thrownBy(() => greet?.permission([5])).details['field']).to.equal('name');
    expect(thrownBy(() => greet?.run([5], context, state)).details['field']).to.equal('name');
  });

  it('P4 · does what was checked, whatever becomes of the arguments in between', () => {
    let parsings = 0;
    const { operations } = defineProvider({
      type: 'once',
      operations: {
        op: {
          parse: (args: readonly WireValue[]) => {
            parsings += 1;
            return nameFrom(args);
          },
          permission: ({ name }) => ({ action: 'once:op', scope: name }),
          run: ({ name }) => name,
        },
      },
    });
    const args = ['checked'];
    expect(operations['op']?.permission(args)).to.deep.equal({
      action: 'once:op',
      scope: 'checked',
    });
    args[0] = 'changed';
    const context = callContext(['once:op']);
    expect(operations['op']?.run(args, context, undefined)).to.equal('checked');
    expect(parsings).to.equal(1);
    expect(operations['op']?.run(args, context, undefined), 'unchecked').to.equal('changed');
  });

  it('does not compile where a type does not fit', () => {
    const [type, permission] = ['types', () => ({ action: 'a:b' })];
    defineProvider({
      type,
      open: () => 5,
      operations: {
        // @ts-expect-error: the state is a number, which has no length.
        state: { permission, run: (_args, _context, state) => state.length },
        // @ts-expect-error: the parser makes no such field.
        parsed: { parse: nameFrom, permission, run: ({ nothing }) => nothing },
        // @ts-expect-error: a function is no plain data.
        answer: { permission, run: () => () => null },
      },
    });
  });

  it('P4 · has no operation by a name that every object inherits', () => {
    const { operations } = defineProvider({ type: 'mine', operations: { op: operation } });
    for (const name of ['constructor', '__proto__', 'toString']) {
      expect(operations[name], name).to.equal(undefined);
    }
  });

  it('P18 · is refused naming what is missing', () => {
    const bad: [unknown, string][] = [
      [{ type: 'Mine', operations: {} }, 'type'],
      [{ operations: {} }, 'type'],
      [{ type: 'mine', operations: { op: { run: operation.run } } }, 'operations.op.permission'],
      [{ type: 'mine', operations: { op: { ...operation, run: 5 } } }, 'operations.op.run'],
      [{ type: 'mine', operations: { op: { ...operation, parse: 5 } } }, 'operations.op.parse'],
      [{ type: 'mine', operations: { op: null } }, 'operations.op'],
      [{ type: 'mine', operations: { op: undefined } }, 'operations.op'],
      [{ type: 'mine' }, 'operations'],
      [{ type: 'mine', operations: null }, 'operations'],
      [undefined, 'definition'],
      [null, 'definition'],
    ];
    for (const [blueprint, field] of bad) {
      const error = thrownBy(() => defineProvider(blueprint as Blueprint));
      expect(error.code).to.equal('INVALID_REQUEST');
      expect(error.details['field']).to.equal(field);
    }
  });
});
