import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { transpileBytes } from '@bytecodealliance/jco-transpile';

/** A function on either side of a component that jco has bound. */
export type JcoFunction = (...args: unknown[]) => unknown;

/** Members of an export of a component: functions, and classes for its resources. */
type JcoExports = Readonly<Record<string, unknown>>;

interface Transpiled {
  instantiate(
    getModule: (path: string) => WebAssembly.Module,
    imports: Readonly<Record<string, unknown>>,
  ): JcoExports;
}

/** A component as jco has translated it to JavaScript. */
export interface JcoComponent {
  /** Makes another instance; imports by interface, or by name with a function as `default`. */
  instantiate(imports?: Readonly<Record<string, unknown>>): JcoExports;
}

/** A place for what jco writes, which only Node's own loader can read in again. */
export class JcoFolder implements AsyncDisposable {
  readonly #path: string;
  #serial = 0;

  private constructor(path: string) {
    this.#path = path;
  }

  static async open(): Promise<JcoFolder> {
    return new JcoFolder(await mkdtemp(join(tmpdir(), 'wasmatrix-jco-')));
  }

  async transpile(bytes: Uint8Array): Promise<JcoComponent> {
    const name = `c${this.#serial++}`;
    const { files } = await transpileBytes(bytes, {
      name,
      instantiation: 'sync',
      emitTypescriptDeclarations: false,
    });
    const contents = new Map(Object.entries(files));
    const script = join(this.#path, `${name}.mjs`);
    await writeFile(script, contents.get(`${name}.js`) ?? '');
    const { instantiate } = (await import(pathToFileURL(script).href)) as Transpiled;
    const modules = new Map<string, WebAssembly.Module>();
    const getModule = (path: string): WebAssembly.Module => {
      const module =
        modules.get(path) ?? new WebAssembly.Module(contents.get(path) ?? new Uint8Array());
      modules.set(path, module);
      return module;
    };
    return { instantiate: (imports = {}) => instantiate(getModule, imports) };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.#path, { recursive: true, force: true });
  }
}
