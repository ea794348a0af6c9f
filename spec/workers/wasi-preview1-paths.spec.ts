import { expect } from 'chai';
import { ERRNO } from '../../workers/abi/wasi/errno.ts';
import { OPEN, Probe, ROOT } from './wasi-preview1-probe.ts';

const MADE = ERRNO.success;

describe('WASI preview 1 · paths', () => {
  let probe: Probe;

  beforeEach(() => {
    probe = new Probe({ files: { 'etc/motd': Buffer.from('hello') } });
  });

  it('announces one preopened directory, named /', () => {
    expect(probe.call('fd_prestat_get', ROOT, 128)).to.equal(ERRNO.success);
    expect([probe.u32(128), probe.u32(132)]).to.deep.equal([0, 1]);
    expect(probe.call('fd_prestat_dir_name', ROOT, 128, 0)).to.equal(ERRNO.nametoolong);
    expect(probe.call('fd_prestat_dir_name', ROOT, 128, 2)).to.equal(ERRNO.success);
    expect(probe.get(128, 1).toString()).to.equal('/');
    expect(probe.call('fd_prestat_get', ROOT + 1, 128)).to.equal(ERRNO.badf);
    expect(probe.call('fd_prestat_get', 1, 128)).to.equal(ERRNO.badf);
  });

  it('walks through dots, double slashes and directories that are left again', () => {
    probe.onPath('path_create_directory', 'dir');
    probe.onPath('path_create_directory', 'dir/nested');
    probe.createFile('dir/nested/file', 'found');
    expect(probe.content('dir/.//nested/../../dir/nested/../nested///./file')).to.equal('found');
    expect(probe.open('dir/nested/file\0')).to.equal(-ERRNO.ilseq);
    expect(probe.open('dir/nested/file/')).to.equal(-ERRNO.notdir);
    expect(probe.open('dir/nested/file///')).to.equal(-ERRNO.notdir);
    expect(probe.openDirectory('dir/nested///')).to.be.above(ROOT);
    expect(probe.open('dir/nested/file/deeper')).to.equal(-ERRNO.notdir);
    expect(probe.open('missing/deeper')).to.equal(-ERRNO.noent);
    expect(probe.open('')).to.equal(-ERRNO.noent);
    expect(probe.open('x'.repeat(256))).to.equal(-ERRNO.nametoolong);
    expect(probe.open('x/'.repeat(3_000))).to.equal(-ERRNO.nametoolong);
  });

  it('leads out of no directory, by no way', () => {
    const etc = probe.openDirectory('etc');
    for (const path of ['/etc/motd', '..', '../etc/motd', 'motd/../../x', './../..']) {
      expect(probe.open(path, { directory: etc }), path).to.be.oneOf([-ERRNO.perm, -ERRNO.notdir]);
    }
    expect(probe.symlink('/etc/motd', 'absolute')).to.equal(ERRNO.perm);
    expect(probe.symlink('../etc/motd', 'up', etc)).to.equal(MADE);
    expect(probe.open('up', { directory: etc, follow: true })).to.equal(-ERRNO.perm);
    expect(probe.open('etc/up', { follow: true }), 'from further up').to.be.above(ROOT);
    expect(probe.symlink('../..', 'etc/out')).to.equal(MADE);
    expect(probe.open('etc/out/etc/motd')).to.equal(-ERRNO.perm);
    expect(probe.rename('etc/motd', '../motd')).to.equal(ERRNO.perm);
    expect(probe.link('etc/motd', '../motd')).to.equal(ERRNO.perm);
  });

  it('treats names that mean something to JavaScript as names', () => {
    const strange = ['__proto__', 'constructor', 'toString', 'hasOwnProperty'];
    for (const name of strange) {
      expect(probe.open(name), name).to.equal(-ERRNO.noent);
      expect(probe.createFile(name, name)).to.equal(MADE);
      expect(probe.content(name)).to.equal(name);
    }
    expect(probe.names()).to.deep.equal(['etc', ...strange]);
  });

  it('keeps names apart that differ only in an invisible character', () => {
    expect(probe.createFile('\uFEFFname', 'marked')).to.equal(MADE);
    expect(probe.open('name')).to.equal(-ERRNO.noent);
    expect(probe.content('\uFEFFname')).to.equal('marked');
  });

  it('follows links only where it is told to', () => {
    probe.onPath('path_create_directory', 'target');
    probe.symlink('target', 'link');
    expect(probe.open('link', { flags: OPEN.directory })).to.equal(-ERRNO.loop);
    expect(probe.open('link')).to.equal(-ERRNO.loop);
    expect(probe.open('link', { flags: OPEN.directory, follow: true })).to.be.above(ROOT);
    expect(probe.stat('link')).to.include({ type: 7, size: 6n });
    expect(probe.stat('link', true)).to.include({ type: 3 });
    expect(probe.stat('link/')).to.include({ type: 3 });
    probe.onPath('path_unlink_file', 'link');
    probe.symlink('etc/motd', 'link');
    expect(probe.open('link', { flags: OPEN.directory, follow: true })).to.equal(-ERRNO.notdir);
    expect(probe.open('link', { flags: OPEN.create | OPEN.exclusive })).to.equal(-ERRNO.exist);
  });

  it('gives up on links that lead in a circle', () => {
    probe.symlink('b', 'a');
    probe.symlink('a', 'b');
    expect(probe.open('a', { follow: true })).to.equal(-ERRNO.loop);
    expect(probe.open('a/x')).to.equal(-ERRNO.loop);
    probe.symlink('x/x/x/x/x', 'x');
    expect(probe.open('x', { follow: true })).to.equal(-ERRNO.loop);
  });

  it('makes through a dangling link what the link names', () => {
    probe.symlink('later', 'link');
    expect(probe.open('link', { follow: true })).to.equal(-ERRNO.noent);
    expect(probe.open('link', { follow: true, flags: OPEN.create })).to.be.above(ROOT);
    expect(probe.names()).to.include('later');
  });

  it('reads a link, cut to the room there is', () => {
    probe.symlink('etc/motd', 'link');
    expect(probe.readlink('link')).to.equal('etc/motd');
    expect(probe.readlink('link', 3)).to.equal('etc');
    expect(probe.readlink('etc')).to.equal(`errno ${ERRNO.inval}`);
    expect(probe.readlink('nothing')).to.equal(`errno ${ERRNO.noent}`);
  });

  it('makes a link nowhere but at a free name without a trailing slash', () => {
    expect(probe.symlink('source', 'target/')).to.equal(ERRNO.noent);
    expect(probe.symlink('', 'target')).to.equal(ERRNO.noent);
    expect(probe.symlink('source', 'etc/')).to.equal(ERRNO.exist);
    expect(probe.symlink('source', 'etc')).to.equal(ERRNO.exist);
    expect(probe.symlink('source', 'etc/motd/')).to.equal(ERRNO.notdir);
    expect(probe.symlink('source', 'etc/motd')).to.equal(ERRNO.exist);
    expect(probe.symlink('source', '.')).to.equal(ERRNO.exist);
  });

  it('gives a file a second name, which shares everything with the first', () => {
    expect(probe.link('etc/motd', 'second')).to.equal(MADE);
    expect(probe.stat('second')).to.deep.equal(probe.stat('etc/motd'));
    expect(probe.stat('second')).to.include({ links: 2n });
    expect(probe.link('etc/motd', 'second')).to.equal(ERRNO.exist);
    expect(probe.link('etc/motd', 'etc/motd')).to.equal(ERRNO.exist);
    expect(probe.link('etc/motd', 'etc')).to.equal(ERRNO.exist);
    expect(probe.link('etc', 'third')).to.equal(ERRNO.perm);
    expect(probe.link('etc/motd', 'third/')).to.equal(ERRNO.noent);
    expect(probe.link('etc/motd', 'third', 1)).to.equal(ERRNO.inval);
    expect(probe.link('nothing', 'third')).to.equal(ERRNO.noent);
    probe.onPath('path_unlink_file', 'etc/motd');
    expect(probe.content('second')).to.equal('hello');
    probe.symlink('self', 'self');
    expect(probe.link('self', 'copy'), 'of a link, not followed').to.equal(MADE);
    expect(probe.readlink('copy')).to.equal('self');
  });

  it('renames directories onto nothing and onto empty directories', () => {
    probe.onPath('path_create_directory', 'source');
    probe.createFile('source/inside', 'kept');
    expect(probe.rename('source', 'target')).to.equal(MADE);
    expect(probe.open('source')).to.equal(-ERRNO.noent);
    probe.onPath('path_create_directory', 'empty');
    expect(probe.rename('target', 'empty')).to.equal(MADE);
    expect(probe.content('empty/inside')).to.equal('kept');
    expect(probe.rename('etc', 'empty')).to.equal(ERRNO.notempty);
    expect(probe.rename('etc', 'empty/inside')).to.equal(ERRNO.notdir);
    expect(probe.rename('.', 'other')).to.equal(ERRNO.inval);
  });

  it('renames files onto nothing and onto files', () => {
    probe.createFile('source', 'new');
    expect(probe.rename('source', 'etc/motd')).to.equal(MADE);
    expect(probe.content('etc/motd')).to.equal('new');
    expect(probe.rename('etc/motd', 'etc')).to.equal(ERRNO.isdir);
    expect(probe.rename('etc/motd', 'name/')).to.equal(ERRNO.notdir);
    expect(probe.rename('etc/motd', 'etc/motd')).to.equal(MADE);
    expect(probe.rename('nothing', 'name')).to.equal(ERRNO.noent);
  });

  it('lets no directory become its own descendant, whichever descriptor it is named by', () => {
    probe.onPath('path_create_directory', 'a');
    probe.onPath('path_create_directory', 'a/b');
    const inner = probe.openDirectory('a/b');
    expect(probe.rename('a', 'a/b/c')).to.equal(ERRNO.inval);
    expect(probe.rename('a', 'c', ROOT, inner)).to.equal(ERRNO.inval);
    expect(probe.names('a')).to.deep.equal(['b']);
    expect(probe.rename('etc', 'a/b/etc'), 'a directory elsewhere').to.equal(MADE);
    const moved = probe.openDirectory('a/b/etc');
    expect(probe.rename('a', 'c', ROOT, moved)).to.equal(ERRNO.inval);
    expect(probe.readdir(moved).entries[1]?.inode).to.equal(probe.readdir(inner).entries[0]?.inode);
  });

  it('removes directories that are empty and files that are none', () => {
    probe.onPath('path_create_directory', 'dir');
    probe.createFile('dir/file');
    expect(probe.onPath('path_remove_directory', 'dir')).to.equal(ERRNO.notempty);
    expect(probe.onPath('path_remove_directory', 'dir/file')).to.equal(ERRNO.notdir);
    expect(probe.onPath('path_unlink_file', 'dir')).to.equal(ERRNO.isdir);
    expect(probe.onPath('path_unlink_file', 'dir/')).to.equal(ERRNO.isdir);
    expect(probe.onPath('path_unlink_file', 'dir/file/')).to.equal(ERRNO.notdir);
    expect(probe.onPath('path_unlink_file', 'dir/file')).to.equal(ERRNO.success);
    expect(probe.onPath('path_unlink_file', 'dir/file')).to.equal(ERRNO.noent);
    expect(probe.onPath('path_remove_directory', '.')).to.equal(ERRNO.inval);
    expect(probe.onPath('path_remove_directory', 'dir/')).to.equal(ERRNO.success);
    expect(probe.onPath('path_create_directory', 'etc')).to.equal(ERRNO.exist);
    expect(probe.onPath('path_create_directory', '.')).to.equal(ERRNO.exist);
  });

  it('makes nothing in a directory that is gone', () => {
    probe.onPath('path_create_directory', 'dir');
    const dir = probe.openDirectory('dir');
    probe.onPath('path_remove_directory', 'dir');
    expect(probe.createFile('file', '', dir)).to.equal(ERRNO.noent);
    expect(probe.onPath('path_create_directory', 'sub', dir)).to.equal(ERRNO.noent);
    expect(probe.symlink('x', 'link', dir)).to.equal(ERRNO.noent);
    expect(probe.rename('etc/motd', 'motd', ROOT, dir)).to.equal(ERRNO.noent);
    expect(probe.onPath('path_create_directory', 'dir')).to.equal(MADE);
  });
});
