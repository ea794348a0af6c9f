import { expect } from 'chai';
import { silentLogger } from '../../lib/core/logger.ts';
import { guestBytes } from '../guests/guest-file.ts';
import { pause, until, withSupervisor } from './fixtures.ts';

describe('lines that guests write', () => {
  for (const isolation of ['thread', 'process'] as const) {
    it(`go to the logger of the supervisor and to the instance's own output · ${isolation}`, async () => {
      const logged: unknown[] = [];
      const info = (fields: Readonly<Record<string, unknown>>, message: string): void => {
        logged.push({ ...fields, message });
      };
      await withSupervisor(
        async (supervisor) => {
          const id = await supervisor.startInstance({
            module: guestBytes('shims-as'),
            isolation,
          });
          await supervisor.invoke(id, 'say', [-3]);
          const { output } = await until(
            supervisor,
            id,
            (each) => each.output?.stderr.endsWith('not positive\n') === true,
          );
          while (logged.length < 7) await pause(5);
          const line = (stream: string) => (message: string) => ({
            instanceId: id,
            stream,
            message,
          });
          const linesOf = (text = ''): string[] => text.trimEnd().split('\n');
          expect(logged).to.have.deep.members([
            ...linesOf(output?.stdout).map(line('stdout')),
            ...linesOf(output?.stderr).map(line('stderr')),
          ]);
        },
        { logger: { ...silentLogger, info } },
      );
    });
  }

  it('are all there when a command has come to its end', async () => {
    const logged: string[] = [];
    await withSupervisor(
      async (supervisor) => {
        const id = await supervisor.startInstance({
          module: guestBytes('hello-c'),
          restartPolicy: { policyType: 'never' },
        });
        const { output } = await until(supervisor, id, ({ status }) => status === 'stopped');
        while (logged.length === 0) await pause(5);
        expect(`${logged.join('\n')}\n`).to.equal(`${output?.stdout}${output?.stderr}`);
      },
      { logger: { ...silentLogger, info: (_fields, message) => logged.push(message) } },
    );
  });
});
