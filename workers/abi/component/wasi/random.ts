import type { GuestHost } from '../../../guest.ts';
import { GuestTrap } from '../../../guest-failure.ts';
import type { HostFunction } from '../host-imports.ts';
import { unsignedOf } from './import-arguments.ts';
import type { InterfaceGroup } from './interface-group.ts';

/**
 * `wasi:random`. The insecure functions may be weaker; there is no reason to let them.
 *
 * @internal
 */
export function randomInterfaces(host: GuestHost): InterfaceGroup {
  const number = (): bigint => {
    const bytes = new BigUint64Array(1);
    host.fillRandom(new Uint8Array(bytes.buffer));
    return bytes[0] as bigint;
  };
  const bytes: HostFunction = (length) => {
    const { payloadBytes } = host.limits;
    // The functions have no result to refuse by.
    if (unsignedOf(length) > payloadBytes) {
      throw new GuestTrap(`more than ${payloadBytes} random bytes at once`);
    }
    const random = new Uint8Array(Number(length));
    host.fillRandom(random);
    return random;
  };
  return {
    'wasi:random/random@0.2.x': { 'get-random-bytes': bytes, 'get-random-u64': number },
    'wasi:random/insecure@0.2.x': {
      'get-insecure-random-bytes': bytes,
      'get-insecure-random-u64': number,
    },
    'wasi:random/insecure-seed@0.2.x': { 'insecure-seed': () => [number(), number()] },
  };
}
