import { isDeepStrictEqual } from 'node:util';
import { type HostileGuest, type Outcome, outcomeText } from './hostile-guest.ts';
import type { HostileReport } from './hostile-run.ts';

/** In what a report falls short of what was expected of the guest and of everybody else. */
export function shortfalls({ expected }: HostileGuest, report: HostileReport): readonly string[] {
  const { outcome, problems } = report;
  if (outcome === undefined || isAsExpected(expected, outcome)) return problems;
  return [`expected ${outcomeText(expected)}, got ${gotText(expected, outcome)}`, ...problems];
}

/** What became of a guest in one line, with the details that were expected and any message. */
export function gotText(expected: Outcome, outcome: Outcome): string {
  const { details: all = {} } = outcome;
  const names = [...Object.keys(expected.details ?? {}), 'kind', 'field', 'phase', 'resource'];
  const details = Object.fromEntries(
    names.filter((name) => Object.hasOwn(all, name)).map((name) => [name, all[name]]),
  );
  return outcomeText({ ...outcome, details });
}

function isAsExpected(expected: Outcome, outcome: Outcome): boolean {
  const { details: expectedDetails = {}, ...expectedRest } = expected;
  const { details = {}, ...rest } = outcome;
  return isPartOf(expectedRest, rest) && isPartOf(expectedDetails, details);
}

function isPartOf(part: object, whole: object): boolean {
  return Object.entries(part).every(([name, value]) =>
    isDeepStrictEqual(value, (whole as Readonly<Record<string, unknown>>)[name]),
  );
}
