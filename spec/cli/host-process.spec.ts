import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { ScratchFolder } from '../gates/run-tool.ts';
import { REPOSITORY_ROOT } from '../repository-root.ts';
import { cli, guestPath, jsonLines, startCliHost, withCliHost } from './cli-stage.ts';

const SLOW = `
host: { drainTimeoutMs: 60000 }
instances:
  - { instanceId: slow, module: "${guestPath('core')}", limits: { callTimeoutMs: 60000 } }
`;

describe('wasmatrix host', function () {
  this.timeout(60_000);

  it('runs the example configuration, tells where, and leaves with 0 when it is asked to', async () => {
    const config = join(REPOSITORY_ROOT, 'examples', 'wasmatrix.yaml');
    const args = ['--config', config, '--trigger-listen', '127.0.0.1:0', '--summary-seconds', '1'];
    const host = await startCliHost(args);
    const listed = await host.ask('ps', '--json');
    const instances = JSON.parse(listed.stdout) as { instanceId: string }[];
    expect(instances.map(({ instanceId }) => instanceId)).to.deep.equal([
      'counter-c',
      'counter-as',
      'calculator',
      'web',
      'hello',
      'sleeper',
    ]);
    const answer = await fetch(new URL('/hello', host.triggerUrl));
    expect(await answer.text()).to.equal('there is nothing here');
    const page = await fetch(new URL('/', host.url));
    expect(await page.text()).to.include('<title>Wasmatrix');
    const metrics = await fetch(new URL('/metrics', host.url));
    expect(await metrics.text()).to.match(/^wasmatrix_call_duration_seconds_count 1$/mu);
    host.child.kill('SIGINT');
    const { code, stdout } = await host.run;
    expect(code).to.equal(0);
    const events = jsonLines(stdout).map(({ event }) => event);
    expect(events.slice(0, 2)).to.deep.equal(['listening', 'summary']);
    expect(events.at(-1)).to.equal('ended');
  });

  it('waits for what is under way, and ends at once when it is asked twice', async () => {
    await using folder = await ScratchFolder.with({ 'wasmatrix.yaml': SLOW });
    const host = await startCliHost([], { cwd: folder.path });
    const asked = host.ask('invoke', 'slow', 'spin');
    while (!(await host.ask('top', '--json', '--interval-ms', '1')).stdout.includes('"begun":1')) {
      // Each look takes its time.
    }
    host.child.kill('SIGTERM');
    const noted = Promise.withResolvers<void>();
    const timer = setTimeout(() => noted.resolve(), 600);
    await noted.promise;
    clearTimeout(timer);
    expect(host.child.exitCode).to.equal(null);
    host.child.kill('SIGTERM');
    expect((await host.run).code).to.equal(1);
    expect((await asked).code).to.equal(1);
  });

  it('gives what is under way no more time than it is told, and ends in good order by SIGHUP too', async () => {
    await using folder = await ScratchFolder.with({
      'wasmatrix.yaml': SLOW.replace('drainTimeoutMs: 60000', 'drainTimeoutMs: 500').replace(
        'callTimeoutMs: 60000',
        'callTimeoutMs: 6000',
      ),
    });
    const host = await startCliHost([], { cwd: folder.path });
    const asked = host.ask('invoke', 'slow', 'spin');
    while (!(await host.ask('top', '--json', '--interval-ms', '1')).stdout.includes('"begun":1')) {
      // Each look takes its time.
    }
    host.child.kill('SIGHUP');
    const { code, stdout } = await host.run;
    expect(code).to.equal(0);
    expect(jsonLines(stdout).at(-1)).to.deep.equal({ event: 'ended', isClean: true });
    // Cut off by the host's end, before its own deadline.
    const { code: cut, stderr } = await asked;
    expect(cut).to.equal(1);
    expect(stderr).not.to.include('TIMEOUT');
  });

  it('tells file, line and column of what cannot be started, and leaves nothing behind', async () => {
    await using folder = await ScratchFolder.with({
      'bad.yaml': `instances:\n  - instanceId: one\n    module: ${guestPath('counter-c')}\n    capabilities:\n      - { capabilityId: a, providerType: kv, permissions: [kv:fly] }\n`,
    });
    const args = ['host', '--listen', '127.0.0.1:0', '--config', 'bad.yaml'];
    const { code, stdout, stderr } = await cli(args, { cwd: folder.path });
    expect([code, stdout]).to.deep.equal([2, '']);
    expect(stderr).to.match(/^INVALID_REQUEST: bad\.yaml:5:\d+: instances\[0\]\.capabilities\[0\]/);
    const args2 = [...args.slice(3), '--keep-going'];
    const host = await startCliHost(args2, { cwd: folder.path });
    host.child.kill('SIGTERM');
    expect((await host.run).code).to.equal(0);
  });

  it('finds with --check what a start would find, and names the place of each', async () => {
    await using folder = await ScratchFolder.with({
      'no.wasm': 'this is no module',
      'bad.yaml': [
        'host: { triggerListen: 0 }',
        'instances:',
        '  - { instanceId: a, module: gone.wasm }',
        '  - { instanceId: b, module: no.wasm }',
        `  - { instanceId: b, module: "${guestPath('core')}" }`,
        'triggers:',
        '  - { name: t, path: /, instanceId: nobody }',
        '',
      ].join('\n'),
    });
    const args = ['host', '--check', '--config', 'bad.yaml'];
    const { code, stdout, stderr } = await cli(args, { cwd: folder.path });
    expect([code, stdout]).to.deep.equal([2, '']);
    const told = stderr
      .trim()
      .split('\n')
      .map((line) => line.replace(/^INVALID_REQUEST:/, '').trim());
    for (const start of [
      'bad.yaml:3:22: instances[0].module: ',
      'bad.yaml:4:22: instances[1].module: ',
      'bad.yaml:5:7: instances[2].instanceId: is used twice',
      'bad.yaml:7:25: triggers[0].instanceId: there is no such instance',
    ]) {
      expect(
        told.filter((line) => line.startsWith(start)),
        start + stderr,
      ).to.have.length(1);
    }
    expect(told).to.have.length(4);
  });

  it('runs at once on what init has written', async () => {
    await using folder = await ScratchFolder.with({});
    const made = await cli(['init', '.', '--json'], { cwd: folder.path });
    expect(JSON.parse(made.stdout)).to.have.property('files').with.length(3);
    const again = await cli(['init', '.'], { cwd: folder.path });
    expect(again.code).to.equal(2);
    await folder.write('half/guest/calculator.wasm', 'mine');
    expect((await cli(['init', 'half'], { cwd: folder.path })).code).to.equal(2);
    expect(await readdir(join(folder.path, 'half'), { recursive: true })).to.have.members([
      'guest',
      join('guest', 'calculator.wasm'),
    ]);
    await withCliHost(
      async ({ ask }) => {
        expect((await ask('invoke', 'calculator', 'factorial', '20n')).stdout).to.equal(
          '2432902008176640000\n',
        );
      },
      [],
      { cwd: folder.path },
    );
  });
});
