import { symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { listingsIn } from '../gates/doc-listings.ts';
import { run, runTool, ScratchFolder, type ToolRun } from '../gates/run-tool.ts';
import { REPOSITORY_ROOT } from '../repository-root.ts';

/** A listing of a document: a whole program, and what it says that it prints. */
export interface DocProgram {
  /** The document and the line that it begins at. */
  readonly name: string;
  readonly text: string;
  /** What stands behind each `console.log`. */
  readonly prints: readonly string[];
  /** Lines that print and do not say what. */
  readonly silent: readonly string[];
  /** What a block behind it says that it prints, in the place of all that. */
  readonly output?: string;
}

const SAYS = /console\.log\(.*\);? \/\/ (.+)$/;

/** The TypeScript listings of a document. */
export function programsOf(document: string): readonly DocProgram[] {
  return listingsIn(document, 'ts').map(({ line, text, prints }) => {
    const printing = text.split('\n').filter((each) => each.includes('console.log('));
    return {
      name: `${document.replaceAll('/', '-')}-${line}`,
      text,
      prints: printing.flatMap((each) => SAYS.exec(each)?.[1] ?? []),
      silent: prints === undefined ? printing.filter((each) => !SAYS.test(each)) : [],
      ...(prints === undefined ? {} : { output: prints }),
    };
  });
}

const TSCONFIG = JSON.stringify({
  compilerOptions: {
    strict: true,
    target: 'es2024',
    lib: ['es2024', 'esnext.disposable'],
    module: 'nodenext',
    noEmit: true,
    allowImportingTsExtensions: true,
    typeRoots: [join(REPOSITORY_ROOT, 'node_modules', '@types')],
    types: ['node'],
  },
  include: ['*.ts'],
});

/** A place where programs find the package as a consumer does, and our guests and examples by path. */
export class ProgramFolder implements AsyncDisposable {
  readonly #folder: ScratchFolder;

  private constructor(folder: ScratchFolder) {
    this.#folder = folder;
  }

  static async with(programs: readonly DocProgram[]): Promise<ProgramFolder> {
    const sources = programs.map((program) => [fileOf(program), program.text] as const);
    const folder = await ScratchFolder.with({
      ...Object.fromEntries(sources),
      'package.json': '{ "type": "module" }',
      'tsconfig.json': TSCONFIG,
      'node_modules/.keep': '',
    });
    await symlink(REPOSITORY_ROOT, join(folder.path, 'node_modules', 'wasmatrix'));
    for (const shared of ['spec', 'examples']) {
      await symlink(join(REPOSITORY_ROOT, shared), join(folder.path, shared));
    }
    return new ProgramFolder(folder);
  }

  /** Runs a program to its end. */
  run(program: DocProgram): Promise<ToolRun> {
    return run(process.execPath, [fileOf(program)], this.#folder.path);
  }

  /** Checks the types of all of them. */
  check(): Promise<ToolRun> {
    return runTool('tsc', ['-p', '.'], this.#folder.path);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#folder[Symbol.asyncDispose]();
  }
}

function fileOf({ name }: DocProgram): string {
  return `${name}.ts`;
}
