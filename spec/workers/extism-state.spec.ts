import { expect } from 'chai';
import type { WireValue } from '../../lib/core/provider.ts';
import { CapabilityRefused } from '../../workers/guest-failure.ts';
import { fakeKeyValue } from '../guests/fake-key-value.ts';
import { recordingHost } from '../guests/recording-host.ts';
import { type Kernel, kernelOf } from './extism-kernel.ts';

describe('variables of plug-ins', () => {
  const set = (kernel: Kernel, name: string | Uint8Array, value: string): unknown =>
    kernel.call('var_set', kernel.give(name), kernel.give(value));
  const get = (kernel: Kernel, name: string | Uint8Array): string | undefined => {
    const handle = kernel.call('var_get', kernel.give(name));
    return handle === 0n ? undefined : kernel.text(handle);
  };

  it('are keys of the bucket "default", set, read and taken away', () => {
    const store = fakeKeyValue();
    const host = recordingHost({ serve: store.serve });
    const kernel = kernelOf(host);
    expect(get(kernel, 'name')).to.equal(undefined);
    set(kernel, 'name', 'value');
    expect(get(kernel, 'name')).to.equal('value');
    set(kernel, '__proto__', 'plain');
    expect(get(kernel, '__proto__')).to.equal('plain');
    set(kernel, 'name', '');
    expect(get(kernel, 'name')).to.equal(undefined);
    expect([...store.values.keys()]).to.deep.equal(['__proto__']);
    expect(host.calls.map(({ family }) => family)).to.deep.equal(Array(7).fill('kv'));
    expect(kernel.plugin.failure).to.equal(undefined);
  });

  it('hand over bytes of their own, which no later call changes', () => {
    const host = recordingHost({ serve: () => undefined });
    const kernel = kernelOf(host);
    const block = kernel.give('before');
    kernel.call('var_set', kernel.give('name'), block);
    kernel.call('store_u8', block, 0);
    expect(host.calls[0]?.args[2]).to.deep.equal(new Uint8Array(Buffer.from('before')));
  });

  it('P4 · that may not be read are not set, and that may not be written fail the call', () => {
    const store = fakeKeyValue();
    store.refuse('get', 'PERMISSION_DENIED');
    store.refuse('set', 'PERMISSION_DENIED');
    store.refuse('delete', 'PERMISSION_DENIED');
    const kernel = kernelOf(recordingHost({ serve: store.serve }));
    expect(get(kernel, 'name')).to.equal(undefined);
    expect(kernel.plugin.failure).to.equal(undefined);
    set(kernel, 'name', 'value');
    expect(kernel.plugin.failure).to.equal('var_set: PERMISSION_DENIED: no set');
    set(kernel, 'name', '');
    expect(kernel.plugin.failure).to.equal('var_set: PERMISSION_DENIED: no set');
  });

  for (const code of [
    'STORAGE_ERROR',
    'TIMEOUT',
    'CAPABILITY_NOT_FOUND',
    'RESOURCE_EXHAUSTED',
  ] as const) {
    it(`P20 · that cannot be read for ${code} fail the call, and nothing is written over them`, () => {
      const store = fakeKeyValue();
      store.values.set('count', Buffer.from('41'));
      store.refuse('get', code);
      const kernel = kernelOf(recordingHost({ serve: store.serve }));
      expect(get(kernel, 'count')).to.equal(undefined);
      set(kernel, 'count', '1');
      set(kernel, 'count', '');
      expect(Buffer.from(store.values.get('count') as Uint8Array).toString()).to.equal('41');
      expect(kernel.plugin.failure).to.equal(`var_get: ${code}: no get`);
    });
  }

  it('of no name in UTF-8 are not there and cannot be made', () => {
    const host = recordingHost({ serve: fakeKeyValue().serve });
    const kernel = kernelOf(host);
    expect(get(kernel, Uint8Array.of(0xc3))).to.equal(undefined);
    set(kernel, Uint8Array.of(0xc3), 'value');
    expect(kernel.plugin.failure).to.equal('var_set: the name is no UTF-8');
    expect(host.calls).to.deep.equal([]);
  });

  it('fail the call where the provider answers nonsense or more than there is room for', () => {
    for (const [answer, problem] of [
      ['text', 'var_get: the provider answered in an unexpected form'],
      [{ length: 3 }, 'var_get: the provider answered in an unexpected form'],
      [new Uint8Array(17_000_000), 'the memory of the plug-in is full'],
    ] as readonly (readonly [WireValue, string])[]) {
      const kernel = kernelOf(recordingHost({ serve: () => answer }));
      expect(get(kernel, 'name')).to.equal(undefined);
      expect(kernel.plugin.failure).to.equal(problem);
    }
  });

  it('end the guest by a failure of the host itself', () => {
    const kernel = kernelOf(
      recordingHost({
        serve: () => {
          throw new TypeError('a defect');
        },
      }),
    );
    expect(() => get(kernel, 'name')).to.throw('a defect');
    expect(() => kernel.call('input_length')).to.throw('a defect');
  });

  it('are refused in the form of the capability client', () => {
    const kernel = kernelOf(
      recordingHost({
        serve: () => {
          throw new CapabilityRefused({ code: 'INVALID_REQUEST', message: 'key: too long' });
        },
      }),
    );
    set(kernel, 'k'.repeat(5_000), 'value');
    expect(kernel.plugin.failure).to.equal('var_set: INVALID_REQUEST: key: too long');
  });
});
