import { invalidField } from './errors.ts';
import type {
  CallContext,
  ProviderDefinition,
  ProviderOperation,
  RequiredPermission,
  WireValue,
} from './provider.ts';
import { checkedDefinition } from './provider-check.ts';

/**
 * What an operation works on: what its parser has made of the arguments, or the arguments themselves
 * where it has none.
 *
 * @public
 */
export type OperationArgs<Args> = unknown extends Args ? readonly WireValue[] : Args;

/**
 * One operation as it is given to `defineProvider()`.
 *
 * @public
 */
export interface OperationBlueprint<Args, State> {
  /**
   * Makes of the arguments what `permission` and `run` take, and refuses malformed ones by throwing
   * `INVALID_REQUEST`. Called once per check: what was checked is what is done. A function with a
   * name, or one that gives the type of its parameter, lets the compiler infer `Args` from it.
   */
  parse?(args: readonly WireValue[]): Args;
  /** What the call needs. A list means all of them, the empty list any permission at all. */
  permission(args: OperationArgs<Args>): RequiredPermission | readonly RequiredPermission[];
  /** Does it, at once or later. What it throws reaches the caller alone. */
  run(
    args: OperationArgs<Args>,
    context: CallContext,
    state: State,
  ): WireValue | Promise<WireValue>;
}

/**
 * What `defineProvider()` takes: only the type and the operations are needed.
 *
 * @public
 */
export type ProviderBlueprint<State, Parsed = Readonly<Record<string, unknown>>> = Pick<
  ProviderDefinition<State>,
  'type'
> &
  Partial<Omit<ProviderDefinition<State>, 'type' | 'operations'>> & {
    readonly operations: {
      readonly [Name in keyof Parsed]: OperationBlueprint<Parsed[Name], State>;
    };
  };

/**
 * Defines a kind of provider of your own. Give it to `createSupervisor({ providers })` or to
 * `startProvider({ providerType, definition })`, where it runs in the host's main thread, or export it
 * by default from a module that `startProvider({ providerType, module })` runs in a thread. The type
 * of the state is inferred from `open`, that of each operation's arguments from its `parse`.
 *
 * @throws `INVALID_REQUEST` naming what is missing or of the wrong kind, such as an operation that
 * has no permission or nothing to run.
 *
 * @example
 * ```ts
 * const clock = defineProvider({
 *   type: 'clock',
 *   open: ({ zone }) => new Intl.DateTimeFormat('en', { timeZone: String(zone) }),
 *   operations: {
 *     format: {
 *       parse: ([millis]: readonly WireValue[]) => new Date(Number(millis)),
 *       permission: () => ({ action: 'clock:read' }),
 *       run: (date, _context, format) => format.format(date),
 *     },
 *   },
 * });
 * ```
 * @public
 */
export function defineProvider<State = undefined, Parsed = Readonly<Record<string, unknown>>>(
  blueprint: ProviderBlueprint<State, Parsed>,
): ProviderDefinition {
  if (typeof blueprint !== 'object' || blueprint === null) return checkedDefinition(blueprint, '');
  const { open = () => undefined } = blueprint;
  const definition = checkedDefinition({ ...blueprint, open }, '');
  // Without a prototype: the name of an operation comes from the guest.
  const operations = Object.create(null) as Record<string, ProviderOperation<unknown>>;
  for (const [name, operation] of Object.entries(definition.operations)) {
    operations[name] = parsedOnce(operation, `operations.${name.slice(0, 64)}.parse`);
  }
  return { ...definition, operations };
}

/** An operation with its parser put before permission and deed. */
function parsedOnce(
  operation: ProviderOperation<unknown> & { readonly parse?: unknown },
  field: string,
): ProviderOperation<unknown> {
  if (operation.parse === undefined) return operation;
  if (typeof operation.parse !== 'function') throw invalidField(field, 'must be a function');
  // Whatever it makes, which only its own functions know.
  const given = operation as Required<OperationBlueprint<object, unknown>>;
  const parsed = new WeakMap<readonly WireValue[], { readonly value: object }>();
  return {
    permission(args) {
      const call = { value: given.parse(args) };
      parsed.set(args, call);
      return given.permission(call.value);
    },
    run(args, context, state) {
      const { value } = parsed.get(args) ?? { value: given.parse(args) };
      parsed.delete(args);
      return given.run(value, context, state);
    },
  };
}
