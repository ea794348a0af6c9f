import { expect } from 'chai';
import { defineProvider } from '../../lib/core/define-provider.ts';
import { rejectionOf } from '../thrown.ts';
import { kv, newDirectory, wanting } from './directory-bench.ts';
import { BenchGuest } from './provider-bench.ts';

describe('the providers of a directory while they serve', () => {
  it('P13 · tells an update once it holds, and nothing of one that fails', async () => {
    const { directory, told } = newDirectory(kv);
    await directory.start({ providerType: 'kv', providerId: 'p' });
    const broken = defineProvider({
      type: 'kv',
      operations: {},
      open: () => Promise.reject(new Error('no disk')),
    });
    expect((await rejectionOf(directory.update('p', { definition: broken }))).code).to.equal(
      'STORAGE_ERROR',
    );
    expect(told()).to.deep.equal(['provider_started p']);
    await directory.update('p', { providerType: 'kv' });
    expect(told()).to.deep.equal(['provider_started p', 'provider_updated p']);
  });

  it('P18 · refuses an update that would make another provider of it, naming the field', async () => {
    const { directory } = newDirectory(kv, defineProvider({ type: 'log', operations: {} }));
    await directory.start({ providerType: 'kv', providerId: 'p' });
    const bad: [unknown, string][] = [
      [{ providerType: 'log' }, 'providerType'],
      [{ providerType: 'kv', providerId: 'q' }, 'providerId'],
      [{ providerType: 'kv', heapMb: 0 }, 'heapMb'],
    ];
    for (const [value, field] of bad) {
      const error = await rejectionOf(directory.update('p', value));
      expect(error.code).to.equal('INVALID_REQUEST');
      expect(error.details['field']).to.equal(field);
    }
    const unknown = await rejectionOf(directory.update('q', { providerType: 'kv' }));
    expect(unknown.code).to.equal('CAPABILITY_NOT_FOUND');
  });

  it('P20 · keeps the way of a guest through an update though nothing is assigned to it any more', async () => {
    const { directory, registry, links } = newDirectory(kv);
    await directory.start({ providerType: 'kv', providerId: 'p' });
    const provider = directory.find('p')!;
    const guest = new BenchGuest('i');
    links.put(guest.links);
    const assignment = wanting('kv', 'p');
    registry.put('i', { assignment, providerId: 'p' });
    await provider.assign('i', assignment);
    provider.connect(guest.links);
    const { line } = guest;
    registry.remove('i', 'c');
    await provider.revoke('i', 'c');
    await directory.update('p', { providerType: 'kv' });
    expect(guest.line, 'where it is refused, and does not wait').to.not.equal(line);
    const answer = await guest.line!.ask({ family: 'kv', operation: 'get', args: [] });
    expect(answer).to.have.property('failure', 'PERMISSION_DENIED');
    await directory.closeAll();
    guest.close();
  });

  it('P4 · connects nobody to a provider of another type that has taken an id over', async () => {
    const log = defineProvider({ type: 'log', operations: {} });
    const { directory, registry, links } = newDirectory(kv, log);
    const guest = new BenchGuest('i');
    links.put(guest.links);
    registry.put('i', { assignment: wanting('kv', 'p'), providerId: 'p' });
    await directory.start({ providerType: 'kv', providerId: 'p' });
    expect(guest.line).to.not.equal(undefined);
    await directory.stop('p');
    await directory.start({ providerType: 'log', providerId: 'p' });
    expect(guest.line).to.equal(undefined);
    expect(guest.told).to.deep.equal(['up', 'down']);
    await directory.closeAll();
    guest.close();
  });

  it('keeps counting the calls of providers that have been stopped', async () => {
    const counting = defineProvider({
      type: 'kv',
      operations: { get: { permission: () => ({ action: 'kv:read' }), run: () => 1 } },
    });
    const { directory, registry, links, facts } = newDirectory(counting);
    for (const id of ['p', 'q']) {
      await directory.start({ providerType: 'kv', providerId: id });
      const guest = new BenchGuest(`of-${id}`);
      links.put(guest.links);
      const assignment = { ...wanting('kv', id), permissions: id === 'p' ? ['kv:read'] : [] };
      registry.put(`of-${id}`, { assignment, providerId: id });
      await directory.find(id)?.assign(`of-${id}`, assignment);
      directory.find(id)?.connect(guest.links);
      await guest.line!.ask({ family: 'kv', operation: 'get', args: [] });
      guest.close();
    }
    expect(directory.totals.counts).to.deep.equal({ served: 1, denied: 1 });
    await directory.stop('p');
    await directory.closeAll();
    expect(directory.totals.counts).to.deep.equal({ served: 1, denied: 1 });
    const denials = facts.query({ types: ['capability_denied'] });
    expect(denials.map(({ providerId }) => providerId)).to.deep.equal(['q']);
  });
});
