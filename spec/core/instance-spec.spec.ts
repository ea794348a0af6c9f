import { expect } from 'chai';
import * as fc from 'fast-check';
import { resolveInstanceSpec } from '../../lib/core/instance-spec.ts';
import { thrownBy } from '../thrown.ts';
import { FLAWS, type Flaw, validSpecs } from './instance-spec-arbitraries.ts';
import { RUNS } from './property-runs.ts';

const wasm = new Uint8Array([0]);

/** A copy of a record in which one path is replaced; own properties only, whatever their names. */
function spoiled(
  record: Readonly<Record<string, unknown>>,
  [key = '', ...path]: readonly string[],
  value: unknown,
): Record<string, unknown> {
  const inner = Object.hasOwn(record, key) ? record[key] : undefined;
  const isRecord = typeof inner === 'object' && inner !== null && !Array.isArray(inner);
  const replaced =
    path.length === 0
      ? value
      : spoiled((isRecord ? inner : {}) as Record<string, unknown>, path, value);
  return Object.fromEntries([
    ...Object.entries(record).filter(([k]) => k !== key),
    [key, replaced],
  ]);
}

function withFlaw(spec: Record<string, unknown>, { path, value }: Flaw): Record<string, unknown> {
  // A policy of `never` takes no other field, which would be refused first.
  const isPolicyField = path[0] === 'restartPolicy' && path.length > 1;
  const start = isPolicyField ? spoiled(spec, ['restartPolicy'], { policyType: 'always' }) : spec;
  return spoiled(start, path, value);
}

describe('an instance specification', () => {
  it('P18 · is accepted when valid, keeps what was given and fills in the rest', () => {
    fc.assert(
      fc.property(validSpecs, (spec) => {
        const resolved = resolveInstanceSpec(spec);
        expect(resolved.module).to.equal(spec['module']);
        expect(resolved.instanceId).to.equal(spec['instanceId']);
        expect(resolved.abi).to.equal(spec['abi'] ?? 'auto');
        for (const field of ['limits', 'restartPolicy', 'wasi'] as const) {
          const given = (spec[field] ?? {}) as Record<string, unknown>;
          const whole = resolved[field] as unknown as Record<string, unknown>;
          for (const [key, value] of Object.entries(given)) {
            if (key === 'backoff') expect(whole[key]).to.include(value);
            else expect(whole[key], `${field}.${key}`).to.deep.equal(value);
          }
          for (const value of Object.values(whole)) expect(value).to.not.equal(undefined);
        }
        expect(Object.entries(resolved.labels)).to.deep.equal(Object.entries(spec['labels'] ?? {}));
        expect(Object.entries(resolved.config)).to.deep.equal(Object.entries(spec['config'] ?? {}));
        expect(resolved.capabilities).to.have.length(
          ((spec['capabilities'] ?? []) as unknown[]).length,
        );
      }),
      RUNS,
    );
  });

  it('P18 · with one mistake is refused naming that field, whatever else is in it', () => {
    fc.assert(
      fc.property(validSpecs, fc.constantFrom(...FLAWS), (spec, flaw) => {
        const error = thrownBy(() => resolveInstanceSpec(withFlaw(spec, flaw)));
        expect(error.code).to.equal('INVALID_REQUEST');
        expect(error.details['field']).to.equal(flaw.field);
        expect(error.message).to.include(flaw.field);
        expect(Date.parse(error.timestamp)).to.be.a('number').and.not.NaN;
      }),
      RUNS,
    );
  });

  it('P18 · with several mistakes is refused naming one of them', () => {
    const several = fc.uniqueArray(fc.constantFrom(...FLAWS), {
      selector: ({ path }) => path[0],
      minLength: 2,
      maxLength: 5,
    });
    fc.assert(
      fc.property(validSpecs, several, (spec, flaws) => {
        const wrong = flaws.reduce(withFlaw, spec);
        const error = thrownBy(() => resolveInstanceSpec(wrong));
        expect(error.code).to.equal('INVALID_REQUEST');
        expect(flaws.map(({ field }) => field)).to.include(error.details['field']);
      }),
      RUNS,
    );
  });

  it('P18 · is refused for each known mistake on its own', () => {
    for (const flaw of FLAWS) {
      const error = thrownBy(() => resolveInstanceSpec(withFlaw({ module: wasm }, flaw)));
      expect(error.details['field']).to.equal(flaw.field);
    }
  });

  it('P18 · never makes anything but INVALID_REQUEST out of arbitrary values', () => {
    const anything = fc.anything({
      withNullPrototype: true,
      withBigInt: true,
      withTypedArray: true,
    });
    const fields = fc.constantFrom(
      'module',
      'labels',
      'capabilities',
      'restartPolicy',
      'limits',
      'wasi',
    );
    fc.assert(
      fc.property(anything, fields, (value, field) => {
        for (const spec of [
          value,
          { module: wasm, [field]: value },
          { module: wasm, [field]: [value] },
        ]) {
          try {
            resolveInstanceSpec(spec);
          } catch (error) {
            expect(error).to.include({ name: 'WasmatrixError', code: 'INVALID_REQUEST' });
          }
        }
      }),
      RUNS,
    );
  });

  it('has the defaults of the contract', () => {
    const { module, ...rest } = resolveInstanceSpec({ module: wasm });
    expect(module).to.equal(wasm);
    expect(rest).to.deep.equal({
      instanceId: undefined,
      name: undefined,
      labels: {},
      abi: 'auto',
      residency: 'resident',
      isolation: 'thread',
      capabilities: [],
      restartPolicy: {
        policyType: 'on-failure',
        maxRetries: 5,
        periodMs: 60_000,
        backoff: { initialMs: 100, factor: 2, maxMs: 30_000, jitter: 0.1 },
      },
      limits: {
        memoryBytes: 64 * 2 ** 20,
        tableEntries: 1_000_000,
        callTimeoutMs: 10_000,
        startTimeoutMs: 10_000,
        stopGraceMs: 1_000,
        mailbox: 64,
        payloadBytes: 2 ** 20,
        outputBytes: 2 ** 20,
      },
      wasi: {
        args: ['guest'],
        env: {},
        stdin: new Uint8Array(0),
        files: {},
        scratchBytes: 16 * 2 ** 20,
      },
      config: {},
    });
  });

  it('keeps nothing that its caller can still change', () => {
    const given = {
      module: wasm,
      labels: { a: '1' },
      config: { b: '2' },
      wasi: {
        args: ['x'],
        env: { C: '3' },
        stdin: new Uint8Array([1]),
        files: { f: new Uint8Array([2]) },
      },
      capabilities: [
        {
          capabilityId: 'kv',
          providerType: 'kv',
          permissions: ['kv:read'],
          config: { deep: { x: 1 } },
        },
      ],
    };
    const resolved = resolveInstanceSpec(given);
    const before = structuredClone({ ...resolved });
    given.labels.a = given.config.b = given.wasi.env.C = given.wasi.args[0] = 'changed';
    given.wasi.stdin[0] = given.wasi.files.f[0] = 9;
    given.capabilities[0]!.permissions.push('kv:write');
    given.capabilities[0]!.config.deep.x = 9;
    given.capabilities.pop();
    expect({ ...resolved }).to.deep.equal(before);
  });

  it('takes a compiled module for no module', () => {
    const compiled = new WebAssembly.Module(new Uint8Array([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]));
    const error = thrownBy(() => resolveInstanceSpec({ module: compiled }));
    expect(error.details['field']).to.equal('module');
    expect(error.message).to.include('compiled');
  });
});
