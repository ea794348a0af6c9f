import { expect } from 'chai';
import { resolveSupervisorOptions } from '../../lib/actors/supervisor-options.ts';
import { defineProvider } from '../../lib/core/define-provider.ts';
import { SimulatedClock } from '../simulated-clock.ts';
import { settled, thrownBy } from '../thrown.ts';

const quiet = (): undefined => undefined;
const logger = { debug: quiet, info: quiet, warn: quiet, error: quiet };
const clock = { now: () => 0, setTimeout: quiet, clearTimeout: quiet };

describe('the options of a supervisor', () => {
  it('P18 · are refused by the name of the one that is wrong', () => {
    const mine = defineProvider({ type: 'mine', operations: {} });
    const bad: [unknown, string][] = [
      [{ logger: 'loud' }, 'logger'],
      [{ logger: 5 }, 'logger'],
      [{ logger: null }, 'logger'],
      [{ logger: {} }, 'logger.debug'],
      [{ logger: { ...logger, error: 'x' } }, 'logger.error'],
      [{ clock: null }, 'clock'],
      [{ clock: { now: () => 0 } }, 'clock.setTimeout'],
      [{ clock: { ...clock, now: 0 } }, 'clock.now'],
      [{ clock: { ...clock, clearTimeout: undefined } }, 'clock.clearTimeout'],
      [{ random: 0.5 }, 'random'],
      [{ random: () => 1 }, 'random'],
      [{ random: () => -0.1 }, 'random'],
      [{ random: () => Number.NaN }, 'random'],
      [{ random: () => '0' }, 'random'],
      [{ shards: -1 }, 'shards'],
      [{ shards: 65 }, 'shards'],
      [{ shards: 'all' }, 'shards'],
      [{ recordCapabilityCalls: 'yes' }, 'recordCapabilityCalls'],
      [{ recordCapabilityCalls: 1 }, 'recordCapabilityCalls'],
      [{ providers: {} }, 'providers'],
      [{ providers: [mine, 5] }, 'providers[1]'],
      // oxlint-disable-next-line no-sparse-arrays -- a hole must not pass unchecked
      [{ providers: [, mine] }, 'providers[0]'],
      [{ providers: [{ ...mine, type: '' }] }, 'providers[0].type'],
      [{ providers: [{ ...mine, operations: [] }] }, 'providers[0].operations'],
      [{ providers: [{ ...mine, operations: { get: 1 } }] }, 'providers[0].operations.get'],
      [
        { providers: [{ ...mine, operations: { get: { permission: quiet } } }] },
        'providers[0].operations.get.run',
      ],
      [{ providers: [{ ...mine, close: true }] }, 'providers[0].close'],
    ];
    for (const [value, field] of bad) {
      const error = thrownBy(() => resolveSupervisorOptions(value));
      expect(error.code).to.equal('INVALID_REQUEST');
      expect(error.details['field']).to.equal(field);
    }
  });

  it('are taken where they are right, as objects of a class too', () => {
    const simulated = new SimulatedClock();
    const options = { clock: simulated, random: () => 0, recordCapabilityCalls: true, logger };
    const resolved = resolveSupervisorOptions(options);
    expect(resolved.clock).to.equal(simulated);
    expect(resolved.recordCapabilityCalls).to.equal(true);
    expect(resolveSupervisorOptions(undefined).recordCapabilityCalls).to.equal(false);
  });

  it('make a logger that never fails, whatever the given one does', async () => {
    const heard: string[] = [];
    class Broken {
      readonly name = 'broken';
      debug(): void {
        throw new Error(this.name);
      }
      info(_fields: object, message: string): void {
        heard.push(`${this.name} ${message}`);
      }
      warn(): void {
        return Promise.reject(new Error(this.name)) as unknown as undefined;
      }
      error(): void {
        throw new Error(this.name);
      }
    }
    const rejections: unknown[] = [];
    const note = (reason: unknown): void => void rejections.push(reason);
    process.on('unhandledRejection', note);
    try {
      const guarded = resolveSupervisorOptions({ logger: new Broken() }).logger;
      for (const level of ['debug', 'info', 'warn', 'error'] as const) {
        expect(() => guarded[level]({}, 'line')).to.not.throw();
      }
      await settled();
    } finally {
      process.off('unhandledRejection', note);
    }
    expect(heard).to.deep.equal(['broken line']);
    expect(rejections).to.deep.equal([]);
  });
});
