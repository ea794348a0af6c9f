import type { FuelTank } from '../../fuel-tank.ts';
import { GuestTrap } from '../../guest-failure.ts';
import { HandleTable } from './handle-table.ts';
import { OutsideHandles } from './outside-handles.ts';
import { trapCause } from './trap-cause.ts';

function isDisposable(object: object): object is Disposable {
  return Symbol.dispose in object;
}

function disposedOf(resource: Disposable): boolean {
  try {
    resource[Symbol.dispose]();
    return true;
  } catch (thrown) {
    if (thrown instanceof GuestTrap) return false;
    throw thrown;
  }
}

/**
 * What all instances of one bound component share. They fail together: once one of them has trapped,
 * none can be relied on.
 *
 * @internal
 */
export class ComponentTree {
  readonly payloadBytes: number;
  /** What all core modules pay from, if they are metered. */
  readonly fuel: FuelTank | undefined;
  readonly outside: OutsideHandles = new OutsideHandles();
  readonly memories: Set<WebAssembly.Memory> = new Set();
  readonly #tables: HandleTable[] = [];
  #failure: { readonly cause: unknown } | undefined;
  #isInHost = false;

  constructor(payloadBytes: number, fuel?: FuelTank) {
    this.payloadBytes = payloadBytes;
    this.fuel = fuel;
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

  /** A table of handles of one of the instances. */
  addTable(table: HandleTable): void {
    this.#tables.push(table);
  }

  /** How many handles all instances hold. */
  get heldHandles(): number {
    return this.#tables.reduce((sum, { size }) => sum + size, 0);
  }

  /**
   * Gives back what the host keeps for the handles that the guest has not dropped. The guest must not
   * be called any more.
   */
  giveBack(): void {
    let kept = this.#tables.flatMap((table) => [...table.ownedObjects()]).filter(isDisposable);
    // What still has a part that is open, such as a body with its stream, ends after that part.
    for (let turn = 0; turn < 2; turn++) kept = kept.filter((resource) => !disposedOf(resource));
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
    tree.addTable(this.handles);
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
