import { expect } from 'chai';
import type { Logger } from '../../lib/core/logger.ts';
import { connectSupervisor, createSupervisor } from '../../lib/create-supervisor.ts';
import { AT_ONCE, failureOf, kvGrant, pause, until } from '../e2e/fixtures.ts';
import { guestBytes } from '../guests/guest-file.ts';
import { withHost } from '../host/host-stage.ts';
import { everythingHappens, invoke, startCounter } from './telemetry-stage.ts';

type Line = Readonly<Record<string, unknown>>;

function recording(lines: Line[]): Logger {
  const write =
    (level: string) =>
    (fields: Line, message: string): void => {
      lines.push({ level, message, ...fields });
    };
  return {
    debug: write('debug'),
    info: write('info'),
    warn: write('warn'),
    error: write('error'),
  };
}

describe('the id of a request', function () {
  this.timeout(60_000);

  for (const isolation of ['thread', 'process'] as const) {
    it(`stands in the facts of whatever its call does, and in no others · ${isolation}`, async () => {
      await using supervisor = await createSupervisor({ recordCapabilityCalls: true });
      const start = (permissions: readonly string[]): Promise<string> =>
        supervisor.startInstance({
          module: guestBytes('counter-c'),
          isolation,
          restartPolicy: AT_ONCE,
          capabilities: [kvGrant(permissions)],
        });
      const [own, other] = await Promise.all([start(['kv:read', 'kv:write']), start(['kv:read'])]);
      // All of one mailbox, one after the other without a pause.
      await Promise.all([
        supervisor.invoke(own, 'bump-many', ['a', 3], { requestId: 'first' }),
        supervisor.invoke(own, 'bump-many', ['a', 3]),
        supervisor.invoke(own, 'bump-many', ['a', 3], { requestId: 'third' }),
        supervisor.invoke(other, 'bump', ['a'], { requestId: 'denied' }).catch(() => undefined),
        supervisor.invoke(other, 'read', ['a']),
      ]);
      await failureOf(supervisor.invoke(own, 'boom', [], { requestId: 'crash' }));
      await until(
        supervisor,
        own,
        ({ restarts, status }) => restarts === 1 && status === 'running',
      );
      const facts = await supervisor.executionEvents();
      const idsOf = (type: string, id: string): unknown[] =>
        facts
          .filter((fact) => fact.type === type && fact.instanceId === id)
          .map(({ details }) => details['requestId']);
      const called = idsOf('capability_called', own);
      const each = called.length / 3;
      expect(each).to.be.at.least(3);
      const expected = ['first', undefined, 'third'].flatMap((id) =>
        Array.from({ length: each }, () => id),
      );
      expect(called).to.deep.equal(expected);
      expect(new Set(idsOf('capability_denied', other))).to.deep.equal(new Set(['denied']));
      expect(idsOf('instance_crashed', own)).to.deep.equal(['crash']);
      expect(idsOf('instance_restarted', own)).to.deep.equal([undefined]);
    });
  }

  it('leads from the request to the API, by the call and its facts, to the lines that the guest writes', async () => {
    const lines: Line[] = [];
    await withHost(
      async (host) => {
        const { supervisor } = host;
        await using remote = await connectSupervisor(host.url);
        const id = await startCounter(host, ['kv:read']);
        const talker = await supervisor.startInstance({ module: guestBytes('shims-as') });
        await invoke(host, id, 'bump', ['a'], { 'x-request-id': 'by-hand' });
        await remote.invoke(talker, 'say', [-3], { requestId: 'from-afar' });
        await supervisor.invoke(talker, 'say', [1]);
        const said = (): Line[] => lines.filter(({ stream }) => stream !== undefined);
        while (said().every(({ requestId }) => requestId !== undefined)) await pause(5);
        const of = (requestId: string): string[] => [
          ...new Set(
            lines
              .filter((line) => line['requestId'] === requestId)
              .map(({ message }) => message as string),
          ),
        ];
        expect(of('by-hand')).to.include.members(['capability_denied', 'api change']);
        expect(of('from-afar')).to.include.members(['api change']);
        const spoken = said().filter(({ requestId }) => requestId === 'from-afar');
        expect(spoken.map(({ message }) => message)).to.include('log -3');
        expect(spoken.every(({ instanceId }) => instanceId === talker)).to.equal(true);
      },
      { logger: recording(lines) },
    );
  });

  it('is refused where it could be anything else than an id', async () => {
    await using supervisor = await createSupervisor();
    const id = await supervisor.startInstance({ module: guestBytes('core') });
    for (const requestId of ['', 'a b', 'x\ny', 'a'.repeat(129), 7]) {
      const call = supervisor.invoke(id, 'add', [1, 2], { requestId } as object);
      expect((await failureOf(call)).details['field']).to.equal('requestId');
    }
  });
});

describe('the lines of the log', function () {
  this.timeout(60_000);

  it('have the fields that docs/telemetry.md lists, and each of those is seen', async () => {
    const { fieldsOfLog } = await import('./documented.ts');
    const lines: Line[] = [];
    await withHost(
      async (host) => {
        await everythingHappens(host);
        const talker = await host.supervisor.startInstance({ module: guestBytes('shims-as') });
        await host.supervisor.invoke(talker, 'say', [-3]);
        await host.supervisor.startGroup({
          children: [{ childId: 'child', instance: { module: guestBytes('core') } }],
        });
        await host.supervisor.stopInstance(talker);
        while (!lines.some(({ stream }) => stream !== undefined)) await pause(5);
      },
      { logger: recording(lines), triggerListen: '127.0.0.1:0' },
    );
    const seen = new Set(
      lines.flatMap((line) => Object.keys(line).filter((key) => line[key] !== undefined)),
    );
    seen.delete('level');
    seen.delete('message');
    const { always, sometimes } = fieldsOfLog();
    expect([...seen].filter((field) => ![...always, ...sometimes].includes(field))).to.deep.equal(
      [],
    );
    expect(always.filter((field) => !seen.has(field))).to.deep.equal([]);
  });
});
