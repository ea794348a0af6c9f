/**
 * How a life of an instance ended.
 *
 * @public
 */
export interface InstanceExit {
  /**
   * `exited`: by itself, with a code; `trap`: WebAssembly or its ABI; `timeout`: a deadline;
   * `killed`: on request; `out-of-memory`: the thread's heap; `lost`: the thread went without a word.
   */
  readonly reason: 'exited' | 'trap' | 'timeout' | 'killed' | 'out-of-memory' | 'lost';
  readonly exitCode?: number;
  readonly message?: string;
  /** ISO 8601, UTC. */
  readonly at: string;
  /** The guest's own stack, function names as the module gives them. */
  readonly stack?: string;
}

/**
 * Whether an end is a failure in the sense of the `on-failure` policy.
 *
 * @internal
 */
export function isFailure(exit: Pick<InstanceExit, 'reason' | 'exitCode'>): boolean {
  return !(exit.reason === 'exited' && (exit.exitCode ?? 0) === 0);
}
