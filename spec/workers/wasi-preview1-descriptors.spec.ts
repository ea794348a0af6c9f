import { expect } from 'chai';
import { ERRNO } from '../../workers/abi/wasi/errno.ts';
import { RIGHT } from '../../workers/abi/wasi/rights.ts';
import { ALL_RIGHTS, OPEN, Probe, ROOT } from './wasi-preview1-probe.ts';

describe('WASI preview 1 · descriptors', () => {
  let probe: Probe;

  beforeEach(() => {
    probe = new Probe({ files: { 'etc/motd': Buffer.from('hello') } });
  });

  it('reads and writes at a position that it moves', () => {
    const fd = probe.open('file', { flags: OPEN.create });
    expect(probe.write(fd, 'abcdef')).to.equal(ERRNO.success);
    expect([probe.seek(fd, 0n, 1), probe.u64()]).to.deep.equal([0, 6n]);
    expect([probe.seek(fd, -4n, 2), probe.u64()]).to.deep.equal([0, 2n]);
    expect(probe.read(fd, 2)).to.equal('cd');
    expect([probe.call('fd_tell', fd, 0), probe.u64()]).to.deep.equal([0, 4n]);
    expect(probe.seek(fd, -5n, 1)).to.equal(ERRNO.inval);
    expect(probe.seek(fd, 0n, 3)).to.equal(ERRNO.inval);
    expect(probe.seek(fd, 2n ** 62n, 0)).to.equal(ERRNO.fbig);
    expect([probe.seek(fd, 100n, 0), probe.read(fd, 9)]).to.deep.equal([0, '']);
  });

  it('reads and writes at given offsets without moving', () => {
    const fd = probe.open('file', { flags: OPEN.create });
    probe.write(fd, 'abcd');
    expect(probe.pwrite(fd, 'XY', 1n)).to.equal(ERRNO.success);
    expect(probe.pread(fd, 10, 0n)).to.equal('aXYd');
    expect(probe.pread(fd, 10, 3n)).to.equal('d');
    expect(probe.pread(fd, 10, -1n)).to.equal(`errno ${ERRNO.inval}`);
    expect(probe.write(fd, 'e')).to.equal(ERRNO.success);
    expect(probe.content('file')).to.equal('aXYde');
    expect(probe.pwrite(fd, '!', 7n)).to.equal(ERRNO.success);
    expect(probe.content('file')).to.equal('aXYde\0\0!');
  });

  it('appends, wherever the position is', () => {
    const fd = probe.open('etc/motd', { fdFlags: 1 });
    probe.seek(fd, 0n, 0);
    expect(probe.write(fd, ', you')).to.equal(ERRNO.success);
    expect(probe.pwrite(fd, '!', 0n)).to.equal(ERRNO.success);
    expect(probe.content('etc/motd')).to.equal('hello, you!');
  });

  it('sets sizes, filling with zeros what was cut off before', () => {
    const fd = probe.open('etc/motd');
    expect(probe.call('fd_filestat_set_size', fd, 2n)).to.equal(ERRNO.success);
    expect(probe.call('fd_filestat_set_size', fd, 4n)).to.equal(ERRNO.success);
    expect(probe.content('etc/motd')).to.equal('he\0\0');
    expect(probe.call('fd_filestat_set_size', fd, -1n)).to.equal(ERRNO.inval);
    expect(probe.call('fd_allocate', fd, 2n, 4n)).to.equal(ERRNO.success);
    expect(probe.statFd(fd)).to.include({ size: 6n });
    expect(probe.call('fd_allocate', fd, 0n, 0n)).to.equal(ERRNO.inval);
    expect(probe.call('fd_allocate', fd, 2n ** 63n - 1n, 1n)).to.equal(ERRNO.fbig);
    expect(probe.call('fd_advise', fd, 0n, 0n, 5)).to.equal(ERRNO.success);
    expect(probe.call('fd_advise', fd, 0n, 0n, 6)).to.equal(ERRNO.inval);
    expect(probe.call('fd_advise', fd, -1n, 0n, 0)).to.equal(ERRNO.inval);
  });

  it('lives on in a descriptor when its last name is gone', () => {
    const fd = probe.open('etc/motd');
    probe.onPath('path_unlink_file', 'etc/motd');
    expect(probe.read(fd, 9)).to.equal('hello');
    expect(probe.statFd(fd)).to.include({ links: 0n });
    expect(probe.createFile('etc/motd', 'another')).to.equal(ERRNO.success);
    expect(probe.pread(fd, 9, 0n)).to.equal('hello');
  });

  it('does to a directory nothing that is for files', () => {
    const vector = [64, 1] as const;
    expect(probe.read(ROOT, 4)).to.equal(`errno ${ERRNO.isdir}`);
    expect(probe.write(ROOT, 'x')).to.equal(ERRNO.isdir);
    expect(probe.call('fd_pread', ROOT, ...vector, 0n, 0)).to.equal(ERRNO.isdir);
    expect(probe.call('fd_pwrite', ROOT, ...vector, 0n, 0)).to.equal(ERRNO.isdir);
    expect(probe.seek(ROOT, 0n, 0)).to.equal(ERRNO.badf);
    expect(probe.call('fd_tell', ROOT, 0)).to.equal(ERRNO.badf);
    expect(probe.call('fd_allocate', ROOT, 0n, 1n)).to.equal(ERRNO.badf);
    expect(probe.call('fd_filestat_set_size', ROOT, 0n)).to.equal(ERRNO.badf);
    expect(probe.call('fd_fdstat_set_flags', ROOT, 1)).to.equal(ERRNO.badf);
    expect(probe.open('etc', { flags: OPEN.truncate })).to.equal(-ERRNO.isdir);
    expect(probe.open('etc')).to.equal(-ERRNO.isdir);
    expect(probe.open('etc/motd', { flags: OPEN.directory })).to.equal(-ERRNO.notdir);
    expect(probe.open('new', { flags: OPEN.create | OPEN.directory })).to.equal(-ERRNO.inval);
    expect(probe.open('x', { directory: 1 })).to.equal(-ERRNO.notdir);
  });

  it('gives the preopened directory the rights that libraries look for', () => {
    expect(probe.call('fd_fdstat_get', ROOT, 512)).to.equal(0);
    const bits = (...ranges: readonly (readonly [number, number])[]): bigint =>
      ranges.reduce((all, [from, to]) => all | ((1n << BigInt(to + 1)) - (1n << BigInt(from))), 0n);
    // Everything about paths but the size of a file, listing, and its own times.
    const own = bits([9, 18], [20, 21], [23, 26]);
    const handedDown = own | bits([0, 8], [21, 23], [27, 27]);
    expect(probe.u64(520) & own).to.equal(own);
    expect(probe.u64(528) & handedDown).to.equal(handedDown);
    const same = probe.open('.', { flags: OPEN.directory, rights: probe.u64(520) });
    expect(same).to.be.above(ROOT);
  });

  it('gives rights away and never back', () => {
    const fd = probe.open('etc/motd');
    const kept = ALL_RIGHTS & ~(RIGHT.fdRead | RIGHT.fdWrite);
    const { base } = probe.rights(fd) as { base: bigint };
    expect(probe.call('fd_fdstat_set_rights', fd, base & kept, 0n)).to.equal(ERRNO.success);
    expect(probe.read(fd, 1)).to.equal(`errno ${ERRNO.badf}`);
    expect(probe.write(fd, 'x')).to.equal(ERRNO.badf);
    expect(probe.seek(fd, 0n, 0)).to.equal(ERRNO.success);
    expect(probe.call('fd_fdstat_set_rights', fd, base, 0n)).to.equal(ERRNO.notcapable);
    expect(probe.rights(fd)).to.deep.equal({ base: base & kept, inheriting: 0n });
  });

  it('opens nothing with more rights than the directory hands down', () => {
    const limits = ALL_RIGHTS & ~RIGHT.fdWrite;
    const etc = probe.open('etc', { flags: OPEN.directory, inheriting: limits });
    expect(probe.open('motd', { directory: etc })).to.equal(-ERRNO.notcapable);
    expect(probe.open('motd', { directory: etc, rights: limits })).to.be.above(etc);
    const again = probe.open('.', { directory: etc, flags: OPEN.directory });
    expect(probe.open('motd', { directory: again }), 'by a detour').to.equal(-ERRNO.notcapable);
  });

  it('truncates only by the right to', () => {
    const { base, inheriting } = probe.rights(ROOT) as { base: bigint; inheriting: bigint };
    const rights = base & ~RIGHT.pathFilestatSetSize;
    expect(probe.open('etc/motd', { flags: OPEN.truncate, rights: 0n })).to.be.above(ROOT);
    expect(probe.content('etc/motd')).to.equal('');
    probe.call('fd_fdstat_set_rights', ROOT, rights, inheriting);
    const refused = probe.open('etc/motd', { flags: OPEN.truncate, rights: 0n });
    expect(refused).to.equal(-ERRNO.notcapable);
  });

  it('moves a descriptor onto another and closes that', () => {
    const first = probe.open('etc/motd');
    const second = probe.open('file', { flags: OPEN.create });
    expect(probe.call('fd_renumber', first, second)).to.equal(ERRNO.success);
    expect(probe.call('fd_close', first)).to.equal(ERRNO.badf);
    expect(probe.read(second, 9)).to.equal('hello');
    expect(probe.call('fd_renumber', second, first)).to.equal(ERRNO.badf);
    expect(probe.call('fd_renumber', second, second)).to.equal(ERRNO.success);
    expect(probe.open('file')).to.equal(first);
  });

  it('holds open no more than 256 descriptors', () => {
    let opened = 0;
    while (probe.open('etc/motd') > 0) opened += 1;
    expect(opened).to.equal(252);
    expect(probe.open('etc/motd')).to.equal(-ERRNO.mfile);
    expect(probe.open('fresh', { flags: OPEN.create })).to.equal(-ERRNO.mfile);
    expect(probe.call('fd_close', 100)).to.equal(ERRNO.success);
    expect(probe.names('.'), 'nothing was made in vain').to.deep.equal(['etc']);
  });

  it('sets times, but not to two values at once', () => {
    const fd = probe.open('etc/motd');
    expect(probe.call('fd_filestat_set_times', fd, 5n, 6n, 1 | 4)).to.equal(ERRNO.success);
    expect(probe.statFd(fd)).to.include({ accessedNs: 5n, modifiedNs: 6n });
    expect(probe.call('fd_filestat_set_times', fd, 0n, 0n, 1 | 2)).to.equal(ERRNO.inval);
    expect(probe.call('fd_filestat_set_times', fd, 0n, 0n, 4 | 8)).to.equal(ERRNO.inval);
    const path = probe.text('etc/motd');
    expect(probe.call('path_filestat_set_times', ROOT, 0, ...path, 7n, 8n, 2 | 4)).to.equal(0);
    const now = probe.host.wallClockNs();
    expect(probe.statFd(fd)).to.include({ accessedNs: now, modifiedNs: 8n });
  });
});

describe('WASI preview 1 · reading directories', () => {
  it('shows itself, its parent and what it holds, from any cookie on', () => {
    const probe = new Probe({ files: { 'dir/file': new Uint8Array(0) } });
    const fd = probe.openDirectory('dir');
    const { entries, isEnd } = probe.readdir(fd);
    expect(isEnd).to.equal(true);
    expect(entries.map(({ name, type }) => [name, type])).to.deep.equal([
      ['.', 3],
      ['..', 3],
      ['file', 4],
    ]);
    expect(entries[0]?.inode).to.equal((probe.statFd(fd) as { inode: bigint }).inode);
    expect(entries[2]?.inode).to.equal((probe.stat('dir/file') as { inode: bigint }).inode);
    expect(probe.readdir(fd, entries[1]?.next).entries).to.deep.equal(entries.slice(2));
    expect(probe.readdir(fd, 2n ** 64n - 1n)).to.deep.equal({ entries: [], isEnd: true });
  });

  it('shows every entry once, although those already seen are removed meanwhile', () => {
    const probe = new Probe();
    for (let count = 0; count < 100; count++) probe.createFile(`file.${count}`);
    const fd = probe.openDirectory('.');
    const seen: string[] = [];
    for (let cookie = 0n; ; ) {
      const { entries, isEnd } = probe.readdir(fd, cookie, 256);
      for (const { name, next } of entries) {
        cookie = next;
        if (!name.startsWith('file.')) continue;
        seen.push(name);
        probe.onPath('path_unlink_file', name);
      }
      if (isEnd) break;
    }
    expect(seen).to.have.lengthOf(100);
    expect(new Set(seen).size).to.equal(100);
    expect(probe.names()).to.deep.equal([]);
  });

  it('shows every entry although one was replaced by renaming', () => {
    const probe = new Probe();
    for (const name of ['a', 'b', 'c']) probe.createFile(name);
    probe.rename('c', 'a');
    const fd = probe.openDirectory('.');
    const seen: string[] = [];
    for (let cookie = 0n; ; ) {
      const [entry] = probe.readdir(fd, cookie, 30).entries;
      if (entry === undefined) break;
      seen.push(entry.name);
      cookie = entry.next;
    }
    expect(seen).to.deep.equal(['.', '..', 'b', 'a']);
  });
});
