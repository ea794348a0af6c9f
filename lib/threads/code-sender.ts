import type { SentCode, StartRequest } from '../protocol/instance-messages.ts';

/** Guests whose code a thread keeps beside the present one's. */
const MOST_KEPT = 32;

const ids = new WeakMap<readonly WebAssembly.Module[], number>();
let lastId = 0;

/** The same for the same compiled modules, in whichever thread. */
function idOf(modules: readonly WebAssembly.Module[]): number {
  let id = ids.get(modules);
  if (id === undefined) {
    id = ++lastId;
    ids.set(modules, id);
  }
  return id;
}

/**
 * Knows what code a thread has. To send it takes longer than the rest of a start, and a thread that carries
 * many guests, one after another, sees the same again and again.
 */
export class CodeSender {
  /** The one that was used last is the last. */
  readonly #kept = new Set<number>();

  send(content: Pick<StartRequest, 'admitted' | 'modules'>): SentCode {
    const id = idOf(content.modules);
    if (this.#kept.delete(id)) {
      this.#kept.add(id);
      return { id };
    }
    this.#kept.add(id);
    const [oldest] = this.#kept;
    if (this.#kept.size <= MOST_KEPT || oldest === undefined) return { id, content };
    this.#kept.delete(oldest);
    return { id, content, forget: oldest };
  }
}
