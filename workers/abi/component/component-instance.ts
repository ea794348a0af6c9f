import { GuestTrap } from '../../guest-failure.ts';
import { HandleTable } from './handle-table.ts';
import { OutsideHandles } from './outside-handles.ts';
import { trapCause } from './trap-cause.ts';

/**
 * What all instances of one bound component share. They fail together: once one of them has trapped,
 * none can be relied on.
 *
 * @internal
 */
export class ComponentTree {
  readonly payloadBytes: number;
  readonly outside: OutsideHandles = new OutsideHandles();
  readonly memories: Set<WebAssembly.Memory> = new Set();
  #failure: { readonly cause: unknown } | undefined;
  #isInHost = false;

  constructor(payloadBytes: number) {
    this.payloadBytes = payloadBytes;
  }

  /**
   * Remembers the first failure and returns it. It is recorded before it is thrown through the guest,
   * because Wasm's `catch_all` catches what JavaScript throws.
   */
  fail(cause: unknown): unknown {
    this.#failure ??= { cause: trapCause(cause) };
    return this.#failure.cause;
  }

  /**
   * @throws whatever failed first.
   */
  assertAlive(): void {
    if (this.#failure !== undefined) throw this.#failure.cause;
  }

  /**
   * Runs what the guest has called. A stack that overflows in the middle of it unwinds it without a
   * chance to record why, and the guest may catch that; so the beginning is recorded, and its end.
   *
   * @throws `GuestTrap` when an earlier call has not come to its end.
   */
  inHost<T>(run: () => T): T {
    this.#assertOutsideHost();
    this.#isInHost = true;
    const result = run();
    this.#isInHost = false;
    return result;
  }

  /**
   * Runs code of the guest, which may call the host.
   *
   * @throws `GuestTrap` when such a call has not come to its end.
   */
  inGuest<T>(run: () => T): T {
    const before = this.#isInHost;
    this.#isInHost = false;
    const result = run();
    this.assertAlive();
    this.#assertOutsideHost();
    this.#isInHost = before;
    return result;
  }

  #assertOutsideHost(): void {
    if (this.#isInHost) throw this.fail(new GuestTrap('a call of an import was cut short'));
  }
}

/**
 * One instance of a component: its handles and what it may do at this moment.
 *
 * @internal
 */
export class ComponentInstance {
  readonly tree: ComponentTree;
  readonly handles: HandleTable = new HandleTable();
  /** An export of it is on the stack. */
  isEntered = false;
  /** False while values are being written into it and while its post-return runs. */
  mayLeave = true;

  constructor(tree: ComponentTree) {
    this.tree = tree;
  }

  /**
   * @throws `GuestTrap` when a call must not leave this instance now.
   */
  assertMayLeave(): void {
    this.tree.assertAlive();
    if (!this.mayLeave) throw new GuestTrap('a component called out while it must not');
  }

  /**
   * Calls something of this instance that must not call out, such as its allocator.
   */
  withoutLeaving<T>(call: () => T): T {
    const before = this.mayLeave;
    this.mayLeave = false;
    const result = call();
    // It may have called out nevertheless, and caught what it was thrown.
    this.tree.assertAlive();
    this.mayLeave = before;
    return result;
  }
}
