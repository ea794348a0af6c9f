import { WasmatrixError } from '../../lib/core/errors.ts';
import type { CallContext, RequiredPermission } from '../../lib/core/provider.ts';
import { type Judge, type Judgement, severer } from './address-judgement.ts';
import { HttpFailure } from './http-failure.ts';
import { parseAddress } from './ip-address.ts';
import type { TargetUrl } from './target-url.ts';

/**
 * A target whose every address has been judged. Connections go to these addresses and no others: the
 * name is not looked up again, so nobody can change its answer in between.
 *
 * @internal
 */
export interface CheckedTarget extends TargetUrl {
  /** At least one, in the resolver's order, each once. */
  readonly addresses: readonly string[];
}

/**
 * Finds all addresses of a name.
 *
 * @internal
 */
export type Resolve = (name: string) => Promise<readonly string[]>;

/** More addresses than that are not looked at, and a name that has them is refused. */
const MAX_ADDRESSES = 64;

/**
 * What a request to a target needs, before its addresses are known.
 *
 * @internal
 */
export function permissionsOf(method: string, target: TargetUrl): readonly RequiredPermission[] {
  return [
    { action: 'http:request' },
    { action: 'http:domain', scope: target.authority, isNarrowing: true },
    { action: 'http:method', scope: method, isNarrowing: true },
  ];
}

/**
 * Looks a target up, once, and judges every address it has. One that needs `http:private` makes the
 * whole name need it, and one that nobody may connect to refuses the name.
 *
 * @throws `PERMISSION_DENIED` without `http:private` where it is needed; `HttpFailure`
 * `destination-IP-prohibited` for what is never allowed, `DNS-error` for a name without addresses,
 * or what the resolver throws.
 * @internal
 */
export async function checkTarget(
  target: TargetUrl,
  context: Pick<CallContext, 'allows'>,
  { resolve, judge }: { readonly resolve: Resolve; readonly judge: Judge },
): Promise<CheckedTarget> {
  const answers = target.isAddress ? [target.host] : await resolve(target.host);
  if (answers.length === 0 || answers.length > MAX_ADDRESSES) {
    throw new HttpFailure('DNS-error', `the name has ${answers.length} addresses`);
  }
  const addresses = new Map<string, string>();
  let severest: Judgement = 'public';
  for (const answer of answers) {
    const address = parseAddress(answer);
    if (address === undefined) throw new HttpFailure('DNS-error', 'the answer is no address');
    severest = severer(severest, judge(answer));
    // The answer itself is kept, because a link-local address is nothing without its zone.
    if (!addresses.has(address.text)) addresses.set(address.text, answer);
  }
  // Neither refusal tells which address it was: a guest must not learn of a network by asking.
  if (severest === 'forbidden') {
    throw new HttpFailure('destination-IP-prohibited', 'nobody may connect to that address');
  }
  if (severest === 'private' && !context.allows({ action: 'http:private' })) {
    throw new WasmatrixError('PERMISSION_DENIED', 'the host has a private address', {
      permission: 'http:private',
    });
  }
  return { ...target, addresses: [...addresses.values()] };
}
