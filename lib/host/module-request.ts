import { invalidField, WasmatrixError } from '../core/errors.ts';
import type { GroupChild, GroupSpec } from '../core/group-spec.ts';
import type { InstanceSpec } from '../core/instance-spec.ts';
import type { ModuleSource } from '../core/module-source.ts';
import { type GroupRequest, innerGroup } from './group-schemas.ts';
import type { InstanceRequest, ModuleReference } from './instance-schemas.ts';
import type { ModuleShelf } from './module-shelf.ts';
import { assertUnmasked } from './secret-mask.ts';

/** Groups within groups; the supervisor has a bound of its own. */
const MAX_DEPTH = 64;

/** Makes specifications out of requests, and keeps the modules that they name for as long as they are read. */
export class ModuleRequests {
  readonly #shelf: ModuleShelf;
  readonly #allowHostPaths: boolean;

  constructor(shelf: ModuleShelf, allowHostPaths: boolean) {
    this.#shelf = shelf;
    this.#allowHostPaths = allowHostPaths;
  }

  /**
   * @throws `INVALID_REQUEST` for a module that is not there, `PERMISSION_DENIED` for a file of the host.
   */
  withInstance<T>(request: InstanceRequest, use: (spec: InstanceSpec) => Promise<T>): Promise<T> {
    for (const [index, { config }] of (request.capabilities ?? []).entries()) {
      assertUnmasked(config, `capabilities[${index}].config`);
    }
    return this.#withModule(request.module, (module) => use(specOf(request, module)));
  }

  /** Likewise, for all the instances of a group. */
  withGroup<T>(request: GroupRequest, use: (spec: GroupSpec) => Promise<T>, depth = 0): Promise<T> {
    if (depth > MAX_DEPTH) throw invalidField('children', 'groups are nested too deeply');
    const { children } = request;
    const withFrom = (index: number, done: readonly GroupChild[]): Promise<T> => {
      const child = children[index];
      if (child === undefined) {
        return use({ ...(request as unknown as GroupSpec), children: done });
      }
      if ('instance' in child) {
        return this.withInstance(child.instance, (instance) =>
          withFrom(index + 1, [...done, { ...child, instance }]),
        );
      }
      return this.withGroup(
        innerGroup(child.group),
        (group) => withFrom(index + 1, [...done, { ...child, group }]),
        depth + 1,
      );
    };
    return withFrom(0, []);
  }

  async #withModule<T>(
    reference: ModuleReference,
    use: (module: ModuleSource) => Promise<T>,
  ): Promise<T> {
    if ('sha256' in reference) {
      return this.#shelf.use(reference.sha256, ({ path }) => use(path));
    }
    if ('base64' in reference) return use(bytesOf(reference.base64));
    if (!this.#allowHostPaths) throw pathRefused('module.path');
    return use(reference.path);
  }
}

/**
 * Why a caller may not name a file of the host.
 *
 * @internal
 */
export function pathRefused(field: string): WasmatrixError {
  const message = `${field}: this host lets no caller name its files`;
  return new WasmatrixError('PERMISSION_DENIED', message, { field });
}

function specOf(request: InstanceRequest, module: ModuleSource): InstanceSpec {
  const { wasi, ...others } = request;
  const spec = { ...others, module } as InstanceSpec;
  if (wasi === undefined) return spec;
  const { stdin, files, ...rest } = wasi;
  return {
    ...spec,
    wasi: {
      ...rest,
      ...(stdin === undefined ? {} : { stdin: asBytes(stdin) }),
      ...(files === undefined
        ? {}
        : {
            files: Object.fromEntries(
              Object.entries(files).map(([path, content]) => [path, asBytes(content)]),
            ),
          }),
    },
  };
}

const asBytes = (content: string | Uint8Array): Uint8Array =>
  typeof content === 'string' ? new TextEncoder().encode(content) : content;

function bytesOf(text: string): Uint8Array {
  const isBase64 = text.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(text);
  if (!isBase64) throw invalidField('module.base64', 'must be a text in base64');
  return new Uint8Array(Buffer.from(text, 'base64'));
}
