import { join } from 'node:path';
import { expect } from 'chai';
import fc from 'fast-check';
import { stringify } from 'yaml';
import { isWasmatrixError } from '../../lib/core/errors.ts';
import { MANIFEST_SECTIONS } from '../../lib/manifest/manifest-schema.ts';
import { publishedSchema } from '../../lib/manifest/published-schema.ts';
import { readManifest } from '../../lib/manifest/read-manifest.ts';
import { RUNS } from '../core/property-runs.ts';
import { ScratchFolder } from '../gates/run-tool.ts';
import { repositoryText } from '../gates/source-files.ts';

describe('reading a configuration', () => {
  let folder: ScratchFolder;

  before(async () => {
    folder = await ScratchFolder.with({ 'token.txt': 'a-token-from-a-file\n' });
  });
  after(() => folder[Symbol.asyncDispose]());

  async function read(text: string, environment: Record<string, string> = {}) {
    await folder.write('wasmatrix.yaml', text);
    return readManifest(join(folder.path, 'wasmatrix.yaml'), environment);
  }

  async function refusal(text: string, environment?: Record<string, string>) {
    const error: unknown = await read(text, environment).then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    if (!isWasmatrixError(error)) throw new Error('it should have been refused');
    return error;
  }

  it('names file, line, column and key of what is wrong, and all of it', async () => {
    const error = await refusal(
      'instances:\n  - module: a.wasm\n    limits:\n      memoryBytes: much\n  - modul: b.wasm\n',
    );
    expect(error.code).to.equal('INVALID_REQUEST');
    expect(error.details).to.include({
      line: 4,
      column: 7,
      field: 'instances[0].limits.memoryBytes',
    });
    expect(error.message).to.match(/wasmatrix\.yaml:4:7: instances\[0\]\.limits\.memoryBytes: /);
    expect(JSON.stringify(error.details['problems'])).to.include('5:5: instances[1]');
  });

  it('refuses unknown keys, and says what was probably meant', async () => {
    for (const [text, suggestion] of [
      ['hosts: {}', 'host'],
      ['host: { lisen: 1 }', 'listen'],
      [
        'instances: [{ module: a, restartPolicy: { policyType: always, maxRetrys: 1 } }]',
        'maxRetries',
      ],
    ] as const) {
      const { message } = await refusal(text);
      expect(message).to.include(`unknown key, did you mean "${suggestion}"?`);
    }
    expect((await refusal('host: { zzzzzzzz: 1 }')).message).to.include('known are allowHostPaths');
  });

  it('tells where a text is no YAML', async () => {
    const { details } = await refusal('host:\n  listen: [1\n');
    expect(details).to.include({ line: 3 });
  });

  it('puts variables in, and asks for those that are missing', async () => {
    const text = 'supervisor: { nodeId: "${ENV:NODE:-other}-${ENV:PLACE}" }';
    expect((await read(text, { PLACE: 'b', NODE: 'a' })).supervisor.nodeId).to.equal('a-b');
    expect((await read(text, { PLACE: 'b' })).supervisor.nodeId).to.equal('other-b');
    expect((await refusal(text)).message).to.include('there is no variable PLACE');
  });

  it('lets the environment stand above the file, and reads tokens from files', async () => {
    const plan = await read(
      'host: { listen: 1, tokens: [{ name: a, role: read, tokenFile: token.txt }] }',
      { WASMATRIX_LISTEN: '0.0.0.0:2', WASMATRIX_ADMIN_TOKEN: 'an-admin-token-of-some-length' },
    );
    expect(plan.host.listen).to.equal('0.0.0.0:2');
    expect(plan.host.tokens).to.deep.equal([
      { name: 'a', role: 'read', token: 'a-token-from-a-file' },
      { name: 'environment-admin', role: 'admin', token: 'an-admin-token-of-some-length' },
    ]);
  });

  it('checks options as their start will, and names the key, or the variable that is wrong', async () => {
    const [pem, none] = ['bad.pem', 'gone.pem'];
    await folder.write(pem, 'this is no certificate');
    for (const [text, environment, told] of [
      [
        `host: { tls: { certFile: ${pem}, keyFile: ${pem} } }`,
        {},
        'host.tls: is no certificate with its key',
      ],
      [`host: { tls: { certFile: ${none}, keyFile: ${pem} } }`, {}, 'host.tls.certFile: the file'],
      ['supervisor: { maxFacts: 0 }', {}, 'supervisor.maxFacts: must be'],
      ['{}', { WASMATRIX_LOG_LEVEL: 'zzz' }, 'WASMATRIX_LOG_LEVEL: must be one of debug'],
      ['{}', { WASMATRIX_NODE_ID: '-' }, 'WASMATRIX_NODE_ID: '],
      ['{}', { WASMATRIX_LISTEN: 'a:b:c' }, 'WASMATRIX_LISTEN: '],
      ['{}', { WASMATRIX_ADMIN_TOKEN: 'short' }, 'WASMATRIX_ADMIN_TOKEN: '],
      ['{}', { WASMATRIX_READ_TOKEN_FILE: none }, 'WASMATRIX_READ_TOKEN_FILE: the file'],
    ] as const) {
      const { message, details } = await refusal(text, environment);
      const isVariable = told.startsWith('WASM');
      expect(message).to.match(isVariable ? /^WASMATRIX_/ : /^[^:]*wasmatrix\.yaml:1:\d+: /);
      expect(message).to.include(told);
      expect(details).to.have.property('field', told.slice(0, told.indexOf(':')));
    }
  });

  it('names all the words that could stand in a place', async () => {
    const { message } = await refusal(
      'instances: [{ module: a, restartPolicy: { policyType: sometimes } }]',
    );
    expect(message).to.match(/policyType: must be one of (never|always|on-failure)/);
    for (const word of ['never', 'always', 'on-failure']) expect(message).to.include(word);
  });

  it('tells where a name stands that no anchor has', async () => {
    const { message, details } = await refusal('host:\n  listen: *nowhere\n');
    expect(details).to.include({ line: 2, column: 11 });
    expect(message).to.include('no anchor named "nowhere"');
  });

  it('never repeats a value, which may be a secret', async () => {
    const secret = 'swordfish swordfish';
    for (const text of [
      `host: { tokens: [{ name: a, role: read, token: "${secret}" }] }`,
      `host: { tokens: [{ name: a, role: "${secret}", token: x }] }`,
      `host: { listen: "${secret}" }`,
      `host: { listen: "\${ENV:SECRET}" }`,
      `host: "${secret}"`,
    ]) {
      const error = await refusal(text, { SECRET: secret });
      expect(JSON.stringify(error) + error.stack, text).not.to.include('swordfish');
    }
  });

  it('takes paths from the folder of the file', async () => {
    const plan = await read('instances: [{ module: sub/a.wasm }]');
    expect(plan.instances[0]?.module).to.equal(join(folder.path, 'sub', 'a.wasm'));
  });

  it('finds a stray key wherever it is, on the line that it is on', async () => {
    const places = fc.constantFrom<readonly (string | number)[]>(
      [],
      ['host'],
      ['host', 'limits'],
      ['supervisor', 'onDemand'],
      ['instances', 0],
      ['instances', 1, 'limits'],
      ['providers', 0],
    );
    const key = fc.stringMatching(/^q[a-z]{10,20}$/);
    await fc.assert(
      fc.asyncProperty(places, key, async (path, stray) => {
        const manifest: Record<string, unknown> = {
          host: { listen: 0, limits: { modules: 5 } },
          supervisor: { onDemand: { idleMs: 1 } },
          providers: [{ providerType: 'kv' }],
          instances: [{ module: 'a' }, { module: 'b', limits: { fuel: 1 } }],
        };
        await read(stringify(manifest));
        let place = manifest;
        for (const step of path) place = place[step] as Record<string, unknown>;
        place[stray] = 1;
        const text = stringify(manifest);
        const { details } = await refusal(text);
        const line = text.split('\n').findIndex((each) => each.includes(stray)) + 1;
        expect(details).to.include({ line });
        expect(String(details['field'])).to.match(new RegExp(`(^|\\.)${stray}$`));
      }),
      RUNS,
    );
  });
});

describe('the published schema of the configuration', () => {
  it('is the one that the parser checks by', () => {
    expect(JSON.parse(repositoryText('schema/wasmatrix.schema.json'))).to.deep.equal(
      publishedSchema(),
    );
    const { properties } = publishedSchema() as { properties: object };
    expect(Object.keys(properties)).to.deep.equal(Object.keys(MANIFEST_SECTIONS));
  });
});
