import type { ComponentDefinition } from '../../../lib/wasm/component-definition.ts';
import type { Guest, GuestHost } from '../../guest.ts';
import { BadArguments, GuestError, GuestExit } from '../../guest-failure.ts';
import { checkArguments } from './argument-check.ts';
import { ComponentExports } from './component-exports.ts';
import { ComponentTree } from './component-instance.ts';
import type { ComponentFunction } from './function-type.ts';
import type { HostImports } from './host-imports.ts';
import { hostExtern } from './import-instance.ts';
import { instantiateRoot } from './instantiation.ts';
import { type HandlerArgument, messageHandlers } from './wasi/messaging-handler.ts';

/**
 * A bound component. Beside what every guest has, code of the host inside the thread can pass and
 * take resources of the host, as the handler of `wasi:http` needs.
 *
 * @internal
 */
export interface ComponentGuest extends Guest {
  /** Like `invoke`, for callers inside the thread: values may carry resources of the host. */
  call(exportName: string, args: readonly unknown[]): unknown;
}

/** Takes the value out of a `result` that a function returns. */
function unwrapped({ type }: ComponentFunction, value: unknown): unknown {
  if (!type.isFallible) return value;
  const { tag, val } = value as { readonly tag: 'ok' | 'err'; readonly val: unknown };
  if (tag === 'err') throw new GuestError(val);
  return val;
}

class BoundComponent implements ComponentGuest {
  readonly run?: () => number;
  readonly #tree: ComponentTree;
  readonly #exports: ComponentExports;
  readonly #handlers: ReadonlyMap<string, HandlerArgument>;

  constructor(
    tree: ComponentTree,
    exports: ComponentExports,
    handlers: ReadonlyMap<string, HandlerArgument>,
  ) {
    this.#tree = tree;
    this.#exports = exports;
    this.#handlers = handlers;
    const run = exports.complete('wasi:cli/run@0.2#run');
    if (run !== undefined) this.run = () => this.#runCommand(run);
  }

  #runCommand(name: string): number {
    try {
      this.call(name, []);
      return 0;
    } catch (thrown) {
      if (thrown instanceof GuestError) return 1;
      if (thrown instanceof GuestExit) return thrown.exitCode;
      throw thrown;
    }
  }

  invoke(exportName: string, args: readonly unknown[]): unknown {
    const target = this.#exports.get(exportName);
    const given =
      target.type.handles === 'host' ? this.#handlerArguments(exportName, target, args) : args;
    try {
      return this.#outside(target, this.#call(target, given));
    } catch (thrown) {
      if (!(thrown instanceof GuestError)) throw thrown;
      throw new GuestError(this.#outside(target, thrown.payload));
    }
  }

  /** Callers outside reach no resource of the host, but a few handlers take one made of plain data. */
  #handlerArguments(
    exportName: string,
    { type }: ComponentFunction,
    args: readonly unknown[],
  ): readonly unknown[] {
    const handler = this.#handlers.get(this.#exports.complete(exportName) ?? '');
    const [param] = type.params;
    const isHandler = type.params.length === 1 && param?.kind === 'own';
    if (handler === undefined || !isHandler || type.result?.handles === 'host') {
      throw new BadArguments('exportName', `${exportName} takes or gives resources of the host`);
    }
    if (args.length !== 1) {
      throw new BadArguments('args', `must be 1 in number, not ${args.length}`);
    }
    this.#tree.assertAlive();
    return [handler(args[0])];
  }

  call(exportName: string, args: readonly unknown[]): unknown {
    return this.#call(this.#exports.get(exportName), args);
  }

  #outside({ type }: ComponentFunction, value: unknown): unknown {
    return type.handles === 'none' ? value : this.#tree.outside.export(value);
  }

  #call(target: ComponentFunction, args: readonly unknown[]): unknown {
    this.#tree.assertAlive();
    checkArguments(target.type, args, this.#tree.payloadBytes);
    return unwrapped(target, target.call(args));
  }

  memoryBytes(): number {
    let total = 0;
    for (const { buffer } of this.#tree.memories) total += buffer.byteLength;
    return total;
  }
}

/**
 * Instantiates a component and binds it to what the host serves.
 *
 * @param modules - compiled core modules, numbered as the definition numbers them.
 * @throws `GuestTrap` naming an import that nobody serves, or what the engine says when core modules
 *   do not link or their start traps.
 * @internal
 */
export function bindComponent(
  definition: ComponentDefinition,
  modules: readonly WebAssembly.Module[],
  host: GuestHost,
  imports: HostImports,
): ComponentGuest {
  const tree = new ComponentTree(host.limits.payloadBytes);
  const exports = tree.inGuest(() =>
    instantiateRoot(definition, modules, tree, (instance, scope, name, extern) =>
      hostExtern(imports, instance, scope, name, extern),
    ),
  );
  return new BoundComponent(tree, new ComponentExports(exports), messageHandlers(host));
}
