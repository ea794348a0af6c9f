import { expect } from 'chai';
import { moduleReport } from '../../lib/wasm/module-report.ts';
import { guestBytes, guestPath, wat } from '../guests/guest-file.ts';
import { coreModule, section } from '../wasm/core-bytes.ts';
import { codeOf, failureOf, withSupervisor } from './fixtures.ts';

describe('inspecting a module', () => {
  it('tells what admission and a start would say, starts nothing, and keeps what may run', () =>
    withSupervisor(async (supervisor) => {
      const info = await supervisor.inspectModule(guestPath('counter-c'));
      expect(info.refusals).to.deep.equal([]);
      expect(info.capabilities).to.deep.equal(['kv']);
      expect(moduleReport(info)).to.include(info.sha256);
      expect((await supervisor.stats()).modules).to.equal(1);
      expect(await supervisor.listInstances()).to.deep.equal([]);
    }));

  it('lists what a start would be refused for, and keeps nothing of such a module', () =>
    withSupervisor(async (supervisor) => {
      const module = wat('(module (import "env" "f" (func)) (import "env" "g" (func)))');
      const { refusals } = await supervisor.inspectModule(module);
      expect(refusals.map(({ details }) => details['import'])).to.deep.equal(['env.f', 'env.g']);
      const error = await failureOf(supervisor.startInstance({ module }));
      const [{ code, message, details } = { code: '', message: '', details: {} }] = refusals;
      expect({ code, message, details }).to.deep.equal({
        code: error.code,
        message: error.message,
        details: error.details,
      });
      expect((await supervisor.stats()).modules).to.equal(0);
    }));

  it('tells of a function that only a look into the code finds too heavy', () =>
    withSupervisor(async (supervisor) => {
      // Many conditional branches, each of which carries every one of many locals.
      const branches = Array.from({ length: 500 }, () => [0x41, 0, 0x0d, 0]).flat();
      const body = [1, 0xd0, 0x86, 0x03, 0x7f, 0x02, 0x40, ...branches, 0x0b, 0x0b];
      const code = section(10, 1, (body.length & 0x7f) | 0x80, body.length >> 7, ...body);
      const module = coreModule(section(1, 1, 0x60, 0, 0), section(3, 1, 0), code);
      const start = await failureOf(supervisor.startInstance({ module }));
      expect(start.code).to.equal('VALIDATION_ERROR');
      const { refusals } = await supervisor.inspectModule(module);
      expect(refusals.map(({ message }) => message)).to.deep.equal([start.message]);
    }));

  it('still fails for bytes that are no module, or that the engine does not take', () =>
    withSupervisor(async (supervisor) => {
      const core = guestBytes('core');
      const wrongBody = wat('(module (func (result i32)))');
      expect(await codeOf(supervisor.inspectModule(new Uint8Array(20)))).to.equal(
        'INVALID_REQUEST',
      );
      expect(await codeOf(supervisor.inspectModule(core.slice(0, core.length >> 1)))).to.equal(
        'WASM_RUNTIME_ERROR',
      );
      expect(await codeOf(supervisor.inspectModule(wrongBody))).to.equal('WASM_RUNTIME_ERROR');
    }));
});
