/** The routes that there are, to tell a wrong method from a wrong path. */
export class RouteList {
  readonly #routes: { readonly pattern: RegExp; readonly methods: readonly string[] }[] = [];

  add(method: string | readonly string[], url: string): void {
    const source = url
      .split('/')
      .map((step) =>
        step.startsWith(':') ? '[^/]+' : step.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`),
      )
      .join('/');
    this.#routes.push({ pattern: new RegExp(`^${source}$`), methods: [method].flat() });
  }

  /** The methods other than this that a path is served by. */
  methodsAt(url: string, method: string): readonly string[] {
    const [path = ''] = url.split('?');
    const methods = this.#routes
      .filter(({ pattern }) => pattern.test(path))
      .flatMap((route) => route.methods);
    return methods.includes(method) ? [] : [...new Set(methods)].toSorted();
  }
}
