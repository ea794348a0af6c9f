import { expect } from 'chai';
import makeWabt from 'wabt';
import { commandLine } from '../../lib/cli/command-line.ts';
import { EXAMPLE_WASM_BASE64, EXAMPLE_WAT } from '../../lib/cli/example-project.ts';
import { repositoryText } from '../gates/source-files.ts';
import { cli } from './cli-stage.ts';

describe('the help of the command line', function () {
  this.timeout(60_000);
  const program = commandLine(() => undefined);
  const names = program.commands.map((command) => command.name());

  it('has every command that there is to be', () => {
    const wanted =
      'host run inspect ps start stop restart invoke grant revoke events top doctor load init';
    expect(names).to.have.members(wanted.split(' '));
  });

  it('tells of each what it does and what it takes, and of --json', () => {
    for (const command of program.commands) {
      const text = command.helpInformation();
      expect(text, command.name()).to.include('--help').and.include('--json');
      expect(command.description(), command.name()).not.to.equal('');
      for (const { description, long } of command.options) {
        expect(description, `${command.name()} ${long}`).not.to.equal('');
      }
    }
  });

  it('has each of them on its page', () => {
    const page = repositoryText('docs/cli.md');
    for (const name of [...names, 'completion']) expect(page).to.include(`wasmatrix ${name}`);
  });

  it('is shown without arguments, and ends with 0', async () => {
    const { code, stdout, stderr } = await cli([]);
    expect([code, stderr]).to.deep.equal([0, '']);
    expect(stdout).to.include('First steps:').and.include('wasmatrix run guest.wasm');
  });

  it('completes commands and options for shells', async () => {
    const commands = await cli(['complete', '--', 're']);
    expect(commands.stdout).to.include('restart').and.include('revoke');
    const options = await cli(['complete', '--', 'start', '--re']);
    expect(options.stdout).to.include('--residency').and.include('--restart');
  });
});

describe('the guest that init writes', () => {
  it('is what its text says', async () => {
    const wabt = await makeWabt();
    const { buffer } = wabt.parseWat('calculator', EXAMPLE_WAT).toBinary({});
    expect(Buffer.from(buffer).toString('base64')).to.equal(EXAMPLE_WASM_BASE64);
  });
});
