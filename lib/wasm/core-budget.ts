/**
 * What one memory or table asks for, in pages or entries.
 *
 * @internal
 */
export interface BudgetDemand {
  readonly minimum: number;
  /** Absent: as much as it can get. */
  readonly maximum?: number;
  /** How many of it an instance has. */
  readonly copies: number;
}

/**
 * What all demands need at least.
 *
 * @internal
 */
export function neededBudget(demands: readonly BudgetDemand[]): number {
  return demands.reduce((sum, { minimum, copies }) => sum + minimum * copies, 0);
}

/**
 * Shares a budget out: each gets its minimum and an equal part of what is left, and what one cannot
 * use goes to the others. The minima have to fit.
 *
 * @returns the most that one copy of each may grow to, in the order of the demands.
 * @internal
 */
export function shareBudget(demands: readonly BudgetDemand[], budget: number): number[] {
  const headroom = ({ minimum, maximum = Infinity }: BudgetDemand): number => maximum - minimum;
  const granted = demands.map(({ minimum }) => minimum);
  const modestFirst = [...demands.entries()]
    .filter(([, { copies }]) => copies > 0)
    .sort(([, a], [, b]) => compare(headroom(a), headroom(b)));
  let left = budget - neededBudget(demands);
  let waiting = modestFirst.reduce((sum, [, { copies }]) => sum + copies, 0);
  for (const [index, demand] of modestFirst) {
    const extra = Math.min(headroom(demand), Math.floor(left / waiting));
    granted[index] = demand.minimum + extra;
    left -= extra * demand.copies;
    waiting -= demand.copies;
  }
  return granted;
}

/** Two infinities are equal; their difference would not be a number. */
function compare(a: number, b: number): number {
  return a === b ? 0 : a - b;
}
