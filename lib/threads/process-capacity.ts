import { CapacityLedger } from '../core/capacity-ledger.ts';
import { type MachineFigures, machineBounds } from '../core/machine-figures.ts';
import { ThreadRemains } from '../core/thread-remains.ts';
import { CapacityGauge } from './capacity-gauge.ts';

/** What all supervisors of a process share: its limits, and who has begun to use what of them. */
export class ProcessCapacity {
  readonly ledger: CapacityLedger = new CapacityLedger();
  readonly remains: ThreadRemains = new ThreadRemains();
  readonly gauge: CapacityGauge;

  /** @param read - takes the figures. */
  constructor(read?: () => Promise<MachineFigures>) {
    const listener = {
      begin: () => this.ledger.look(),
      learn: (look: number, figures: MachineFigures) =>
        this.ledger.learn(look, machineBounds(figures)),
    };
    this.gauge = new CapacityGauge(listener, read);
  }
}

/** That of this process. */
export const PROCESS_CAPACITY: ProcessCapacity = new ProcessCapacity();
