import { execFile, spawnSync } from 'node:child_process';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { listingsIn } from '../gates/doc-listings.ts';
import { ask, jsonOf, withHost } from '../host/host-stage.ts';
import { operationsOf } from '../host/malformed-requests.ts';
import { REPOSITORY_ROOT } from '../repository-root.ts';
import { skipLoudly } from '../skip-loudly.ts';

const run = promisify(execFile);
/** Each listing of the shell, with what the document says that it prints. */
const listings = listingsIn('docs/api.md', 'sh').map(({ text, prints }) => ({
  script: text,
  prints,
}));

/** What is said, with `…` for whatever there is. */
function pattern(prints: string): RegExp {
  const pieces = prints
    .trim()
    .split('…')
    .map((piece) => piece.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`));
  return new RegExp(`^${pieces.join('[\\s\\S]*')}$`);
}

describe('the commands in docs/api.md', function () {
  this.timeout(60_000);

  it('print what stands behind them, one after the other', function () {
    if (spawnSync('curl', ['--version']).error !== undefined) skipLoudly(this, 'there is no curl');
    return withHost(
      async (host) => {
        const env = {
          ...process.env,
          HOST: host.url,
          TRIGGERS: host.triggerUrl,
          TOKEN: 'a-token-for-the-document',
        };
        for (const { script, prints } of listings) {
          const { stdout } = await run('bash', ['-euc', script], { cwd: REPOSITORY_ROOT, env });
          if (prints !== undefined) expect(stdout.trim(), script).to.match(pattern(prints));
        }
      },
      { triggerListen: '127.0.0.1:0' },
    );
  });

  it('show every route that there is', () =>
    withHost(async (host) => {
      const description = jsonOf(await ask(`${host.url}/v1/openapi.json`));
      const shell = listings
        .map(({ script }) => script)
        .join('\n')
        .replaceAll('\\\n', ' ');
      const commands = [...shell.matchAll(/curl [^|\n]*?(?:-X (\w+) )?"\$HOST(\/[^"?]*)/g)].map(
        ([, method = 'GET', path = '']) => ({ method, path }),
      );
      for (const { method, path } of operationsOf(description)) {
        const form = new RegExp(`^${path.replaceAll(/\{\w+\}/g, '[^/]+')}$`);
        const isShown = commands.some((each) => each.method === method && form.test(each.path));
        expect(isShown, `${method} ${path}`).to.equal(true);
      }
    }));

  it('and a wrong one would be found out', () => {
    expect(listings.filter(({ prints }) => prints !== undefined)).to.have.length.above(10);
    expect('{"result":6}').not.to.match(pattern('{"result":5}'));
  });
});
