import { expect } from 'chai';
import * as fc from 'fast-check';
import type { Guest } from '../../workers/guest.ts';
import { GuestError } from '../../workers/guest-failure.ts';
import { boundGuest } from '../guests/bound-guest.ts';
import { type FakeKeyValue, fakeKeyValue } from '../guests/fake-key-value.ts';
import { type RecordingHost, recordingHost } from '../guests/recording-host.ts';
import { payloadThrownBy } from '../thrown.ts';

const numRuns = Number(process.env['FC_RUNS'] ?? 100);

function started(name: string): {
  readonly guest: Guest;
  readonly host: RecordingHost;
  readonly keyvalue: FakeKeyValue;
} {
  const keyvalue = fakeKeyValue();
  const host = recordingHost({ serve: keyvalue.serve });
  return { guest: boundGuest(name, host), host, keyvalue };
}

const errorOf = (call: () => unknown): unknown => payloadThrownBy(GuestError, call);

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

/** A guest's export and what the same does to a plain map. */
type Step =
  | { readonly kind: 'write'; readonly key: string; readonly value: Uint8Array }
  | { readonly kind: 'setMany'; readonly entries: readonly [string, Uint8Array][] }
  | { readonly kind: 'remove' | 'read' | 'has'; readonly key: string }
  | { readonly kind: 'removeMany' | 'getMany'; readonly keys: readonly string[] }
  | { readonly kind: 'keys' };

const key = fc.oneof(
  fc.constantFrom('a', 'b', 'ключ', '🗝', '__proto__', 'constructor'),
  fc.string({ unit: 'binary', maxLength: 12 }),
);
const value = fc.uint8Array({ maxLength: 50 });
const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    fc.record({ kind: fc.constant('write' as const), key, value }),
    fc.record({
      kind: fc.constant('setMany' as const),
      entries: fc.array(fc.tuple(key, value), { maxLength: 4 }),
    }),
    fc.record({ kind: fc.constantFrom('remove' as const, 'read' as const, 'has' as const), key }),
    fc.record({
      kind: fc.constantFrom('removeMany' as const, 'getMany' as const),
      keys: fc.array(key, { maxLength: 4 }),
    }),
    fc.record({ kind: fc.constant('keys' as const) }),
  ),
  { maxLength: 20 },
);

function performed(guest: Guest, step: Step): unknown {
  switch (step.kind) {
    case 'write':
      return guest.invoke('write', [step.key, step.value]);
    case 'setMany':
      return guest.invoke('set-many', [step.entries]);
    case 'remove':
    case 'read':
    case 'has':
      return guest.invoke(step.kind, [step.key]);
    case 'removeMany':
      return guest.invoke('remove-many', [step.keys]);
    case 'getMany':
      return guest.invoke('get-many', [step.keys]);
    case 'keys':
      break;
  }
  return guest.invoke('keys', []);
}

function predicted(model: Map<string, Uint8Array>, step: Step, isDraft2: boolean): unknown {
  switch (step.kind) {
    case 'write':
      model.set(step.key, step.value);
      return undefined;
    case 'setMany':
      for (const [name, content] of step.entries) model.set(name, content);
      return undefined;
    case 'remove':
      model.delete(step.key);
      return undefined;
    case 'read':
      return model.get(step.key);
    case 'has':
      return model.has(step.key);
    case 'removeMany':
      for (const name of step.keys) model.delete(name);
      return undefined;
    case 'getMany':
      return step.keys.map((name) => (isDraft2 ? [name, model.get(name)] : model.get(name)));
    case 'keys':
      break;
  }
  return [...model.keys()].sort();
}

for (const name of ['counter-c', 'counter-draft2']) {
  describe(`${name} over a key-value store`, () => {
    it('answers any course of operations as a map would', () => {
      const { guest, keyvalue } = started(name);
      fc.assert(
        fc.property(steps, (course) => {
          keyvalue.values.clear();
          const model = new Map<string, Uint8Array>();
          for (const step of course) {
            const answer = performed(guest, step);
            expect(answer).to.deep.equal(predicted(model, step, name === 'counter-draft2'));
          }
          expect(keyvalue.values).to.deep.equal(model);
        }),
        { numRuns },
      );
    });

    it('P4 · hears of a refusal as the error of its interface, and lives on', () => {
      const { guest, keyvalue } = started(name);
      keyvalue.values.set('k', bytes('v'));
      keyvalue.refuse('get', 'PERMISSION_DENIED');
      expect(errorOf(() => guest.invoke('read', ['k']))).to.equal('access-denied');
      keyvalue.refuse('get', 'STORAGE_ERROR');
      expect(errorOf(() => guest.invoke('read', ['k']))).to.equal('other: no get');
      keyvalue.refuse('open', 'CAPABILITY_NOT_FOUND');
      expect(errorOf(() => guest.invoke('read', ['k']))).to.equal('no-such-store');
      keyvalue.refuse('open', undefined);
      keyvalue.refuse('get', undefined);
      expect(guest.invoke('read', ['k'])).to.deep.equal(bytes('v'));
    });

    it('needs no more memory for a thousand calls than for one', () => {
      const { guest } = started(name);
      guest.invoke('write', ['k', new Uint8Array(10_000)]);
      guest.invoke('read', ['k']);
      const before = guest.memoryBytes();
      for (let round = 0; round < 1_000; round++) guest.invoke('read', ['k']);
      expect(guest.memoryBytes()).to.equal(before);
    });
  });
}

describe('counter-c', () => {
  it('counts and logs', () => {
    const { guest, host, keyvalue } = started('counter-c');
    expect(guest.invoke('bump', ['k'])).to.equal(1n);
    expect(guest.invoke('bump-many', ['k', 41])).to.equal(42n);
    expect(keyvalue.values.get('k')).to.deep.equal(Buffer.from('42'));
    expect(host.text('stderr')).to.equal('[info] counter: bumped\n');
  });

  it('opens only buckets that are there', () => {
    const { guest } = started('counter-c');
    expect(guest.invoke('bucket-open', ['default'])).to.equal(undefined);
    expect(errorOf(() => guest.invoke('bucket-open', ['other']))).to.equal('no-such-store');
  });

  it('P1 · keeps its memory for one life only', () => {
    const { guest } = started('counter-c');
    expect([guest.invoke('count-life', []), guest.invoke('count-life', [])]).to.deep.equal([1, 2]);
    expect(started('counter-c').guest.invoke('count-life', [])).to.equal(1);
  });
});

describe('counter-as', () => {
  it('exchanges any text in UTF-16', () => {
    const { guest } = started('counter-as');
    const text = fc.string({ unit: 'binary', maxLength: 50 });
    fc.assert(
      fc.property(text, (said) => {
        expect(guest.invoke('shout', [said])).to.equal(`${said}!`);
      }),
      { numRuns },
    );
  });

  it('counts, reads and writes under any key', () => {
    const { guest, host, keyvalue } = started('counter-as');
    expect(guest.invoke('bump', ['ключ 🗝'])).to.equal(1n);
    expect(guest.invoke('read', ['ключ 🗝'])).to.deep.equal(new Uint8Array([0x31]));
    guest.invoke('write', ['', bytes('empty')]);
    expect([...keyvalue.values.keys()]).to.deep.equal(['ключ 🗝', '']);
    expect(host.text('stderr')).to.equal('[info] counter: bumped ✓\n');
    keyvalue.refuse('increment', 'STORAGE_ERROR');
    expect(errorOf(() => guest.invoke('bump', ['k']))).to.equal('other: no increment');
  });
});

describe('counter-draft2', () => {
  it('counts down as well as up', () => {
    const { guest } = started('counter-draft2');
    expect(guest.invoke('bump', ['k', 5n])).to.equal(5n);
    expect(guest.invoke('bump', ['k', -7n])).to.equal(-2n);
  });

  it('swaps an untouched value at once and a touched one with the fresh handle', () => {
    const { guest, keyvalue } = started('counter-draft2');
    expect(guest.invoke('swap', ['k', bytes('1'), undefined])).to.equal(true);
    expect(guest.invoke('swap', ['k', bytes('2'), bytes('x')])).to.equal(false);
    expect(keyvalue.values.get('k')).to.deep.equal(bytes('x'));
    expect(guest.invoke('swap-until', ['k', bytes('3'), bytes('y')])).to.equal(2);
    expect(keyvalue.values.get('k')).to.deep.equal(bytes('3'));
  });

  it('gives back every handle, so that it may swap for ever', () => {
    const { guest } = started('counter-draft2');
    for (let round = 0; round < 600; round++) {
      guest.invoke('swap', ['k', bytes('v'), bytes(String(round))]);
    }
    expect(guest.invoke('swap', ['k', bytes('w'), undefined])).to.equal(true);
  });
});
