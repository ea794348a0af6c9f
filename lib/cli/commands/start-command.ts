import type { Command } from 'commander';
import { Option } from 'commander';
import type { InstanceSpec } from '../../core/instance-spec.ts';
import {
  atHost,
  type ClientOptions,
  countOf,
  listInto,
  pairInto,
  withHost,
} from '../command-options.ts';
import { grantsOf } from '../grants.ts';

interface StartOptions extends ClientOptions {
  readonly id?: string;
  readonly name?: string;
  readonly label?: Record<string, string>;
  readonly env?: Record<string, string>;
  readonly guestConfig?: Record<string, string>;
  readonly grant?: readonly string[];
  readonly residency?: 'resident' | 'on-demand';
  readonly isolation?: 'thread' | 'process';
  readonly restart?: 'never' | 'always' | 'on-failure';
  readonly memoryBytes?: number;
  readonly callTimeoutMs?: number;
  readonly fuel?: number;
}

/** `wasmatrix start` */
export function startCommand(program: Command): void {
  withHost(
    program
      .command('start <file> [args...]')
      .description('start an instance at a host; the module is read here and sent there'),
  )
    .option('--id <instance>', 'its id; one is made up if none is given')
    .option('--name <name>', 'a name for people')
    .option('--label <key=value>', 'a label; may be given again', pairInto)
    .option('--grant <permissions>', 'such as kv:read,kv:write:hits*; may be given again', listInto)
    .option('--env <name=value>', 'a variable of its environment; may be given again', pairInto)
    .option('--guest-config <key=value>', 'what wasi:config and Extism show it', pairInto)
    .addOption(
      new Option('--residency <kind>', 'its own thread, or one on demand').choices([
        'resident',
        'on-demand',
      ]),
    )
    .addOption(
      new Option('--isolation <kind>', 'a thread of the host, or one of a process').choices([
        'thread',
        'process',
      ]),
    )
    .addOption(
      new Option('--restart <policy>', 'when it ends by itself').choices([
        'never',
        'always',
        'on-failure',
      ]),
    )
    .option('--memory-bytes <bytes>', 'of all its linear memories', countOf)
    .option('--call-timeout-ms <ms>', 'how long a call may take', countOf)
    .option('--fuel <units>', 'what a call may use up', countOf)
    .addHelpText(
      'after',
      '\nArguments of the guest follow the file; options of the guest follow "--".',
    )
    .action(async (file: string, args: readonly string[], options: StartOptions) => {
      await atHost(options, async (supervisor, terminal) => {
        const id = await supervisor.startInstance(specOf(file, args, options));
        terminal.result({ instanceId: id }, () => id);
      });
    });
}

function specOf(file: string, args: readonly string[], options: StartOptions): InstanceSpec {
  const { id, name, label, env, guestConfig, grant = [], residency, isolation, restart } = options;
  const { memoryBytes, callTimeoutMs, fuel } = options;
  const limits = { memoryBytes, callTimeoutMs, fuel };
  const given = Object.entries(limits).filter(([, value]) => value !== undefined);
  const wasi = {
    ...(args.length === 0 ? {} : { args: [file, ...args] }),
    ...(env === undefined ? {} : { env }),
  };
  return {
    module: file,
    ...(id === undefined ? {} : { instanceId: id }),
    ...(name === undefined ? {} : { name }),
    ...(label === undefined ? {} : { labels: label }),
    ...(residency === undefined ? {} : { residency }),
    ...(isolation === undefined ? {} : { isolation }),
    ...(restart === undefined ? {} : { restartPolicy: { policyType: restart } }),
    ...(grant.length === 0 ? {} : { capabilities: grantsOf(grant) }),
    ...(given.length === 0 ? {} : { limits: Object.fromEntries(given) }),
    ...(Object.keys(wasi).length === 0 ? {} : { wasi }),
    ...(guestConfig === undefined ? {} : { config: guestConfig }),
  };
}
