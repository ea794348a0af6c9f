import { GuestTrap } from '../../guest-failure.ts';
import { HandleTable } from './handle-table.ts';
import { OutsideHandles } from './outside-handles.ts';

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

  constructor(payloadBytes: number) {
    this.payloadBytes = payloadBytes;
  }

  /**
   * Remembers the first failure and returns it. It is recorded before it is thrown through the guest,
   * because Wasm's `catch_all` catches what JavaScript throws.
   */
  fail(cause: unknown): unknown {
    this.#failure ??= { cause };
    return this.#failure.cause;
  }

  /**
   * @throws whatever failed first.
   */
  assertAlive(): void {
    if (this.#failure !== undefined) throw this.#failure.cause;
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
    this.mayLeave = before;
    return result;
  }
}
