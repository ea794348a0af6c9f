import { CapacityLedger, type CapacityTicket } from '../../lib/core/capacity-ledger.ts';

/** Something that happens to a machine; `which` chooses among the starts. */
export type MachineStep =
  | { readonly kind: 'start'; readonly size: number }
  | { readonly kind: 'launch' | 'grow' | 'settle' | 'end'; readonly which: number }
  | { readonly kind: 'look' | 'see' | 'learn' };

interface Start {
  readonly ticket: CapacityTicket;
  readonly size: number;
  used: number;
  isLaunched: boolean;
}

/**
 * A machine with one limit, whose starts take what they need bit by bit, and on which a look takes time:
 * it begins, sees, and is heard of later.
 */
export class SimulatedMachine {
  /** What is used by others. */
  foreign = 0;
  readonly #limit: number;
  readonly #ledger = new CapacityLedger();
  readonly #starts: Start[] = [];
  #look: { readonly number: number; seen: number | undefined } | undefined;

  constructor(limit: number) {
    this.#limit = limit;
    for (const kind of ['look', 'see', 'learn'] as const) this.take({ kind });
  }

  get used(): number {
    return this.#starts.reduce((sum, { used }) => sum + used, this.foreign);
  }

  get running(): number {
    return this.#starts.length;
  }

  /** @returns whether it was let in. */
  take(step: MachineStep): boolean {
    if ('size' in step) return this.#start(step.size);
    if ('which' in step) return this.#happens(step.kind, step.which);
    switch (step.kind) {
      case 'look':
        this.#look ??= { number: this.#ledger.look(), seen: undefined };
        break;
      case 'see':
        if (this.#look !== undefined) this.#look.seen ??= this.used;
        break;
      case 'learn':
        this.#learn();
        break;
    }
    return true;
  }

  #learn(): void {
    if (this.#look?.seen === undefined) return;
    const { number, seen } = this.#look;
    this.#look = undefined;
    const bound = { resource: 'mappings', used: seen, limit: this.#limit, reserved: 0, raise: '' };
    this.#ledger.learn(number, [bound as never]);
  }

  #start(size: number): boolean {
    const needs = { mappings: size };
    if (this.#ledger.refusal(needs) !== undefined) return false;
    this.#starts.push({ ticket: this.#ledger.begin(needs), size, used: 0, isLaunched: false });
    return true;
  }

  #happens(kind: string, which: number): boolean {
    const index = which % Math.max(1, this.#starts.length);
    const start = this.#starts[index];
    if (start === undefined) return true;
    switch (kind) {
      case 'launch':
        if (start.isLaunched) return true;
        start.isLaunched = start.ticket.launch() === undefined;
        return start.isLaunched;
      case 'grow':
        if (start.isLaunched) start.used = Math.min(start.size, start.used + 7);
        break;
      case 'settle':
        // Only what has taken everything may say so.
        if (start.isLaunched) start.used = start.size;
        if (start.isLaunched) start.ticket.settle();
        break;
      default:
        this.#starts.splice(index, 1);
        start.ticket.end();
    }
    return true;
  }

  /** Every start has its turn and takes what it needs, and somebody looks. */
  settleAll(): void {
    for (const which of this.#starts.keys()) {
      this.#happens('launch', which);
      this.#happens('settle', which);
    }
    for (const kind of ['look', 'see', 'learn'] as const) this.take({ kind });
  }
}
