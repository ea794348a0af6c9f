import { expect } from 'chai';
import type { AdmittedModule } from '../../lib/wasm/admitted-module.ts';
import { findExport } from '../../lib/wasm/export-lookup.ts';
import { thrownBy } from '../thrown.ts';

const API = 'test:guest/api@1.2.3';

function exporting(names: readonly string[], drops: readonly string[] = []): AdmittedModule {
  return {
    sha256: '',
    sizeBytes: 0,
    abi: 'component',
    life: 'reactor',
    imports: [],
    exports: names.map((name) => ({ name, kind: 'function' })),
    drops,
    families: [],
    memories: 0,
    initialMemoryBytes: 0,
    hasOutput: false,
  };
}

function found(names: readonly string[], wanted: string): string {
  return findExport(exporting(names), wanted).name;
}

describe('the names of a component’s exports', () => {
  it('may be written in camel case as jco writes it', () => {
    const names = ['get-URL-now', 'HTTP-x', 'a1-b2', `${API}#[method]URL-list.add-URL`];
    expect(found(names, 'getUrlNow')).to.equal('get-URL-now');
    expect(found(names, 'httpX')).to.equal('HTTP-x');
    expect(found(names, 'a1B2')).to.equal('a1-b2');
    expect(found(names, `${API}#[method]urlList.addUrl`)).to.equal(names[3]);
    expect(thrownBy(() => found(names, 'HTTPX')).code).to.equal('INVALID_REQUEST');
  });

  it('may leave out the last parts of the version, or all of it', () => {
    const names = [`${API}#run-it`, 'test:guest/other@2.0.0-draft#run-it'];
    for (const wanted of [`${API}#run-it`, 'test:guest/api@1.2#runIt', 'test:guest/api@1#run-it']) {
      expect(found(names, wanted)).to.equal(names[0]);
    }
    expect(found(names, 'test:guest/api#runIt')).to.equal(names[0]);
    expect(found(names, 'test:guest/other@2.0#run-it')).to.equal(names[1]);
  });

  it('do not mean another version than the one that is asked for', () => {
    const names = [`${API}#f`];
    for (const version of ['1.2.9', '1.2.30', '1.2.0-rc', '1.3', '2', '1.2.', '']) {
      const error = thrownBy(() => found(names, `test:guest/api@${version}#f`));
      expect(error.code).to.equal('INVALID_REQUEST');
      expect(error.message).to.include('no export');
    }
  });

  it('must tell which of two versions is meant', () => {
    const names = [`${API}#f`, 'test:guest/api@1.2.4#f', 'test:guest/api@1.2.4#g'];
    for (const wanted of ['test:guest/api@1.2#f', 'test:guest/api#f']) {
      const error = thrownBy(() => found(names, wanted));
      expect(error.code).to.equal('INVALID_REQUEST');
      expect(error.message).to.include(names[0]).and.include(names[1]);
      expect(error.details['exports']).to.deep.equal(names.slice(0, 2));
    }
    expect(found(names, 'test:guest/api@1.2.4#f')).to.equal(names[1]);
    expect(found(names, 'test:guest/api@1.2#g')).to.equal(names[2]);
  });

  it('mean a function of that very name before one that is only written so in camel case', () => {
    expect(found(['a-b', 'ab'], 'ab')).to.equal('ab');
    expect(found([`${API}#GET`, `${API}#get`], 'test:guest/api#get')).to.equal(`${API}#get`);
  });

  it('hold a drop of each exported resource type, in every spelling', () => {
    const drop = `${API}#[resource-drop]my-thing`;
    const admitted = exporting([], [drop, '[resource-drop]other']);
    for (const wanted of [drop, 'test:guest/api@1.2#[resource-drop]myThing']) {
      expect(findExport(admitted, wanted)).to.deep.include({ name: drop, params: ['self'] });
    }
    expect(findExport(admitted, '[resource-drop]other').name).to.equal('[resource-drop]other');
    expect(thrownBy(() => findExport(admitted, '[resource-drop]my-thing')).code).to.equal(
      'INVALID_REQUEST',
    );
  });
});
