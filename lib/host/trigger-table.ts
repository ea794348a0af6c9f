import { invalidField, WasmatrixError } from '../core/errors.ts';
import { boundedString, integerIn, knownFields, within } from '../core/field-checks.ts';
import { instanceId, plainId } from '../core/ids.ts';

/**
 * Which requests from outside go to which instance.
 *
 * @public
 */
export interface Trigger {
  readonly name: string;
  /** `/shop` takes `/shop` and whatever is below it; the longest path wins. The guest sees the whole path. */
  readonly path: string;
  readonly instanceId: string;
  /** Only requests for this name, without its port. @defaultValue any */
  readonly host?: string;
  /** Only these methods, in capitals. @defaultValue any */
  readonly methods?: readonly string[];
  /** @defaultValue `wasi:http/incoming-handler@0.2` */
  readonly export?: string;
  /** Milliseconds that a request may take. @defaultValue the `callTimeoutMs` of the instance */
  readonly timeoutMs?: number;
}

/**
 * What a request is led by.
 *
 * @internal
 */
export interface TriggerTarget {
  readonly method: string;
  /** Without its query. */
  readonly path: string;
  readonly host: string | undefined;
}

/**
 * The triggers that there are, by their names.
 *
 * @internal
 */
export class TriggerTable {
  readonly #max: number;
  readonly #byName = new Map<string, Trigger>();
  /** The first that fits is the one. */
  #ordered: readonly Trigger[] = [];

  constructor(max: number) {
    this.#max = max;
  }

  /**
   * Adds a trigger, or puts it in the place of the one of its name.
   *
   * @throws `INVALID_REQUEST` naming the field, `RESOURCE_EXHAUSTED`.
   */
  put(value: unknown, field = ''): Trigger {
    const trigger = checkedTrigger(value, field);
    if (!this.#byName.has(trigger.name) && this.#byName.size >= this.#max) {
      throw new WasmatrixError('RESOURCE_EXHAUSTED', `no more than ${this.#max} triggers`, {
        resource: 'triggers',
        limit: this.#max,
      });
    }
    const twin = this.list().find((other) => other.name !== trigger.name && rivals(other, trigger));
    if (twin !== undefined) {
      throw invalidField(within(field, 'path'), `is taken by the trigger "${twin.name}"`);
    }
    this.#byName.set(trigger.name, trigger);
    this.#order();
    return trigger;
  }

  get(name: string): Trigger | undefined {
    return this.#byName.get(name);
  }

  list(): readonly Trigger[] {
    return [...this.#byName.values()];
  }

  /** @returns whether it was there. */
  remove(name: string): boolean {
    const wasThere = this.#byName.delete(name);
    this.#order();
    return wasThere;
  }

  /**
   * Where a request goes.
   *
   * @returns the methods that are served there instead; undefined where nothing is.
   */
  find({ method, path, host }: TriggerTarget): Trigger | readonly string[] | undefined {
    const others: string[] = [];
    for (const trigger of this.#ordered) {
      if (trigger.host !== undefined && trigger.host !== host) continue;
      if (!isBelow(path, trigger.path)) continue;
      if (trigger.methods === undefined || trigger.methods.includes(method)) return trigger;
      others.push(...trigger.methods);
    }
    return others.length === 0 ? undefined : [...new Set(others)];
  }

  #order(): void {
    const weight = ({ host, path }: Trigger): number =>
      path.length * 2 + Number(host !== undefined);
    this.#ordered = this.list().toSorted((a, b) => weight(b) - weight(a));
  }
}

function isBelow(path: string, prefix: string): boolean {
  if (prefix === '/') return true;
  return path === prefix || path.startsWith(`${prefix}/`);
}

/** Whether a request could be meant for either. */
function rivals(a: Trigger, b: Trigger): boolean {
  if (a.path !== b.path || a.host !== b.host) return false;
  if (a.methods === undefined || b.methods === undefined) return a.methods === b.methods;
  return a.methods.some((method) => b.methods?.includes(method) === true);
}

const KNOWN = ['name', 'path', 'instanceId', 'host', 'methods', 'export', 'timeoutMs'];

function checkedTrigger(value: unknown, field: string): Trigger {
  const given = knownFields(value, field === '' ? 'trigger' : field, KNOWN);
  const at = (key: string): string => within(field, key);
  const { host, methods, timeoutMs } = given;
  const path = boundedString(given['path'], at('path'), 1_024);
  if (!/^\/(?:[A-Za-z0-9._~!$&'()*+,;=:@%-]+(?:\/[A-Za-z0-9._~!$&'()*+,;=:@%-]+)*)?$/.test(path)) {
    throw invalidField(at('path'), 'must be an absolute path without a slash at its end');
  }
  return {
    name: plainId(given['name'], at('name')),
    path,
    instanceId: instanceId(given['instanceId'], at('instanceId')),
    ...(host === undefined ? {} : { host: checkedHost(host, at('host')) }),
    ...(methods === undefined ? {} : { methods: checkedMethods(methods, at('methods')) }),
    ...(given['export'] === undefined
      ? {}
      : { export: boundedString(given['export'], at('export'), 512) }),
    ...(timeoutMs === undefined
      ? {}
      : {
          timeoutMs: integerIn(timeoutMs, at('timeoutMs'), {
            min: 1,
            max: 2 ** 31 - 1,
            fallback: 1,
          }),
        }),
  };
}

function checkedHost(value: unknown, field: string): string {
  const host = boundedString(value, field, 253).toLowerCase();
  if (!/^[a-z0-9._-]+$|^[0-9a-f:.]+$/.test(host)) {
    throw invalidField(field, 'must be a name or an address, without its port');
  }
  return host;
}

function checkedMethods(value: unknown, field: string): readonly string[] {
  if (!Array.isArray(value) || value.length === 0 || value.length > 32) {
    throw invalidField(field, 'must be a list of methods');
  }
  return Array.from(value, (method: unknown, index) => {
    const text = boundedString(method, `${field}[${index}]`, 32);
    if (!/^[A-Z]+$/.test(text)) throw invalidField(`${field}[${index}]`, 'must be in capitals');
    return text;
  });
}
