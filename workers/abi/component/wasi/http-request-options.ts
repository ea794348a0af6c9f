import { GuestTrap } from '../../../guest-failure.ts';
import { type HostFunction, HostResource } from '../host-imports.ts';
import { optionOf, resourceOf, unsignedOf } from './import-arguments.ts';

const NS_PER_MS = 1_000_000n;
/** What a timer can count. */
const LONGEST_MS = 2n ** 31n - 1n;

const TIMEOUTS = ['connect-timeout', 'first-byte-timeout', 'between-bytes-timeout'] as const;
type Timeout = (typeof TIMEOUTS)[number];

const NAMES: Readonly<Record<Timeout, string>> = {
  'connect-timeout': 'connectTimeoutMs',
  'first-byte-timeout': 'firstByteTimeoutMs',
  'between-bytes-timeout': 'betweenBytesTimeoutMs',
};

/**
 * `request-options`: how long to wait for what.
 *
 * @internal
 */
export class RequestOptions extends HostResource {
  readonly #ns = new Map<Timeout, bigint>();
  #isGiven = false;

  #assertOwn(): void {
    if (this.#isGiven) throw new GuestTrap('options that were given away are used again');
  }

  get(timeout: Timeout): bigint | undefined {
    this.#assertOwn();
    return this.#ns.get(timeout);
  }

  set(timeout: Timeout, ns: bigint | undefined): void {
    this.#assertOwn();
    if (ns === undefined) this.#ns.delete(timeout);
    else this.#ns.set(timeout, ns);
  }

  /** Takes them over, as arguments of the provider: milliseconds, at least one. */
  give(): Readonly<Record<string, number>> {
    this.#assertOwn();
    this.#isGiven = true;
    return Object.fromEntries(
      [...this.#ns].map(([timeout, ns]) => {
        const ms = (ns + NS_PER_MS - 1n) / NS_PER_MS;
        return [NAMES[timeout], Number(ms < 1n ? 1n : ms > LONGEST_MS ? LONGEST_MS : ms)];
      }),
    );
  }
}

/**
 * The functions of `request-options`.
 *
 * @internal
 */
export function requestOptionsFunctions(): Record<string, HostFunction> {
  const options = (value: unknown): RequestOptions => resourceOf(RequestOptions, value);
  const functions = TIMEOUTS.flatMap((timeout): [string, HostFunction][] => [
    [`[method]request-options.${timeout}`, (self) => options(self).get(timeout)],
    [
      `[method]request-options.set-${timeout}`,
      (self, ns) => {
        options(self).set(timeout, optionOf(unsignedOf, ns));
      },
    ],
  ]);
  return {
    '[constructor]request-options': () => new RequestOptions(),
    ...Object.fromEntries(functions),
  };
}
