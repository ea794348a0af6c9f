import type { ComponentDefinition } from '../../../lib/wasm/component-definition.ts';
import type { GuestHost } from '../../guest.ts';
import { GuestError } from '../../guest-failure.ts';
import { checkArguments } from './argument-check.ts';
import { ComponentExports } from './component-exports.ts';
import { ComponentTree } from './component-instance.ts';
import type { ComponentFunction } from './function-type.ts';
import type { HostImports } from './host-imports.ts';
import { hostExtern } from './import-instance.ts';
import type { ImportShapes } from './import-shapes.ts';
import { instantiateRoot } from './instantiation.ts';

/**
 * What instances of a component are made of.
 *
 * @internal
 */
export interface ComponentParts {
  readonly definition: ComponentDefinition;
  /** Compiled core modules, numbered as the definition numbers them. */
  readonly modules: readonly WebAssembly.Module[];
  readonly host: GuestHost;
  /** Makes what the host serves to one instance. */
  readonly newImports: () => HostImports;
  /** What is known of its imports from one life to the next. */
  readonly shapes: ImportShapes;
}

/** Takes the value out of a `result` that a function returns. */
function unwrapped({ type }: ComponentFunction, value: unknown): unknown {
  if (!type.isFallible) return value;
  const { tag, val } = value as { readonly tag: 'ok' | 'err'; readonly val: unknown };
  if (tag === 'err') throw new GuestError(val);
  return val;
}

/**
 * One instantiation of a component with all that the host keeps for it: nothing of one is seen in
 * another.
 *
 * @internal
 */
export class ComponentLife {
  readonly tree: ComponentTree;
  readonly exports: ComponentExports;

  /**
   * @throws `GuestTrap` naming an import that nobody serves, or what the engine says when core modules
   *   do not link or their start traps.
   */
  constructor({ definition, modules, host, newImports, shapes }: ComponentParts) {
    const tree = new ComponentTree(host.limits.payloadBytes, host.fuel);
    const imports = newImports();
    this.tree = tree;
    const exports = tree.inGuest(() =>
      instantiateRoot(definition, modules, tree, (scope, name, extern) =>
        hostExtern(imports, shapes, scope, name, extern),
      ),
    );
    this.exports = new ComponentExports(exports);
  }

  /** Calls a function of it on lifted values. */
  call(target: ComponentFunction, args: readonly unknown[]): unknown {
    this.tree.assertAlive();
    checkArguments(target.type, args, this.tree.payloadBytes);
    return unwrapped(target, target.call(args));
  }

  /** A value as callers outside see it, with numbers in the place of resources. */
  outside({ type }: ComponentFunction, value: unknown): unknown {
    return type.handles === 'none' ? value : this.tree.outside.export(value);
  }

  memoryBytes(): number {
    let total = 0;
    for (const { buffer } of this.tree.memories) total += buffer.byteLength;
    return total;
  }
}
