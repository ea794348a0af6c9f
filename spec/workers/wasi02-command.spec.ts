import { expect } from 'chai';
import type { Guest } from '../../workers/guest.ts';
import { boundGuest } from '../guests/bound-guest.ts';
import {
  type RecordingHost,
  type RecordingOptions,
  recordingHost,
} from '../guests/recording-host.ts';

function ran(options: RecordingOptions): RecordingHost & { readonly exitCode: number } {
  const host = recordingHost(options);
  const guest: Guest = boundGuest('command-c', host);
  expect(guest.run, 'a component that exports wasi:cli/run is a command').to.be.a('function');
  return { ...host, exitCode: guest.run?.() ?? -1 };
}

describe('a wasi:cli/run component', () => {
  it('sees its arguments, environment, configuration and input, and is heard on both outputs', () => {
    const { exitCode, text, sleptMs } = ran({
      wasi: {
        args: ['prog', 'é', ''],
        env: { A: '1', B: 'x=y' },
        stdin: Buffer.from('a line that is longer than one read\n'),
      },
      config: { greeting: 'hello' },
    });
    expect(text('stdout').split('\n')).to.deep.equal([
      'arg prog',
      'arg é',
      'arg ',
      'env A=1',
      'env B=x=y',
      'config hello',
      'a line that is longer than one read',
      '',
    ]);
    expect(text('stderr')).to.equal('slept yes\nrandom yes\n');
    expect(sleptMs).to.deep.equal([2]);
    expect(exitCode).to.equal(0);
  });

  it('ends with 0 or 1, by returning or by exit', () => {
    const codes = ['--exit-ok', '--exit-error', '--fail'].map(
      (option) => ran({ wasi: { args: ['prog', option] } }).exitCode,
    );
    expect(codes).to.deep.equal([0, 1, 1]);
  });
});
