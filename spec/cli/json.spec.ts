import { expect } from 'chai';
import { type TSchema, Type } from 'typebox';
import { Compile } from 'typebox/compile';
import { InstanceInfoSchema } from '../../lib/host/instance-schemas.ts';
import { ScratchFolder } from '../gates/run-tool.ts';
import {
  type CliHost,
  cli,
  ended,
  guestPath,
  jsonLines,
  startCli,
  startCliHost,
  withCliHost,
} from './cli-stage.ts';

const Text = Type.String();
const Figure = Type.Number();

function fits(schema: TSchema, value: unknown): void {
  const check = Compile(schema);
  expect(check.Check(value), JSON.stringify(check.Errors(value))).to.equal(true);
}

describe('the commands that ask a host', function () {
  this.timeout(60_000);
  let host: CliHost;

  before(async () => {
    host = await startCliHost();
  });

  after(async () => {
    host.child.kill('SIGTERM');
    expect((await host.run).code).to.equal(0);
  });

  async function json(...args: string[]): Promise<unknown> {
    const { code, stdout, stderr } = await host.ask(...args, '--json');
    expect(code, stderr).to.equal(0);
    expect(stderr).to.equal('');
    return JSON.parse(stdout);
  }

  it('print JSON of a known form', async () => {
    const grant = ['--grant', 'kv:read,kv:write'];
    fits(
      Type.Object({ instanceId: Type.Literal('counter') }),
      await json('start', guestPath('counter-c'), '--id', 'counter', '--label', 'a=b', ...grant),
    );
    fits(Type.Array(InstanceInfoSchema, { minItems: 1 }), await json('ps', '--label', 'a=b'));
    expect(await json('ps', '--label', 'a=c')).to.deep.equal([]);
    expect(await json('invoke', 'counter', 'bump', 'hits')).to.deep.equal({
      result: { $bigint: '1' },
    });
    fits(
      Type.Object({
        stats: Type.Object({ nodeId: Text }),
        instances: Type.Array(Type.Object({ cpuPercent: Figure })),
      }),
      await json('top', '--interval-ms', '1'),
    );
    fits(
      Type.Object({ capabilityId: Type.Literal('kv'), permissions: Type.Array(Text) }),
      await json('grant', 'counter', 'kv:read,kv:delete'),
    );
    expect(await json('stop', 'counter')).to.deep.equal({
      instanceId: 'counter',
      status: 'stopped',
    });
  });

  it('follow events, each a line, until they are stopped', async () => {
    const args = ['events', '--follow', '--json', '--url', host.url, '--type', 'instance_started'];
    const child = startCli([...args, '--instance', 'late']);
    const run = ended(child);
    const heard = Promise.withResolvers<void>();
    child.stdout?.once('data', () => heard.resolve());
    await json('start', guestPath('core'), '--id', 'late');
    await heard.promise;
    child.kill('SIGINT');
    const { code, stdout } = await run;
    expect(code).to.equal(0);
    expect(jsonLines(stdout).map(({ type, instanceId }) => [type, instanceId])).to.deep.equal([
      ['instance_started', 'late'],
    ]);
  });

  it('follow events of a host that has forgotten its first ones, where none matches yet', async () => {
    await using folder = await ScratchFolder.with({
      'few.yaml': 'supervisor: { maxFacts: 3 }\n',
    });
    await withCliHost(
      async ({ url, ask }) => {
        for (const id of ['a', 'b', 'c', 'd', 'e']) {
          await ask('start', guestPath('core'), '--id', id);
        }
        for (const more of [
          ['--type', 'instance_stopped'],
          ['--limit', '0'],
        ]) {
          const args = ['events', '--follow', '--json', '--url', url, ...more];
          const child = startCli(args);
          const run = ended(child);
          const heard = Promise.withResolvers<void>();
          child.stdout?.once('data', () => heard.resolve());
          const stop = setInterval(
            () => void ask('stop', 'a').then(() => ask('start', guestPath('core'), '--id', 'a')),
            1_500,
          );
          await Promise.race([heard.promise, run]);
          clearInterval(stop);
          child.kill('SIGINT');
          const { code, stderr } = await run;
          expect([code, stderr]).to.deep.equal([0, '']);
        }
      },
      ['--config', 'few.yaml'],
      { cwd: folder.path },
    );
  });

  it('fail with the code on standard error, and nothing on standard output', async () => {
    const missing = await host.ask('stop', 'nobody');
    expect([missing.code, missing.stdout]).to.deep.equal([1, '']);
    expect(missing.stderr).to.match(/^INSTANCE_NOT_FOUND: /);
    const asJson = await host.ask('invoke', 'nobody', 'add', '--json');
    expect(JSON.parse(asJson.stderr)).to.include({ error_code: 'INSTANCE_NOT_FOUND' });
    const nobody = await cli(['ps', '--url', 'http://127.0.0.1:1']);
    expect(nobody.code).to.equal(1);
    expect(nobody.stderr).to.include('CRASH_DETECTED').and.include('wasmatrix host');
    const wrong = await cli(['ps', '--jsno']);
    expect(wrong.code).to.equal(2);
    expect(wrong.stderr).to.include("unknown option '--jsno'").and.include('--json');
  });
});

describe('the commands that ask nobody', function () {
  this.timeout(60_000);

  it('print JSON of a known form as well', async () => {
    const [inspected, examined, loaded] = await Promise.all([
      cli(['inspect', guestPath('core'), '--json']),
      cli(['doctor', '--json']),
      cli(['load', '--instances', '3', '--calls', '2', '--json']),
    ]);
    expect(JSON.parse(inspected.stdout)).to.include({ abi: 'core', life: 'reactor' });
    fits(Type.Object({ residentInstances: Figure, limitedBy: Text }), JSON.parse(examined.stdout));
    expect(JSON.parse(loaded.stdout)).to.include({ instances: 3, calls: 6, failedCalls: 0 });
  });
});
