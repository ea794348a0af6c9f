import { expect } from 'chai';
import { httpProvider } from '../../providers/http/index.ts';
import { ENVIRONMENT } from '../contract/call-context.ts';
import { eventually } from '../contract/http-servers.ts';
import { HttpStage, urlOf, WITH_PRIVATE } from '../contract/http-stage.ts';
import { rejectionOf, thrownBy } from '../thrown.ts';

const stage = new HttpStage();

afterEach(() => stage.close());

describe('a limit', () => {
  it('holds for the bytes of a response, whole or in pieces', async () => {
    const server = await stage.http((_request, response) => response.end(Buffer.alloc(1_001)));
    const whole = await stage.open({}, { maxWholeResponseBytes: 1_000 });
    expect(await whole.guest(WITH_PRIVATE).fateOf(urlOf(server))).to.equal(
      'HTTP-response-body-size',
    );
    const caller = await stage.open({}, { maxResponseBytes: 1_000 });
    const guest = caller.guest(WITH_PRIVATE);
    const begun = await guest.begin(urlOf(server));
    expect((await guest.readAll(begun)).error).to.equal('HTTP-response-body-size');
    const enough = await stage.open({}, { maxResponseBytes: 1_001, maxWholeResponseBytes: 1_001 });
    expect(await enough.guest(WITH_PRIVATE).fateOf(urlOf(server))).to.equal('served');
  });

  it('holds for the bytes of a request, whole or in pieces', async () => {
    const server = await stage.http((request, response) => request.pipe(response));
    const guest = (await stage.open({}, { maxRequestBytes: 1_000 })).guest(WITH_PRIVATE);
    const options = (bytes: number): object => ({ method: 'PUT', body: new Uint8Array(bytes) });
    expect(await guest.fateOf(urlOf(server), { ...options(1_000) })).to.equal('served');
    expect(await guest.fateOf(urlOf(server), { ...options(1_001) })).to.equal(
      'HTTP-request-body-size',
    );
    const begun = await guest.begin(urlOf(server), { method: 'PUT', hasBody: true });
    expect(await guest.on(begun, 'write', new Uint8Array(1_000))).to.equal(true);
    const reply = await guest.on(begun, 'write', new Uint8Array(1));
    expect(reply.error).to.equal('HTTP-request-body-size');
  });

  it('holds for open requests, of one instance and of all', async () => {
    const server = await stage.http(() => undefined);
    const caller = await stage.open({}, { maxTransfers: 3, maxTransfersPerInstance: 2 });
    const [a, b] = [caller.guest(WITH_PRIVATE, 'i-1'), caller.guest(WITH_PRIVATE, 'i-2')];
    const first = await a.begin(urlOf(server));
    await a.begin(urlOf(server));
    expect((await rejectionOf(a.begin(urlOf(server)))).code).to.equal('RESOURCE_EXHAUSTED');
    // Another grant of the same instance shares its limit.
    const again = caller.guest(WITH_PRIVATE, 'i-1');
    expect((await rejectionOf(again.begin(urlOf(server)))).code).to.equal('RESOURCE_EXHAUSTED');
    await b.begin(urlOf(server));
    expect((await rejectionOf(b.begin(urlOf(server)))).code).to.equal('RESOURCE_EXHAUSTED');
    await a.on(first, 'drop');
    expect(await b.begin(urlOf(server))).to.have.property('transfer');
  });

  it('holds for connections, where idle ones give way first', async () => {
    const [one, two] = [
      await stage.http((_request, response) => response.end()),
      await stage.http(() => undefined),
    ];
    const caller = await stage.open({}, { maxConnections: 2, maxConnectionsPerInstance: 1 });
    const [a, b] = [caller.guest(WITH_PRIVATE, 'i-1'), caller.guest(WITH_PRIVATE, 'i-2')];
    expect(await a.fateOf(urlOf(one))).to.equal('served');
    expect(caller.metadata['openConnections']).to.equal(1);
    const begun = await a.begin(urlOf(two));
    await eventually(() => two.requests.length === 1);
    expect(await a.fateOf(urlOf(one))).to.equal('connection-limit-reached');
    expect(await b.fateOf(urlOf(one))).to.equal('served');
    const c = caller.guest(WITH_PRIVATE, 'i-3');
    expect(await c.fateOf(urlOf(one))).to.equal('served');
    expect(caller.metadata['openConnections']).to.equal(2);
    await a.on(begun, 'drop');
    expect(await a.fateOf(urlOf(one))).to.equal('served');
  });

  it('that is no number of its range is refused by name', () => {
    const open = (config: object): unknown => httpProvider.open({ ...config }, ENVIRONMENT);
    for (const [name, value] of [
      ['maxConnections', 0],
      ['maxTransfers', 1.5],
      ['totalTimeoutMs', '1'],
      ['connectTimeoutMs', -1],
      ['proxy', 1],
      ['__proto__x', 1],
    ]) {
      const failure = thrownBy(() => open({ [String(name)]: value }));
      expect(failure.details['field']).to.equal(`config.${name}`);
    }
  });
});
