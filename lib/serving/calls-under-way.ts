import type { Clock } from '../core/clock.ts';
import { WasmatrixError } from '../core/errors.ts';
import type { WireValue } from '../core/provider.ts';
import type { Grant } from './grant.ts';

/**
 * The operations that answer later: only these can be met by a stop, an update or a revocation, and
 * only these can hang while the thread itself goes on.
 */
export class CallsUnderWay {
  readonly #clock: Clock;
  readonly #timeoutMs: number;
  readonly #idle: (() => void)[] = [];
  /** Fails each wait that is under way. */
  readonly #waits = new Set<(error: WasmatrixError) => void>();
  #count = 0;

  /** @param timeoutMs - how long one may take. */
  constructor(clock: Clock, timeoutMs: number) {
    this.#clock = clock;
    this.#timeoutMs = timeoutMs;
  }

  get isIdle(): boolean {
    return this.#count === 0;
  }

  /** Resolves when none is under way. */
  idle(): Promise<void> {
    if (this.#count === 0) return Promise.resolve();
    return new Promise((resolve) => this.#idle.push(resolve));
  }

  /**
   * What comes of an operation, if its grant is still held by then.
   *
   * @param onFailure - hears what it failed with.
   * @throws `TIMEOUT`; `PERMISSION_DENIED` after a revocation that has given up waiting.
   */
  async follow(
    value: PromiseLike<WireValue>,
    grant: Grant,
    onFailure: (error: unknown) => void,
  ): Promise<WireValue> {
    const leave = grant.enter();
    this.#count += 1;
    // Its own end, however late, is what counts it out: until then it may still have an effect.
    const settled = Promise.resolve(value).finally(() => {
      leave();
      this.#count -= 1;
      if (this.#count === 0) for (const resolve of this.#idle.splice(0)) resolve();
    });
    try {
      const answer = await this.#within(settled);
      if (!grant.isGivenUp) return answer;
    } catch (error) {
      if (!grant.isGivenUp) {
        onFailure(error);
        throw error;
      }
    }
    // No fact of a denial: the operation has had its effect, only its answer comes too late.
    throw new WasmatrixError('PERMISSION_DENIED', 'the grant was revoked during the operation');
  }

  async #within(settled: Promise<WireValue>): Promise<WireValue> {
    const { promise: late, reject } = Promise.withResolvers<never>();
    this.#waits.add(reject);
    const timer = this.#clock.setTimeout(() => {
      const message = `the operation took longer than ${this.#timeoutMs} ms`;
      reject(new WasmatrixError('TIMEOUT', message, { timeoutMs: this.#timeoutMs }));
    }, this.#timeoutMs);
    try {
      return await Promise.race([settled, late]);
    } finally {
      this.#clock.clearTimeout(timer);
      this.#waits.delete(reject);
    }
  }

  /** Nobody waits for an answer any longer: an operation that never ends leaves no timer behind. */
  abandon(): void {
    // Whether it has had its effect is not known.
    const error = new WasmatrixError('STORAGE_ERROR', 'the provider was lost');
    for (const reject of this.#waits) reject(error);
  }
}
