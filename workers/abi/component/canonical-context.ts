import type { CanonicalOptions } from '../../../lib/wasm/component-definition.ts';
import { GuestTrap, PayloadTooLarge } from '../../guest-failure.ts';
import type { ComponentInstance } from './component-instance.ts';
import type { BorrowScope, HandleEntry } from './handle-table.ts';
import { type PayloadBudget, unlimitedBudget } from './payload-budget.ts';

/** An allocator of the guest: `(oldPointer, oldSize, align, newSize) => pointer`. */
type Reallocate = (oldPointer: number, oldSize: number, align: number, newSize: number) => unknown;

const NO_BYTES = new Uint8Array(0);
const NO_VIEW = new DataView(NO_BYTES.buffer);

/**
 * One canonical definition at work: the memory that its values go through, and the state of the one
 * call that can be under way. Every pointer and length of the guest is checked here.
 *
 * @internal
 */
export class CanonicalContext implements BorrowScope {
  readonly instance: ComponentInstance;
  readonly encoding: CanonicalOptions['encoding'];
  readonly #memory: WebAssembly.Memory | undefined;
  readonly #reallocate: Reallocate | undefined;
  #buffer: ArrayBuffer | undefined;
  #view: DataView = NO_VIEW;
  #bytes: Uint8Array = NO_BYTES;
  #budget: PayloadBudget = unlimitedBudget();
  #lifting = '';
  #lenders: HandleEntry[] = [];
  borrowCount = 0;

  constructor(
    instance: ComponentInstance,
    encoding: CanonicalOptions['encoding'],
    memory: WebAssembly.Memory | undefined,
    reallocate: Reallocate | undefined,
  ) {
    this.instance = instance;
    this.encoding = encoding;
    this.#memory = memory;
    this.#reallocate = reallocate;
  }

  #refresh(): void {
    if (this.#memory === undefined) throw new GuestTrap('a canonical function has no memory');
    const { buffer } = this.#memory;
    if (buffer === this.#buffer) return;
    this.#buffer = buffer;
    this.#view = new DataView(buffer);
    this.#bytes = new Uint8Array(buffer);
  }

  /** The memory now; growing it makes an older view useless. */
  get view(): DataView {
    this.#refresh();
    return this.#view;
  }

  get bytes(): Uint8Array {
    this.#refresh();
    return this.#bytes;
  }

  /**
   * Starts counting what this call lifts. Without it a list of lists that all point to the same bytes
   * would grow without bound.
   *
   * @param what - for the message when it is too large.
   */
  beginLifting(what: string, budget: PayloadBudget): void {
    this.#lifting = what;
    this.#budget = budget;
  }

  /**
   * Counts bytes of strings and of lists of numbers, before anything is made of them.
   *
   * @throws `PayloadTooLarge`
   */
  spendContent(bytes: number): void {
    this.#budget.takeContent(bytes);
    this.#assertWithinBudget();
  }

  /**
   * Counts bytes of anything else, likewise.
   *
   * @throws `PayloadTooLarge`
   */
  spendStructure(bytes: number): void {
    this.#budget.takeStructure(bytes);
    this.#assertWithinBudget();
  }

  /**
   * Counts what values will cost the host, likewise; in units of `HOST_WORK`.
   *
   * @throws `PayloadTooLarge`
   */
  spendHostWork(units: number): void {
    this.#budget.takeHostWork(units);
    this.#assertWithinBudget();
  }

  #assertWithinBudget(): void {
    if (this.#budget.isSpent) throw new PayloadTooLarge(this.#lifting, this.#budget.contentBytes);
  }

  /**
   * @throws `GuestTrap` unless the range is aligned and inside the memory.
   */
  checkRange(pointer: number, byteLength: number, align: number): void {
    if (pointer % align !== 0) throw new GuestTrap(`pointer ${pointer} is not aligned to ${align}`);
    if (pointer + byteLength > this.bytes.length) {
      throw new GuestTrap(`pointer ${pointer} and length ${byteLength} are out of bounds`);
    }
  }

  /**
   * Has the guest make room.
   *
   * @throws `GuestTrap` when the pointer it answers with is no good.
   */
  allocate(byteLength: number, align: number): number {
    if (this.#reallocate === undefined) throw new GuestTrap('a component has no realloc');
    if (byteLength > 0x7fff_ffff) throw new GuestTrap('a value is too large for the guest');
    const pointer = this.#reallocate(0, 0, align, byteLength);
    this.instance.tree.assertAlive();
    if (typeof pointer !== 'number') throw new GuestTrap('realloc has the wrong signature');
    this.checkRange(pointer >>> 0, byteLength, align);
    return pointer >>> 0;
  }

  /** Keeps a handle from being dropped until the call that borrows it is over. */
  lend(entry: HandleEntry): void {
    entry.lendCount++;
    this.#lenders.push(entry);
  }

  /** Ends what `lend` began. */
  returnLent(): void {
    if (this.#lenders.length === 0) return;
    for (const entry of this.#lenders) entry.lendCount--;
    this.#lenders = [];
  }
}
