/**
 * What a counter that many increment must show: every increment that was acknowledged, and none that
 * nobody has asked for. What was under way when its guest was killed may count or not.
 */
export class CounterModel {
  #acknowledged = 0n;
  #uncertain = 0n;

  /**
   * Counts an increment that somebody asks for.
   *
   * @param times - how many at once.
   * @param asked - resolves once all are acknowledged, and rejects where they may be or not.
   */
  async count<T>(times: number, asked: () => Promise<T>): Promise<T> {
    const many = BigInt(times);
    this.#uncertain += many;
    const answer = await asked();
    this.#uncertain -= many;
    this.#acknowledged += many;
    return answer;
  }

  /** Increments that were acknowledged. */
  get acknowledged(): bigint {
    return this.#acknowledged;
  }

  /** What is wrong with a value that was read while nobody counts; nothing if it is possible. */
  faultOf(value: bigint): string | undefined {
    const most = this.#acknowledged + this.#uncertain;
    if (value >= this.#acknowledged && value <= most) return undefined;
    return `the counter shows ${value}, not ${this.#acknowledged} to ${most}`;
  }
}
