import type { Command } from 'commander';
import { bytesText } from '../../core/bytes-text.ts';
import { invalidField } from '../../core/errors.ts';
import type { InstanceInfo } from '../../core/instance-info.ts';
import { INSTANCE_STATUSES, type InstanceStatus } from '../../core/lifecycle.ts';
import { atHost, type ClientOptions, pairInto, withHost } from '../command-options.ts';
import { statusColour } from '../status-colour.ts';
import { agoText, table } from '../table.ts';
import { printable, type Terminal } from '../terminal.ts';

interface PsOptions extends ClientOptions {
  readonly status?: string;
  readonly name?: string;
  readonly label?: Readonly<Record<string, string>>;
}

/** `wasmatrix ps` */
export function psCommand(program: Command): void {
  withHost(program.command('ps').description('list the instances of a host'))
    .option('--status <status>', `only those: ${INSTANCE_STATUSES.join(', ')}`)
    .option('--name <name>', 'only those of this name')
    .option('--label <key=value>', 'only those with this label; may be given again', pairInto)
    .action(async (options: PsOptions) => {
      const { status, name, label } = options;
      if (status !== undefined && !INSTANCE_STATUSES.includes(status as InstanceStatus)) {
        throw invalidField('status', `must be one of ${INSTANCE_STATUSES.join(', ')}`);
      }
      await atHost(options, async (supervisor, terminal) => {
        const instances = await supervisor.listInstances({
          ...(status === undefined ? {} : { status: status as InstanceStatus }),
          ...(name === undefined ? {} : { name }),
          ...(label === undefined ? {} : { labels: label }),
        });
        terminal.result(instances, () => instanceTable(instances, terminal));
      });
    });
}

function instanceTable(instances: readonly InstanceInfo[], terminal: Terminal): string {
  if (instances.length === 0) {
    terminal.note('No instances. Start one by "wasmatrix start guest.wasm".');
  }
  const headings = [
    'INSTANCE',
    'STATUS',
    'ABI',
    'AGE',
    'RESTARTS',
    'CALLS',
    'CPU',
    'MEMORY',
    'NAME',
  ];
  const now = Date.now();
  return table(
    headings.map((each) => terminal.paint('bold', each)),
    instances.map(({ instanceId, status, abi, createdAt, restarts, usage, name = '' }) => [
      instanceId,
      terminal.paint(statusColour(status), status),
      abi,
      agoText(createdAt, now),
      String(restarts),
      String(usage.calls),
      `${usage.cpuMs.toFixed(0)} ms`,
      bytesText(usage.memoryBytes),
      printable(name),
    ]),
  );
}
