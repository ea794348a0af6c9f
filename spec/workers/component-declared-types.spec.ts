import { expect } from 'chai';
import { isWasmatrixError } from '../../lib/core/errors.ts';
import { admitModule } from '../../lib/wasm/admit-module.ts';
import { HostResource, HostResultError } from '../../workers/abi/component/host-imports.ts';
import { wasiImports } from '../../workers/abi/component/wasi/wasi-imports.ts';
import { GuestTrap } from '../../workers/guest-failure.ts';
import { recordingHost } from '../guests/recording-host.ts';
import { assemble, BASE, bindText, bindTo, OPTIONS, thrownBy } from './component-guest.ts';

const LIMITS = { abi: 'auto', memoryBytes: 1_048_576, tableEntries: 100 } as const;
const RANDOM = 'wasi:random/random@0.2.3';

/** Declares random bytes to be a resource, and keeps as many as it is asked to. */
const HOARDER = `(component
  (import "${RANDOM}" (instance $random
    (export "blob" (type $blob (sub resource)))
    (type $own (own $blob))
    (export "get-random-bytes" (func (param "len" u64) (result $own)))))
  (alias export $random "get-random-bytes" (func $bytes))
  (core func $low (canon lower (func $bytes)))
  (func (export "keep") (param "len" u64) (result u32) (canon lift (core func $low))))`;

describe('a component that declares an import to be of another type', () => {
  it('P3 · is not admitted, and both types are shown', async () => {
    const bytes = await assemble(HOARDER);
    try {
      admitModule(bytes, LIMITS);
    } catch (error) {
      if (!isWasmatrixError(error)) throw error;
      expect(error.code).to.equal('VALIDATION_ERROR');
      expect(error.details).to.include({
        import: `${RANDOM}#get-random-bytes`,
        expected: '(u64) -> list<u8>',
        actual: '(u64) -> own<blob>',
      });
      return;
    }
    expect.fail('it was admitted');
  });

  it('P19 · would not get hold of memory of the host by it either', async () => {
    const host = recordingHost();
    const guest = bindTo(await assemble(HOARDER), host, wasiImports(host));
    const thrown = thrownBy(() => guest.invoke('keep', [1_000n]));
    expect(thrown).to.be.instanceOf(GuestTrap);
    expect(thrown.message).to.match(/must be a blob of the host/);
    expect(thrownBy(() => guest.invoke('keep', [1_000n]))).to.equal(thrown);
  });

  it('P19 · nor through a nested component that was given another type than it declares', async () => {
    const bytes = await assemble(`(component
      (component $Liar
        (type $list (list u8))
        (import "t" (type $t (eq $list)))
        (export "t" (type $t)))
      (import "nothing:but/types" (instance $types (export "blob" (type (sub resource)))))
      (alias export $types "blob" (type $blob))
      (type $own (own $blob))
      (instance $liar (instantiate $Liar (with "t" (type $own))))
      (alias export $liar "t" (type $t))
      (import "${RANDOM}" (instance $random
        (alias outer 1 $t (type $t))
        (export "get-random-bytes" (func (param "len" u64) (result $t)))))
      (alias export $random "get-random-bytes" (func $bytes))
      ${BASE}
      (core func $low (canon lower (func $bytes) ${OPTIONS}))
      (func (export "keep") (param "len" u64) (result u32) (canon lift (core func $low))))`);
    admitModule(bytes, LIMITS);
    const host = recordingHost();
    const guest = bindTo(bytes, host, wasiImports(host));
    const thrown = thrownBy(() => guest.invoke('keep', [1_000n]));
    expect(thrown).to.be.instanceOf(GuestTrap);
    expect(thrown.message).to.match(/must be a blob of the host/);
  });

  it('P19 · gets a handle to nothing that is not made to be a resource', async () => {
    class Thing extends HostResource {}
    const answers = [new Uint8Array(8), [], {}, new Map(), 'text', 1, undefined, null, () => 1];
    for (const answer of answers) {
      const guest = await bindText(HOARDER, { [`${RANDOM}#get-random-bytes`]: () => answer });
      expect(thrownBy(() => guest.invoke('keep', [1n]))).to.be.instanceOf(GuestTrap);
      expect(thrownBy(() => guest.call('keep', [1n]))).to.be.instanceOf(GuestTrap);
    }
    const guest = await bindText(HOARDER, { [`${RANDOM}#get-random-bytes`]: () => new Thing() });
    expect(guest.invoke('keep', [1n])).to.equal(1);
  });

  it('ends in a trap of its own where the host has an error that it left no room for', async () => {
    const calls = ['invoke', 'call'] as const;
    for (const how of calls) {
      const guest = await bindText(
        `(component
          (import "host" (func $host))
          (core func $low (canon lower (func $host)))
          (core module $M (import "" "host" (func $host))
            (func (export "f") (call $host)))
          (core instance $m (instantiate $M (with "" (instance (export "host" (func $low))))))
          (alias core export $m "f" (core func $f))
          (func (export "f") (canon lift (core func $f)))
          (func (export "direct") (canon lift (core func $low))))`,
        {
          host: () => {
            throw new HostResultError({ tag: 'access-denied' });
          },
        },
      );
      for (const name of ['f', 'direct']) {
        const thrown = thrownBy(() => guest[how](name, []));
        expect(thrown).to.be.instanceOf(GuestTrap).and.not.be.instanceOf(HostResultError);
      }
    }
  });

  it('ends in a trap likewise when a resource cannot be dropped', async () => {
    class Sticky extends HostResource implements Disposable {
      [Symbol.dispose](): void {
        throw new HostResultError('sticky');
      }
    }
    const guest = await bindText(
      `(component
        (import "test:host/api" (instance $api
          (export "sticky" (type $sticky (sub resource)))
          (type $own (own $sticky))
          (export "open" (func (result $own)))))
        (alias export $api "sticky" (type $sticky))
        (alias export $api "open" (func $open))
        (core func $low (canon lower (func $open)))
        (core func $drop (canon resource.drop $sticky))
        (func (export "open") (result u32) (canon lift (core func $low)))
        (func (export "drop") (param "h" u32) (canon lift (core func $drop))))`,
      { 'test:host/api#open': () => new Sticky() },
    );
    const handle = guest.invoke('open', []);
    expect(thrownBy(() => guest.invoke('drop', [handle]))).to.be.instanceOf(GuestTrap);
  });
});
