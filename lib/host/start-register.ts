import { createHash } from 'node:crypto';
import { isWasmatrixError } from '../core/errors.ts';
import { toTagged } from '../protocol/tagged-values.ts';

/** Starts that are remembered; of what is forgotten, a second start is refused instead of answered. */
const MAX_STARTS = 65_536;

/** What an instance was asked for, and which one it became. */
interface Remembered {
  readonly digest: string;
  readonly createdAt: string;
}

/**
 * Remembers what each instance with an id of the caller's was asked for, so that the same request may be sent
 * again by a caller who has not heard the answer.
 */
export class StartRegister {
  readonly #digests = new Map<string, Remembered>();
  readonly #underWay = new Map<string, { readonly digest: string; readonly id: Promise<string> }>();
  readonly #createdAt: (instanceId: string) => Promise<string>;

  /** @param createdAt - tells one instance from the next of its id. */
  constructor(createdAt: (instanceId: string) => Promise<string>) {
    this.#createdAt = createdAt;
  }

  /**
   * Starts an instance, unless it is there already by the same request.
   *
   * @param start - fails with `INVALID_REQUEST` of the field `instanceId` if that is in use.
   * @returns the id, and whether it is there by this request.
   * @throws what the start throws.
   */
  async start(
    instanceId: string,
    request: unknown,
    start: () => Promise<string>,
  ): Promise<{ readonly instanceId: string; readonly isNew: boolean }> {
    const digest = digestOf(request);
    const before = this.#underWay.get(instanceId);
    if (before?.digest === digest) return { instanceId: await before.id, isNew: false };
    if (before === undefined) return this.#begin(instanceId, digest, start);
    return { instanceId: await start(), isNew: true };
  }

  async #begin(
    instanceId: string,
    digest: string,
    start: () => Promise<string>,
  ): Promise<{ readonly instanceId: string; readonly isNew: boolean }> {
    const id = start();
    this.#underWay.set(instanceId, { digest, id });
    try {
      await id;
      this.#remember(instanceId, { digest, createdAt: await this.#createdAt(instanceId) });
      return { instanceId, isNew: true };
    } catch (error) {
      if (isInUse(error) && (await this.#isOf(instanceId, digest))) {
        return { instanceId, isNew: false };
      }
      throw error;
    } finally {
      this.#underWay.delete(instanceId);
    }
  }

  /** Whether the instance that is there now is the one that was asked for so, and not a later one of its id. */
  async #isOf(instanceId: string, digest: string): Promise<boolean> {
    const former = this.#digests.get(instanceId);
    return former?.digest === digest && former.createdAt === (await this.#createdAt(instanceId));
  }

  #remember(instanceId: string, remembered: Remembered): void {
    this.#digests.delete(instanceId);
    this.#digests.set(instanceId, remembered);
    if (this.#digests.size <= MAX_STARTS) return;
    const [oldest] = this.#digests.keys();
    if (oldest !== undefined) this.#digests.delete(oldest);
  }
}

/**
 * Whether a start failed because the id belongs to another instance.
 *
 * @internal
 */
export function isInUse(error: unknown): boolean {
  return (
    isWasmatrixError(error) &&
    error.code === 'INVALID_REQUEST' &&
    error.details['field'] === 'instanceId' &&
    'instanceId' in error.details
  );
}

/** The order of keys makes no difference. */
function digestOf(request: unknown): string {
  return createHash('sha256')
    .update(JSON.stringify(sorted(toTagged(request))))
    .digest('hex');
}

function sorted(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(sorted);
  const entries = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, item]) => [key, sorted(item)]));
}
