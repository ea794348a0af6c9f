import type { Command } from 'commander';
import { invalidField } from '../../core/errors.ts';
import { atHost, type ClientOptions, pairInto, withHost } from '../command-options.ts';
import { providerTypeOf } from '../grants.ts';

interface GrantOptions extends ClientOptions {
  readonly capability?: string;
  readonly provider?: string;
  readonly providerType?: string;
  readonly bucket?: Record<string, string>;
}

/** `wasmatrix grant` and `wasmatrix revoke` */
export function capabilityCommands(program: Command): void {
  withHost(
    program
      .command('grant <instance> <permission...>')
      .description('give an instance a capability; what it had by the same id is replaced'),
  )
    .option('--capability <id>', 'its id; the type of the provider if none is given')
    .option('--provider <id>', 'which provider; the only one of its type if none is given')
    .option('--provider-type <type>', 'the type; that of the permissions if none is given')
    .option('--bucket <name=bucket>', 'what a name of a bucket means; may be given again', pairInto)
    .action(async (id: string, permissions: readonly string[], options: GrantOptions) => {
      const given = permissions.flatMap((each) => each.split(',')).filter((each) => each !== '');
      const types = new Set(given.map(providerTypeOf));
      const providerType = options.providerType ?? [...types][0] ?? '';
      if (types.size > 1 && options.providerType === undefined) {
        throw invalidField('permission', `of ${types.size} types: grant them one by one`);
      }
      const { capability = providerType, provider, bucket } = options;
      await atHost(options, async (supervisor, terminal) => {
        await supervisor.assignCapability(id, {
          capabilityId: capability,
          providerType,
          permissions: given,
          ...(provider === undefined ? {} : { providerId: provider }),
          ...(bucket === undefined ? {} : { config: { buckets: bucket } }),
        });
        terminal.result(
          { instanceId: id, capabilityId: capability, providerType, permissions: given },
          () => `${id} has ${capability}: ${given.join(', ')}`,
        );
      });
    });
  withHost(
    program
      .command('revoke <instance> <capability...>')
      .description('take capabilities away; after that no call is served by them'),
  ).action(async (id: string, capabilities: readonly string[], options: ClientOptions) => {
    await atHost(options, async (supervisor, terminal) => {
      for (const capabilityId of capabilities) {
        await supervisor.revokeCapability(id, capabilityId);
        terminal.result(
          { instanceId: id, capabilityId },
          () => `${id} has ${capabilityId} no more`,
        );
      }
    });
  });
}
