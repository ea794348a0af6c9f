import { chmod, mkdir, symlink } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { expect } from 'chai';
import { CLI } from '../cli/cli-stage.ts';
import { allListings, type DocListing, listingsIn, printedPattern } from '../gates/doc-listings.ts';
import { run, runTool, ScratchFolder } from '../gates/run-tool.ts';
import { REPOSITORY_ROOT } from '../repository-root.ts';

const PAGE = 'docs/getting-started.md';
const ADDRESS = '127.0.0.1:7070';
const TOOLS: Readonly<Record<string, string>> = {
  wasmatrix: CLI,
  wat2wasm: join(REPOSITORY_ROOT, 'node_modules', 'wabt', 'bin', 'wat2wasm'),
};
const TSCONFIG = JSON.stringify({
  extends: join(REPOSITORY_ROOT, 'tsconfig.json'),
  compilerOptions: {
    noEmit: true,
    rootDir: '/',
    typeRoots: [join(REPOSITORY_ROOT, 'node_modules', '@types')],
    types: ['node'],
  },
  include: ['*.mts'],
  exclude: [],
});

async function freeAddress(): Promise<string> {
  const server = createServer();
  const { promise, resolve } = Promise.withResolvers<void>();
  server.listen(0, '127.0.0.1', resolve);
  await promise;
  const { port } = server.address() as { port: number };
  server.close();
  return `127.0.0.1:${port}`;
}

/** An empty folder after `npm install`, and the files that the page has its reader write. */
async function newcomer(files: ReadonlyMap<string, string>): Promise<ScratchFolder> {
  const folder = await ScratchFolder.with({
    ...Object.fromEntries(files),
    'tsconfig.json': TSCONFIG,
  });
  await mkdir(join(folder.path, 'node_modules', '.bin'), { recursive: true });
  await symlink(REPOSITORY_ROOT, join(folder.path, 'node_modules', 'wasmatrix'));
  for (const [name, script] of Object.entries(TOOLS)) {
    const path = `node_modules/.bin/${name}`;
    await folder.write(path, `#!/bin/sh\nexec "${process.execPath}" "${script}" "$@"\n`);
    await chmod(join(folder.path, path), 0o755);
  }
  return folder;
}

/** Files of the page begin with their names. */
function filesOf(address: string): ReadonlyMap<string, string> {
  const shown = [...listingsIn(PAGE, 'wat'), ...listingsIn(PAGE, 'ts')];
  return new Map(
    shown.map(({ text }) => {
      const [, name = ''] = /^(?:;;|\/\/) ([\w.-]+)\n/.exec(text) ?? [];
      return [name, text.replaceAll(ADDRESS, address)];
    }),
  );
}

/** A command as the shell takes it: what it prints ends with a line, as on a terminal. */
function step(command: string): string {
  if (command.endsWith('&')) {
    return `${command.slice(0, -1)} > host.out 2>&1 &
until grep -q '^  Ctrl-C' host.out; do sleep 0.05; done
cat host.out; told=$(wc -l < host.out)`;
  }
  if (command.startsWith('kill %1')) return `${command}; tail -n +$((told + 1)) host.out`;
  return `${command} > step.out 2>&1 || true
cat step.out; [ -z "$(tail -c 1 step.out)" ] || echo`;
}

function commandsOf({ text }: DocListing): string[] {
  return text.replaceAll('\\\n', '').trim().split('\n');
}

const MARK = '@@@@ next listing\n';

describe('the page for newcomers', function () {
  this.timeout(120_000);
  const listings = listingsIn(PAGE, 'sh');

  it('has commands that print, in order and in an empty folder, what it says', async () => {
    const address = await freeAddress();
    await using folder = await newcomer(filesOf(address));
    const head = `set -m; unset \${!WASMATRIX_*}; exec < /dev/null
trap 'kill %1 2> /dev/null || true' EXIT
export PATH="$PWD/node_modules/.bin:$PATH" WASMATRIX_LISTEN=${address} WASMATRIX_URL=http://${address}\n`;
    const script = listings.map((listing) => commandsOf(listing).map(step).join('\n'));
    const done = await run('bash', ['-c', head + script.join(`\necho '${MARK}'\n`)], folder.path);
    const printed = done.stdout.split(`${MARK}\n`);
    expect(printed, done.output).to.have.length(listings.length);
    for (const [at, { text, prints = '' }] of listings.entries()) {
      expect(printed[at]?.replaceAll(address, ADDRESS), text).to.match(printedPattern(prints));
    }
  });

  it('has programs that fit the types', async () => {
    await using folder = await newcomer(filesOf(ADDRESS));
    const { code, output } = await runTool('tsc', ['-p', '.'], folder.path);
    expect(code, output).to.equal(0);
  });

  it('says of every command what it prints, but of those that it says nobody runs', () => {
    expect(listings.length).to.be.above(9);
    expect(listings.filter(({ prints }) => prints === undefined)).to.deep.equal([]);
    expect(allListings(PAGE).filter(({ notRun }) => notRun !== undefined)).to.have.length(1);
    expect([...filesOf(ADDRESS).keys()]).to.deep.equal([
      'counter.wat',
      'embedded.mts',
      'remote.mts',
    ]);
  });
});
