import { expect } from 'chai';
import { guestBytes } from '../guests/guest-file.ts';
import { kvGrant, withSupervisor } from './fixtures.ts';

describe('the arguments of a call under way', () => {
  it('are what they were when the call was made, though the call has to wait', () =>
    withSupervisor(async (supervisor) => {
      const capabilities = [kvGrant(['kv:read', 'kv:write'])];
      const id = await supervisor.startInstance({ module: guestBytes('counter-c'), capabilities });
      const value = Buffer.alloc(8, 1);
      const writes = [supervisor.invoke(id, 'write', ['key', new Uint8Array(1)])];
      writes.push(supervisor.invoke(id, 'write', ['key', value]));
      value.fill(2);
      await Promise.all(writes);
      expect(await supervisor.invoke(id, 'read', ['key'])).to.deep.equal(new Uint8Array(8).fill(1));
    }));
});
