import { lookup } from 'node:dns/promises';
import { messageOf } from '../../lib/core/errors.ts';
import { HttpFailure } from './http-failure.ts';

/**
 * Finds all addresses of a name, as the operating system does it: its hosts file (`localhost` needs no
 * network) and then its name servers.
 *
 * @throws `HttpFailure` `DNS-error`, or `DNS-timeout` where no name server answered.
 * @internal
 */
export async function resolveName(name: string): Promise<readonly string[]> {
  try {
    const answers = await lookup(name, { all: true, order: 'verbatim' });
    return answers.map(({ address }) => address);
  } catch (cause) {
    const isSilence = (cause as { readonly code?: unknown }).code === 'EAI_AGAIN';
    throw new HttpFailure(isSilence ? 'DNS-timeout' : 'DNS-error', messageOf(cause), { cause });
  }
}
