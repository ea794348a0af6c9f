/**
 * What one caller knows of a counter that nobody else counts with: each answer must show every increment that was
 * acknowledged, none that was refused with "not executed", and those that may have been executed or not at all.
 */
export class CountTally {
  #count = 0n;
  #unsure = 0n;
  #isAtRest = false;

  /** An increment was answered. What is wrong with the count; nothing if it is possible. */
  answered(count: bigint): string | undefined {
    const least = this.#count + 1n;
    const most = least + this.#unsure;
    const isPossible = count >= least && count <= most;
    this.#unsure = this.#isAtRest || !isPossible ? 0n : most - count;
    this.#isAtRest = false;
    this.#count = count;
    return isPossible ? undefined : `a counter shows ${count}, not ${least} to ${most}`;
  }

  /** An increment may have been executed, or may be yet. */
  unsure(): void {
    this.#unsure += 1n;
    this.#isAtRest = false;
  }

  /** What could still be executed has been: the next answer shows it. */
  rest(): void {
    this.#isAtRest = true;
  }
}
