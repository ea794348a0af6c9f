import { expect } from 'chai';
import { newOutputLog, OutputLog } from '../../lib/actors/output-log.ts';
import { silentLogger } from '../../lib/core/logger.ts';
import { appendOutput, newOutputRing } from '../../lib/protocol/output-ring.ts';
import { SimulatedClock } from '../simulated-clock.ts';

const RING_BYTES = 1_024;
const ROUND_MS = 200;

function following() {
  const clock = new SimulatedClock();
  const lines: string[] = [];
  const note =
    (level: string) =>
    ({ instanceId, stream, ...rest }: Readonly<Record<string, unknown>>, message: string) => {
      const more = Object.entries(rest).map(([name, value]) => ` ${name}=${String(value)}`);
      lines.push(`${level} ${String(instanceId)} ${String(stream)}${more.join('')}: ${message}`);
    };
  const logger = { ...silentLogger, info: note('info'), warn: note('warn') };
  const log = new OutputLog(logger, clock);
  const begin = (id: string, ringBytes = RING_BYTES) => {
    const streams = { stdout: newOutputRing(ringBytes), stderr: newOutputRing(ringBytes) };
    const write = (text: string, stream: keyof typeof streams = 'stdout'): void => {
      appendOutput(streams[stream], Buffer.from(text));
    };
    return { write, followed: log.follow(id, streams) };
  };
  return { clock, lines, begin };
}

describe('what guests write, in the log', () => {
  it('comes line by line, with the instance and the stream, while the guest runs', () => {
    const { clock, lines, begin } = following();
    const { write, followed } = begin('a');
    write('one\ntw');
    write('trouble\n', 'stderr');
    clock.advance(ROUND_MS);
    expect(lines).to.deep.equal(['info a stdout: one', 'info a stderr: trouble']);
    write('o\nlast');
    clock.advance(ROUND_MS);
    expect(lines.slice(2)).to.deep.equal(['info a stdout: two']);
    followed.close();
    expect(lines.slice(3)).to.deep.equal(['info a stdout: last']);
  });

  it('is whole for a guest that ends before anybody looked', () => {
    const { clock, lines, begin } = following();
    const { write, followed } = begin('a');
    write('only\n');
    followed.close();
    followed.close();
    expect(lines).to.deep.equal(['info a stdout: only']);
    expect(clock.pending).to.equal(0);
  });

  it('says what was pushed out before it was read, and goes on with the next whole line', () => {
    const { clock, lines, begin } = following();
    const { write } = begin('a');
    write(`${'x'.repeat(RING_BYTES)}\n`);
    write('after\n');
    clock.advance(ROUND_MS);
    expect(lines).to.deep.equal([
      'warn a stdout lostBytes=7: output was left out of the log',
      'info a stdout: after',
    ]);
  });

  it('is bounded for a flood, and nobody else waits for it longer than a round', () => {
    const { clock, lines, begin } = following();
    const floods = ['a', 'b', 'c', 'd', 'e', 'f'].map((id) => begin(id, 16_384));
    const quiet = begin('quiet');
    for (const { write } of floods) write('!\n'.repeat(800));
    quiet.write('heard\n');
    clock.advance(ROUND_MS);
    const shown = (): number => lines.filter((line) => line.endsWith(': !')).length;
    expect(shown()).to.equal(2_000);
    expect(lines).to.include('warn a stdout lostLines=300: output was left out of the log');
    for (const { write } of floods) write('!\n'.repeat(800));
    clock.advance(ROUND_MS);
    expect(lines).to.include('info quiet stdout: heard');
    expect(shown()).to.be.at.most(4_000);
  });

  it('is read by nobody where there is no logger', () => {
    const clock = new SimulatedClock();
    expect(newOutputLog(silentLogger, clock)).to.equal(undefined);
    expect(newOutputLog({ ...silentLogger }, clock)).to.be.instanceOf(OutputLog);
  });

  it('is held back while the listener is at work on it, and told to the end when the life is over', async () => {
    const clock = new SimulatedClock();
    const heard: string[] = [];
    const waiting: PromiseWithResolvers<void>[] = [];
    const log = newOutputLog(silentLogger, clock, undefined, ({ bytes }) => {
      heard.push(Buffer.from(bytes).toString());
      const taken = Promise.withResolvers<void>();
      waiting.push(taken);
      return taken.promise;
    });
    const streams = { stdout: newOutputRing(4, true), stderr: newOutputRing(4, true) };
    const followed = log?.follow('a', streams);
    appendOutput(streams.stdout, Buffer.from('one'));
    clock.advance(ROUND_MS);
    appendOutput(streams.stdout, Buffer.from('2'));
    clock.advance(ROUND_MS);
    expect(heard).to.deep.equal(['one']);
    waiting[0]?.reject(new Error('no room'));
    await new Promise((resolve) => setImmediate(resolve));
    clock.advance(ROUND_MS);
    expect(heard).to.deep.equal(['one', '2']);
    appendOutput(streams.stdout, Buffer.from('end'));
    followed?.close();
    expect(heard).to.deep.equal(['one', '2', 'end']);
  });
});
