import type { ComponentDefinition } from '../../../lib/wasm/component-definition.ts';
import { writtenRequestHandler } from '../../../lib/wasm/request-handler.ts';
import type { Guest, GuestHost } from '../../guest.ts';
import { BadArguments, GuestError, GuestExit } from '../../guest-failure.ts';
import { ComponentLife, type ComponentParts } from './component-life.ts';
import type { ComponentFunction } from './function-type.ts';
import type { HostImports } from './host-imports.ts';
import { ImportShapes } from './import-shapes.ts';
import { RequestServer } from './request-server.ts';
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

class BoundComponent implements ComponentGuest {
  readonly run?: () => number;
  readonly #parts: ComponentParts;
  readonly #handlers: ReadonlyMap<string, HandlerArgument>;
  readonly #requests: RequestServer;
  /** Made with the guest, to see that it can be made; whoever needs an instance first is given it. */
  #ready: ComponentLife | undefined;
  /** What is called, other than to answer requests; it keeps its state. */
  #resident: ComponentLife | undefined;

  constructor(parts: ComponentParts) {
    this.#parts = parts;
    this.#handlers = messageHandlers(parts.host);
    this.#requests = new RequestServer(parts.host, () => this.#newLife());
    this.#ready = new ComponentLife(parts);
    const run = this.#ready.exports.complete('wasi:cli/run@0.2#run');
    if (run !== undefined) this.run = () => this.#runCommand(run);
  }

  #newLife(): ComponentLife {
    const life = this.#ready ?? new ComponentLife(this.#parts);
    this.#ready = undefined;
    return life;
  }

  get #life(): ComponentLife {
    this.#requests.assertAlive();
    this.#resident ??= this.#newLife();
    return this.#resident;
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
    const requestHandler = writtenRequestHandler(exportName);
    if (requestHandler !== undefined) {
      this.#resident?.tree.assertAlive();
      return this.#requests.serve(requestHandler, args);
    }
    const life = this.#life;
    const target = life.exports.get(exportName);
    const given =
      target.type.handles === 'host' ? this.#handlerArguments(exportName, target, args) : args;
    try {
      return life.outside(target, life.call(target, given));
    } catch (thrown) {
      if (!(thrown instanceof GuestError)) throw thrown;
      throw new GuestError(life.outside(target, thrown.payload));
    }
  }

  /** Callers outside reach no resource of the host, but a few handlers take one made of plain data. */
  #handlerArguments(
    exportName: string,
    { type }: ComponentFunction,
    args: readonly unknown[],
  ): readonly unknown[] {
    const { exports, tree } = this.#life;
    const handler = this.#handlers.get(exports.complete(exportName) ?? '');
    const [param] = type.params;
    const isHandler = type.params.length === 1 && param?.kind === 'own';
    if (handler === undefined || !isHandler || type.result?.handles === 'host') {
      throw new BadArguments('exportName', `${exportName} takes or gives resources of the host`);
    }
    if (args.length !== 1) {
      throw new BadArguments('args', `must be 1 in number, not ${args.length}`);
    }
    tree.assertAlive();
    return [handler(args[0])];
  }

  call(exportName: string, args: readonly unknown[]): unknown {
    const life = this.#life;
    return life.call(life.exports.get(exportName), args);
  }

  memoryBytes(): number {
    const lives = [this.#ready, this.#resident, this.#requests];
    return lives.reduce((sum, life) => sum + (life?.memoryBytes() ?? 0), 0);
  }
}

/**
 * Instantiates a component and binds it to what the host serves.
 *
 * @param modules - compiled core modules, numbered as the definition numbers them.
 * @param newImports - makes what is served to one instance; each request is answered by one of its own.
 * @throws `GuestTrap` naming an import that nobody serves, or what the engine says when core modules
 *   do not link or their start traps.
 * @internal
 */
export function bindComponent(
  definition: ComponentDefinition,
  modules: readonly WebAssembly.Module[],
  host: GuestHost,
  newImports: () => HostImports,
): ComponentGuest {
  return new BoundComponent({
    definition,
    modules,
    host,
    newImports,
    shapes: new ImportShapes(),
  });
}
