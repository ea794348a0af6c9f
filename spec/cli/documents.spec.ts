import { readdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { MANIFEST_SECTIONS } from '../../lib/manifest/manifest-schema.ts';
import { readManifest } from '../../lib/manifest/read-manifest.ts';
import { CERTIFICATE, CERTIFICATE_KEY } from '../contract/http-certificate.ts';
import { documentsRunBy, listingsIn } from '../gates/doc-listings.ts';
import { run, ScratchFolder } from '../gates/run-tool.ts';
import { repositoryText } from '../gates/source-files.ts';
import { CLI, guestPath, withCliHost } from './cli-stage.ts';

const SPEC = 'spec/cli/documents.spec.ts';

/** A folder with the guests of the specs, and the command on the path of what is run there. */
async function stage(): Promise<ScratchFolder> {
  const folder = await ScratchFolder.with({
    'host.pem': CERTIFICATE,
    'host.key': CERTIFICATE_KEY,
    'bin/wasmatrix': `#!/bin/sh\nexec "${process.execPath}" "${CLI}" "$@"\n`,
  });
  await run('chmod', ['+x', 'bin/wasmatrix'], folder.path);
  for (const name of ['command-c', 'core', 'counter-c', 'serve-c']) {
    await symlink(guestPath(name), join(folder.path, `${name}.wasm`));
  }
  return folder;
}

describe('the page about the command line', function () {
  this.timeout(120_000);

  it('has listings that do what they say', async () => {
    await using folder = await stage();
    const scripts = listingsIn('docs/cli.md', 'sh').map(({ text }) => text);
    expect(scripts).to.have.length(4);
    await withCliHost(async ({ url }) => {
      const head = `set -e\nexec < /dev/null\nexport PATH="$PWD/bin:$PATH" WASMATRIX_URL=${url}\n`;
      const done = await run('bash', ['-c', head + scripts.join('\n')], folder.path);
      expect(done.code, done.output).to.equal(0);
      expect(done.stdout).to.include('arg one\narg two\n');
      expect(done.stdout).to.include('\n-1\n');
      expect(done.stdout).to.include('\nthe grant does not cover it\n');
      expect(done.stdout).to.include('counter has stopped');
      expect(done.stdout).to.match(/4 instances in .* s/);
      expect(done.stdout).to.include(
        '0 providers, 0 groups, 2 instances, 0 triggers; nothing is wrong',
      );
      expect(await readdir(folder.path)).to.include.members([
        'wasmatrix.fish',
        '_wasmatrix',
        'demo',
      ]);
      const syntax = await run('bash', ['-n', 'wasmatrix-completion.bash'], folder.path);
      expect(syntax.code, syntax.output).to.equal(0);
    });
  });
});

describe('the pages about the configuration', () => {
  const page = repositoryText('docs/configuration.md');

  it('has listings that can be read', async () => {
    await using folder = await stage();
    const texts = documentsRunBy(SPEC, 'yaml').flatMap((each) => listingsIn(each, 'yaml'));
    expect(texts).to.have.length.above(3);
    for (const [index, { text }] of texts.entries()) {
      await folder.write(`${index}.yaml`, text);
      const plan = readManifest(join(folder.path, `${index}.yaml`), {});
      expect(plan.source?.value).not.to.equal(undefined);
    }
  });

  it('tells of every key of the host and of the supervisor', () => {
    const keysOf = (schema: object): string[] => {
      const { properties = {} } = schema as { properties?: Record<string, object> };
      return Object.entries(properties).flatMap(([key, inner]) => [key, ...keysOf(inner)]);
    };
    const keys = [...keysOf(MANIFEST_SECTIONS.host), ...keysOf(MANIFEST_SECTIONS.supervisor)];
    expect(keys).to.have.length.above(40);
    expect(keys.filter((key) => !page.includes(`\`${key}\``))).to.deep.equal([]);
  });
});
