import { type GroupSpec, resolveGroupSpec } from '../core/group-spec.ts';
import { type InstanceSpec, resolveInstanceSpec } from '../core/instance-spec.ts';
import { resolveLimits } from '../core/limits.ts';
import type { ApiRequest } from './api-connection.ts';
import type { LocalModule, RemoteModules } from './remote-modules.ts';
import { assertSendable } from './sendable.ts';

type Ask = (request: ApiRequest) => Promise<unknown>;

/** Starting instances and groups at a host, with what they are made of. */
export class RemoteStarts {
  readonly #modules: RemoteModules;
  readonly #ask: Ask;

  constructor(modules: RemoteModules, ask: Ask) {
    this.#modules = modules;
    this.#ask = ask;
  }

  async instance(spec: InstanceSpec): Promise<string> {
    // Checked here as well, so that what is wrong is told by the same words, and nothing is sent for nothing.
    resolveInstanceSpec(spec);
    const sources = new Map<string, LocalModule>();
    const json = await this.#instanceOf(spec, sources);
    const { startTimeoutMs: patienceMs } = resolveLimits(spec.limits);
    const started = await this.#modules.request([...sources.values()], () =>
      this.#ask({
        method: 'POST',
        path: '/v1/instances',
        json,
        patienceMs,
        // An id in use is in use, also by an instance of the same request.
        headers: { 'if-none-match': '*' },
      }),
    );
    return (started as { readonly instanceId: string }).instanceId;
  }

  async group(spec: GroupSpec): Promise<{ groupId: string; instanceIds: string[] }> {
    resolveGroupSpec(spec);
    const sources = new Map<string, LocalModule>();
    const json = await this.#groupOf(spec, sources);
    const started = await this.#modules.request([...sources.values()], () =>
      this.#ask({ method: 'POST', path: '/v1/groups', json }),
    );
    return started as { groupId: string; instanceIds: string[] };
  }

  async #instanceOf(spec: InstanceSpec, sources: Map<string, LocalModule>): Promise<unknown> {
    const { module, ...rest } = spec;
    assertSendable(rest);
    const local = await this.#modules.read(module);
    sources.set(local.sha256, local);
    return { ...rest, module: { sha256: local.sha256 } };
  }

  async #groupOf(spec: GroupSpec, sources: Map<string, LocalModule>): Promise<unknown> {
    const children: unknown[] = [];
    for (const child of spec.children) {
      children.push(
        'instance' in child
          ? { ...child, instance: await this.#instanceOf(child.instance, sources) }
          : { ...child, group: await this.#groupOf(child.group, sources) },
      );
    }
    return { ...spec, children };
  }
}
