import { expect } from 'chai';
import * as fc from 'fast-check';
import {
  AssignmentRegistry,
  type RegisteredAssignment,
} from '../../lib/actors/assignment-registry.ts';
import { RUNS } from '../core/property-runs.ts';

const IDS = ['a', 'b', '__proto__', 'constructor'];
const ids = fc.constantFrom(...IDS);

const changes = fc.array(
  fc.record({
    kind: fc.constantFrom('put', 'put', 'put', 'remove', 'forget'),
    instanceId: ids,
    capabilityId: ids,
    providerId: ids,
  }),
  { maxLength: 40 },
);

const registered = (capabilityId: string, providerId: string, n: number): RegisteredAssignment => ({
  assignment: { capabilityId, providerType: 'kv', permissions: [`kv:read:${n}`] },
  providerId,
});

/** The same, as a list: the order in which what is held was first put. */
class PlainRegistry {
  #held: { readonly instanceId: string; entry: RegisteredAssignment }[] = [];

  #find(
    instanceId: string,
    capabilityId: string,
  ): { readonly instanceId: string; entry: RegisteredAssignment } | undefined {
    return this.#held.find(
      (each) =>
        each.instanceId === instanceId && each.entry.assignment.capabilityId === capabilityId,
    );
  }

  get(instanceId: string, capabilityId: string): RegisteredAssignment | undefined {
    return this.#find(instanceId, capabilityId)?.entry;
  }

  put(instanceId: string, entry: RegisteredAssignment): void {
    const known = this.#find(instanceId, entry.assignment.capabilityId);
    if (known === undefined) this.#held.push({ instanceId, entry });
    else known.entry = entry;
  }

  remove(instanceId: string, capabilityId: string): RegisteredAssignment | undefined {
    const known = this.#find(instanceId, capabilityId);
    this.#held = this.#held.filter((each) => each !== known);
    return known?.entry;
  }

  forget(instanceId: string): readonly string[] {
    const providers = new Set(this.of(instanceId).map(({ providerId }) => providerId));
    this.#held = this.#held.filter((each) => each.instanceId !== instanceId);
    return [...providers];
  }

  of(instanceId: string): readonly RegisteredAssignment[] {
    return this.#held.filter((each) => each.instanceId === instanceId).map(({ entry }) => entry);
  }

  ofProvider(providerId: string): string[] {
    return this.#held
      .filter(({ entry }) => entry.providerId === providerId)
      .map(({ instanceId, entry }) => JSON.stringify([instanceId, entry.assignment]))
      .sort();
  }
}

describe('the registry of assignments', () => {
  it('P5 · equals the model’s after any assignments, revocations and ends of instances', () => {
    fc.assert(
      fc.property(changes, (sequence) => {
        const registry = new AssignmentRegistry();
        const model = new PlainRegistry();
        for (const [n, { kind, instanceId, capabilityId, providerId }] of sequence.entries()) {
          if (kind === 'put') {
            const entry = registered(capabilityId, providerId, n);
            registry.put(instanceId, entry);
            model.put(instanceId, entry);
          } else if (kind === 'remove') {
            const removed = registry.remove(instanceId, capabilityId);
            expect(removed).to.equal(model.remove(instanceId, capabilityId));
          } else {
            expect(registry.forget(instanceId)).to.deep.equal(model.forget(instanceId));
          }
          for (const id of IDS) {
            expect(registry.of(id)).to.deep.equal(model.of(id));
            for (const other of IDS) {
              expect(registry.get(id, other)).to.equal(model.get(id, other));
            }
            const found = Array.from(registry.ofProvider(id), (each) => JSON.stringify(each));
            expect(found.sort()).to.deep.equal(model.ofProvider(id));
          }
        }
      }),
      RUNS,
    );
  });

  it('P5 · lists what was assigned at the moment of the question', () => {
    const registry = new AssignmentRegistry();
    registry.put('i', registered('a', 'p', 0));
    const before = registry.of('i');
    registry.put('i', registered('b', 'p', 1));
    expect(before).to.have.length(1);
    expect(registry.of('i')).to.have.length(2);
  });

  it('may be changed while the assignments of a provider are gone through', () => {
    const registry = new AssignmentRegistry();
    for (const id of ['i', 'j', 'k']) registry.put(id, registered('c', 'p', 0));
    const seen: string[] = [];
    for (const [instanceId] of registry.ofProvider('p')) {
      seen.push(instanceId);
      registry.forget('j');
    }
    expect(seen).to.deep.equal(['i', 'k']);
  });
});
