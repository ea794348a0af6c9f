import { expect } from 'chai';
import { WasmatrixError } from '../../lib/core/errors.ts';
import { kvProvider } from '../../providers/kv/index.ts';
import { ENVIRONMENT } from '../contract/call-context.ts';

function fieldOf(failure: unknown): unknown {
  if (!(failure instanceof WasmatrixError)) throw failure;
  expect(failure.code).to.equal('INVALID_REQUEST');
  return failure.details['field'];
}

function refusedAssignment(permissions: string[], config: Record<string, unknown> = {}): unknown {
  try {
    kvProvider.checkAssignment?.({ permissions, config });
  } catch (failure) {
    return fieldOf(failure);
  }
  return undefined;
}

async function refusedConfig(config: Record<string, unknown>): Promise<unknown> {
  try {
    const state = await kvProvider.open(config, ENVIRONMENT);
    await kvProvider.close?.(state);
  } catch (failure) {
    return fieldOf(failure);
  }
  return undefined;
}

function isConcerned(bucket: string, buckets?: unknown): boolean | undefined {
  const config = buckets === undefined ? {} : { buckets };
  return kvProvider.concerns?.([bucket], { instanceId: 'i-1', capabilityId: 'c', config });
}

describe('the configuration of the key-value provider', () => {
  it('is refused by the name of the field that is wrong', async () => {
    expect(await refusedConfig({ backend: 'redis' })).to.equal('config.backend');
    expect(await refusedConfig({ backend: 'lmdb' })).to.equal('config.path');
    expect(await refusedConfig({ backend: 'lmdb', path: '' })).to.equal('config.path');
    expect(await refusedConfig({ backend: 'lmdb', path: 'a\0b' })).to.equal('config.path');
    expect(await refusedConfig({ path: '/tmp/x' })).to.equal('config.path');
    expect(await refusedConfig({ pageSizes: 5 })).to.equal('config.pageSizes');
    expect(await refusedConfig({ backend: 'lmdb', path: 'x', maxBytes: 5 })).to.equal(
      'config.maxBytes',
    );
    const numbers = ['maxKeyBytes', 'maxValueBytes', 'maxBatchBytes', 'pageSize', 'maxBytes'];
    for (const name of numbers) {
      for (const wrong of [0, -1, 1.5, Number.NaN, 2 ** 40, '5', {}]) {
        expect(await refusedConfig({ [name]: wrong }), name).to.equal(`config.${name}`);
      }
    }
  });

  it('is refused by the name of the rule of a bucket that is wrong', async () => {
    for (const wrong of [0, -1, 1.5, '5', null, {}, Number.NaN, 2 ** 53]) {
      for (const rule of ['ttlMs', 'maxKeys', 'maxBytes']) {
        const rules = { [rule]: wrong };
        expect(await refusedConfig({ bucketDefaults: rules })).to.equal(
          `config.bucketDefaults.${rule}`,
        );
        expect(await refusedConfig({ buckets: { b: rules } })).to.equal(`config.buckets.b.${rule}`);
      }
    }
    expect(await refusedConfig({ buckets: { b: { ttl: 5 } } })).to.equal('config.buckets.b.ttl');
    expect(await refusedConfig({ buckets: [] })).to.equal('config.buckets');
    expect(await refusedConfig({ buckets: { '': {} } })).to.equal('config.buckets.');
    expect(await refusedConfig({ buckets: { ['b'.repeat(257)]: {} } })).to.be.a('string');
    expect(await refusedConfig({ bucketDefaults: 5 })).to.equal('config.bucketDefaults');
    expect(await refusedConfig({ startEmpty: 1 })).to.equal('config.startEmpty');
    const good = { buckets: { b: { ttlMs: 315_360_000_000, maxKeys: 1, maxBytes: 1 } } };
    expect(await refusedConfig({ ...good, bucketDefaults: {} })).to.equal(undefined);
  });

  it('holds at most 10,000 buckets by name', async () => {
    const many = Object.fromEntries(
      Array.from({ length: 10_001 }, (_, index) => [`b${index}`, {}]),
    );
    expect(await refusedConfig({ buckets: many })).to.equal('config.buckets');
  });

  it('has defaults, which its metadata show', async () => {
    const state = await kvProvider.open({}, ENVIRONMENT);
    expect(kvProvider.metadata?.(state)).to.deep.equal({
      backend: 'memory',
      maxKeyBytes: 1_024,
      maxValueBytes: 1_048_576,
      maxBatchBytes: 4_194_304,
      pageSize: 1_000,
    });
  });
});

describe('a key-value assignment', () => {
  it('takes every permission of the grammar, and leaves other areas alone', () => {
    const good = [
      'kv:read',
      'kv:write:a',
      'kv:delete:a:b*',
      'kv:read:*',
      'kv:read:a\nb',
      'http:x:',
    ];
    expect(refusedAssignment(good)).to.equal(undefined);
  });

  it('is refused by the name of an option that is not known', () => {
    expect(refusedAssignment(['kv:read'], { bukets: { default: 'b' } })).to.equal('config.bukets');
    expect(refusedAssignment(['kv:read'], { buckets: {}, constructor: 1 })).to.equal(
      'config.constructor',
    );
    expect(refusedAssignment(['kv:read'], {})).to.equal(undefined);
  });

  it('is refused by the index of a permission outside the grammar', () => {
    const bad = [
      'kv:',
      'kv',
      'kv:list',
      'kv:read:',
      'kv:reads',
      'kv:Read',
      'kv:read:a*b',
      'kv:read:**',
      'kv:read:\ud800',
      `kv:read:${'k'.repeat(1_601)}`,
      'kv:*',
      'kv:read ',
    ];
    for (const permission of bad) {
      const field = refusedAssignment(['kv:read', 'kv:write', permission]);
      expect(field, permission).to.equal('permissions[2]');
    }
  });

  it('is refused by the name of a bucket that is mapped wrongly', () => {
    const refused = (buckets: unknown): unknown => refusedAssignment([], { buckets });
    for (const wrong of ['', 1, null, {}, 'b'.repeat(257), 'é'.repeat(129), '\udc00']) {
      expect(refused({ x: wrong })).to.equal('config.buckets.x');
    }
    expect(refused({ '': 'b' })).to.equal('config.buckets.');
    expect(refused(JSON.parse('{ "__proto__": 1 }'))).to.equal('config.buckets.__proto__');
    for (const wrong of [null, [], 'b', 5]) expect(refused(wrong)).to.equal('config.buckets');
    const names = Array.from({ length: 65 }, (_, index) => [`n${index}`, 'b']);
    expect(refused(Object.fromEntries(names))).to.equal('config.buckets');
    expect(refused(Object.fromEntries(names.slice(1)))).to.equal(undefined);
    expect(refused({ x: 'b'.repeat(256) })).to.equal(undefined);
  });

  it('concerns the buckets that it maps and no name that every object inherits', () => {
    expect(isConcerned('default')).to.equal(true);
    expect(isConcerned('x')).to.equal(false);
    expect(isConcerned('x', { x: 'b' })).to.equal(true);
    expect(isConcerned('default', { x: 'b' })).to.equal(false);
    for (const name of ['__proto__', 'constructor', 'toString', 'hasOwnProperty']) {
      expect(isConcerned(name), name).to.equal(false);
      expect(isConcerned(name, {}), name).to.equal(false);
      expect(kvProvider.operations[name], name).to.equal(undefined);
    }
    expect(isConcerned('x', Object.create({ x: 'inherited' }))).to.equal(false);
    expect(isConcerned('__proto__', JSON.parse('{ "__proto__": "b" }'))).to.equal(true);
  });
});
