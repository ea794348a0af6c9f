interface Branch<T> {
  readonly next: Map<string, Branch<T>>;
  /** Those whose pattern ends here. */
  readonly ending: Set<T>;
}

function newBranch<T>(): Branch<T> {
  return { next: new Map(), ending: new Set() };
}

/**
 * Who subscribes to which pattern, as a tree of tokens: finding the subscribers of a topic costs what
 * its branches cost, however many patterns there are. It knows nothing of topics that no wildcard
 * matches; those are never looked up.
 *
 * @internal
 */
export class TopicIndex<T> {
  readonly #root: Branch<T> = newBranch();

  add(pattern: string, subscriber: T): void {
    let branch = this.#root;
    for (const token of pattern.split('.')) {
      let next = branch.next.get(token);
      if (next === undefined) {
        next = newBranch();
        branch.next.set(token, next);
      }
      branch = next;
    }
    branch.ending.add(subscriber);
  }

  /** An unknown pattern or subscriber is no failure. */
  delete(pattern: string, subscriber: T): void {
    const path: (readonly [parent: Branch<T>, token: string, branch: Branch<T>])[] = [];
    let branch = this.#root;
    for (const token of pattern.split('.')) {
      const next = branch.next.get(token);
      if (next === undefined) return;
      path.push([branch, token, next]);
      branch = next;
    }
    branch.ending.delete(subscriber);
    for (const [parent, token, { next, ending }] of path.reverse()) {
      if (next.size > 0 || ending.size > 0) return;
      parent.next.delete(token);
    }
  }

  /** Everybody with a pattern that matches, each once. */
  match(topic: string): Set<T> {
    const found = new Set<T>();
    let level: Branch<T>[] = [this.#root];
    for (const token of topic.split('.')) {
      const below: Branch<T>[] = [];
      for (const { next } of level) {
        for (const subscriber of next.get('>')?.ending ?? []) found.add(subscriber);
        for (const branch of [next.get('*'), next.get(token)]) {
          if (branch !== undefined) below.push(branch);
        }
      }
      level = below;
    }
    for (const { ending } of level) for (const subscriber of ending) found.add(subscriber);
    return found;
  }
}
