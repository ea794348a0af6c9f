import { GuestTrap } from '../../guest-failure.ts';

/**
 * Core values that the guest passed, read one after the other. Their types are the guest's own choice
 * and are checked here, because nothing has compared its signature with the expected one.
 *
 * @internal
 */
export class FlatValues {
  readonly #values: readonly unknown[];
  #next = 0;

  constructor(values: readonly unknown[]) {
    this.#values = values;
  }

  /** Takes `count` values as they are. */
  take(count: number): readonly unknown[] {
    const from = this.#next;
    this.#next += count;
    return this.#values.slice(from, this.#next);
  }

  skip(count: number): void {
    this.#next += count;
  }

  /** An i32, f32 or f64. */
  number(): number {
    const value = this.#values[this.#next++];
    if (typeof value !== 'number') throw new GuestTrap('a core function has the wrong signature');
    return value;
  }

  /** An i64, as the engine passes it: signed. */
  bigint(): bigint {
    const value = this.#values[this.#next++];
    if (typeof value !== 'bigint') throw new GuestTrap('a core function has the wrong signature');
    return value;
  }
}
