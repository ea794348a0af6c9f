import type { CapabilityFailure, WireValue } from '../../lib/core/provider.ts';
import { CapabilityRefused } from '../../workers/guest-failure.ts';

/** A key-value provider as the guest's side sees it: one bucket `default`, in a map. */
export interface FakeKeyValue {
  readonly values: Map<string, Uint8Array>;
  readonly serve: (operation: string, args: readonly WireValue[]) => WireValue;
  /** From now on, calls of that operation are refused with that code; `undefined` serves again. */
  refuse(operation: string, code: CapabilityFailure['code'] | undefined): void;
}

const PAGE = 2;

/** Pages are small, so that following a cursor is always a part of listing. */
export function fakeKeyValue(): FakeKeyValue {
  const values = new Map<string, Uint8Array>();
  const refused = new Map<string, CapabilityFailure['code']>();
  const operations = new Map<string, (args: readonly WireValue[]) => WireValue>([
    ['open', () => undefined],
    ['get', ([, key]) => values.get(key as string)],
    ['set', ([, key, value]) => void values.set(key as string, value as Uint8Array)],
    ['delete', ([, key]) => void values.delete(key as string)],
    ['exists', ([, key]) => values.has(key as string)],
    ['list', ([, cursor]) => page([...values.keys()].sort(), cursor as string | undefined)],
    ['increment', ([, key, delta]) => add(values, key as string, delta as bigint)],
    ['cas', ([, key, expected, value]) => swap(values, key as string, expected, value)],
    ['getMany', ([, keys]) => (keys as readonly string[]).map((key) => values.get(key))],
    [
      'setMany',
      ([, entries]) => {
        for (const [key, value] of entries as [string, Uint8Array][]) values.set(key, value);
        return undefined;
      },
    ],
    [
      'deleteMany',
      ([, keys]) => {
        for (const key of keys as readonly string[]) values.delete(key);
        return undefined;
      },
    ],
  ]);
  return {
    values,
    refuse(operation, code) {
      if (code === undefined) refused.delete(operation);
      else refused.set(operation, code);
    },
    serve(operation, args) {
      const code = args[0] === 'default' ? refused.get(operation) : 'CAPABILITY_NOT_FOUND';
      if (code !== undefined) throw new CapabilityRefused({ code, message: `no ${operation}` });
      const serve = operations.get(operation);
      if (serve === undefined) throw new Error(`the guest's side invented ${operation}`);
      return serve(args);
    },
  };
}

function page(keys: readonly string[], cursor: string | undefined): WireValue {
  const rest = keys.filter((key) => cursor === undefined || key > cursor);
  const shown = rest.slice(0, PAGE);
  return { keys: shown, cursor: rest.length > PAGE ? shown.at(-1) : undefined };
}

function add(values: Map<string, Uint8Array>, key: string, delta: bigint): bigint {
  const sum = BigInt(Buffer.from(values.get(key) ?? '').toString() || '0') + delta;
  values.set(key, Buffer.from(String(sum)));
  return sum;
}

function swap(
  values: Map<string, Uint8Array>,
  key: string,
  expected: WireValue,
  value: WireValue,
): boolean {
  const current = values.get(key);
  const isSame =
    current === undefined || expected === undefined
      ? current === expected
      : Buffer.compare(current, expected as Uint8Array) === 0;
  if (isSame) values.set(key, value as Uint8Array);
  return isSame;
}
