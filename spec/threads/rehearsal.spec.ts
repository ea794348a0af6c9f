import { expect } from 'chai';
import type { LifeRequest } from '../../lib/protocol/instance-messages.ts';
import { GuestThread } from '../../lib/threads/guest-thread.ts';
import { rehearsalCode, rehearsalRequest } from '../../lib/threads/rehearsal.ts';
import { WorkerScripts } from '../../lib/threads/worker-scripts.ts';
import type { AbiName } from '../../lib/wasm/admitted-module.ts';

const ABIS = ['component', 'core', 'extism', 'wapc', 'wasi'] as const satisfies AbiName[];

function request(abi: AbiName): LifeRequest {
  const { admitted, modules } = rehearsalCode(abi);
  return { ...rehearsalRequest(), admitted, code: { kind: 'compiled', modules } };
}

describe('the rehearsal of a start', () => {
  for (const abi of ABIS) {
    it(`is one that a thread can make, of a guest of the ABI ${abi}`, async () => {
      const thread = new GuestThread(1, 64, new WorkerScripts());
      try {
        await thread.ready;
        expect(await thread.start(request(abi), [])).to.deep.equal({
          isOk: true,
          value: undefined,
        });
      } finally {
        await thread.terminate();
      }
    });
  }

  it('leaves nothing that could be called, and a thread that becomes whatever comes', async () => {
    const scripts = new WorkerScripts();
    scripts.latest = rehearsalCode('component');
    const thread = new GuestThread(1, 64, scripts);
    try {
      await thread.ready;
      await thread.rehearse();
      expect((await thread.call('f', [1, 2])).isOk).to.equal(false);
      for (const abi of ABIS) expect((await thread.start(request(abi), [])).isOk).to.equal(true);
      await thread.start(request('core'), []);
      expect(await thread.call('f', [1, 2])).to.deep.equal({ isOk: true, value: 3 });
    } finally {
      await thread.terminate();
    }
  });
});
