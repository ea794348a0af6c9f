import { createHash } from 'node:crypto';
import { isWasmatrixError } from '../core/errors.ts';
import { checkedModuleSource, type ModuleSource } from '../core/module-source.ts';
import { moduleBytes } from '../threads/module-bytes.ts';
import type { ModuleInfo } from '../wasm/module-info.ts';
import type { ApiConnection } from './api-connection.ts';

/** Bringing modules to a host: files are read here, and sent once. */
export class RemoteModules {
  readonly #connection: ApiConnection;

  constructor(connection: ApiConnection) {
    this.#connection = connection;
  }

  /** The bytes of a module and their digest. @throws `INVALID_REQUEST`, `VALIDATION_ERROR` */
  async read(source: ModuleSource): Promise<LocalModule> {
    const bytes = await moduleBytes(checkedModuleSource(source));
    return { bytes, sha256: createHash('sha256').update(bytes).digest('hex') };
  }

  /** What a module is; sent if the host does not have it. */
  async inspect(source: ModuleSource): Promise<ModuleInfo> {
    const module = await this.read(source);
    try {
      const path = `/v1/modules/${module.sha256}`;
      return (await this.#connection.request({ method: 'GET', path })) as ModuleInfo;
    } catch (error) {
      if (!isUnknownModule(error)) throw error;
      return this.#send(module);
    }
  }

  /**
   * Makes a request that names modules; where the host does not have one of them, sends all and makes it again.
   */
  async request(
    modules: readonly LocalModule[],
    request: () => Promise<unknown>,
  ): Promise<unknown> {
    try {
      return await request();
    } catch (error) {
      if (!isUnknownModule(error)) throw error;
      for (const module of modules) await this.#send(module);
      return request();
    }
  }

  async #send({ sha256, bytes }: LocalModule): Promise<ModuleInfo> {
    const path = `/v1/modules/${sha256}`;
    return (await this.#connection.request({ method: 'PUT', path, bytes })) as ModuleInfo;
  }
}

/** A module that was read here. */
export interface LocalModule {
  readonly bytes: Uint8Array;
  readonly sha256: string;
}

function isUnknownModule(error: unknown): boolean {
  return isWasmatrixError(error) && error.details['reason'] === 'unknown-module';
}
