// Writes docs/reference.md out of the published declarations: npm run docs:api. With --check it writes nothing and
// fails where the page is not what would be written.
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const inRoot = (path) => fileURLToPath(new URL(`../${path}`, import.meta.url));
const PAGE = inRoot('docs/reference.md');
const HEAD = `# API reference

Everything that \`import … from 'wasmatrix'\` gives, with units, defaults and error codes. Made of the types by
\`npm run docs:api\`, which is not to be edited; [api.md](api.md) has the same over HTTP. To
begin with: [createSupervisor](#createsupervisor), [Supervisor](#supervisor), [InstanceSpec](#instancespec),
[startHost](#starthost), [connectSupervisor](#connectsupervisor), [defineProvider](#defineprovider).
`;
const EXCERPT =
  '<!-- not run: it is an excerpt out of the types, which are compiled; other pages have whole programs. -->';

const typedoc = inRoot('node_modules/typedoc/bin/typedoc');
const options = ['--options', inRoot('.ci/typedoc.json'), '--logLevel', 'Warn'];
const made = spawnSync(process.execPath, [typedoc, ...options], { stdio: 'inherit' });
if (made.status !== 0) process.exit(made.status ?? 1);

/** The plugin numbers the anchor of an interface that a member of another seems to share. */
function mendedLinks(text) {
  const anchors = new Set(
    [...text.matchAll(/^#+ (.+)$/gm)].map(([, heading]) =>
      heading
        .toLowerCase()
        .replace(/[^\w -]/g, '')
        .replaceAll(' ', '-'),
    ),
  );
  return text.replace(/\]\(#([\w-]+)-\d+\)/g, (link, anchor) =>
    anchors.has(anchor) && !anchor.startsWith('property-') ? `](#${anchor})` : link,
  );
}

const body = readFileSync(inRoot('.build/reference/reference.md'), 'utf8')
  .replace(/^# .*\n/, '')
  .replace(/^```ts$/gm, `${EXCERPT}\n\`\`\`ts`);
const page = `${HEAD}${mendedLinks(body).trimEnd()}\n`;
if (!process.argv.includes('--check')) {
  writeFileSync(PAGE, page);
} else if (readFileSync(PAGE, 'utf8') !== page) {
  process.stderr.write(
    'docs/reference.md is not what the types say: npm run build, npm run docs:api\n',
  );
  process.exit(1);
}
