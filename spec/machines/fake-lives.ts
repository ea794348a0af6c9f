import { WasmatrixError } from '../../lib/core/errors.ts';
import type { InstanceExit } from '../../lib/core/exit.ts';
import type { LifeEnd, LifeHandle, LifeReport } from '../../lib/machines/life-logic.ts';

/** One life that is only pretended: no thread, but everything that a machine sees of one. */
export interface FakeLife {
  readonly life: number;
  readonly report: (report: LifeReport) => void;
  isAlive: boolean;
  drains: number;
  disposals: number;
}

/** How a life ends, for the reason that a spec chooses. */
export function lifeEnd(exit: Omit<InstanceExit, 'at'>): LifeEnd {
  return {
    exit: { ...exit, at: '2030-01-01T00:00:00.000Z' },
    error: new WasmatrixError('CRASH_DETECTED', exit.message ?? exit.reason),
  };
}

export const TRAP: LifeEnd = lifeEnd({ reason: 'trap', message: 'unreachable' });
export const EXIT_ZERO: LifeEnd = lifeEnd({ reason: 'exited', exitCode: 0 });
export const EXIT_ONE: LifeEnd = lifeEnd({ reason: 'exited', exitCode: 1 });

/** Every life that one machine has begun. */
export class FakeLives {
  readonly all: FakeLife[] = [];

  /** Lives that have neither reported their end nor been disposed of. */
  get alive(): readonly FakeLife[] {
    return this.all.filter(({ isAlive }) => isAlive);
  }

  get last(): FakeLife {
    const life = this.all.at(-1);
    if (life === undefined) throw new Error('no life has begun');
    return life;
  }

  readonly begin = (life: number, report: (report: LifeReport) => void): LifeHandle => {
    const fake: FakeLife = { life, report, isAlive: true, drains: 0, disposals: 0 };
    this.all.push(fake);
    return {
      drain: () => {
        fake.drains += 1;
      },
      dispose: () => {
        fake.isAlive = false;
        fake.disposals += 1;
      },
    };
  };

  ready(): void {
    const { life, report } = this.last;
    report({ type: 'life.ready', life });
  }

  drained(): void {
    const { life, report } = this.last;
    report({ type: 'life.drained', life });
  }

  /** Ends the latest life, as its thread would: it is gone before it is told. */
  end(end: LifeEnd): void {
    const { last } = this;
    if (!last.isAlive) return;
    last.isAlive = false;
    last.report({ type: 'life.ended', life: last.life, end });
  }
}
