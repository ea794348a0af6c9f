import { expect } from 'chai';
import { ERRNO } from '../../workers/abi/wasi/errno.ts';
import { OPEN, Probe } from './wasi-preview1-probe.ts';

const KIB = 1_024;

describe('WASI preview 1 · what a guest may add', () => {
  it('writes up to scratchBytes and not a byte further', () => {
    const probe = new Probe({ scratchBytes: 64 * KIB });
    const fd = probe.open('file', { flags: OPEN.create });
    for (let written = 0; written < 64; written++) expect(probe.writeBytes(fd, KIB)).to.equal(0);
    expect(probe.write(fd, '!')).to.equal(ERRNO.nospc);
    expect(probe.statFd(fd)).to.include({ size: BigInt(64 * KIB) });
    expect(probe.createFile('other'), 'a name costs no bytes').to.equal(ERRNO.success);
    expect(probe.createFile('third', 'x')).to.equal(ERRNO.nospc);
    expect(probe.symlink('x', 'link')).to.equal(ERRNO.nospc);
  });

  it('writes all of a call or nothing of it', () => {
    const probe = new Probe({ scratchBytes: 10 });
    const fd = probe.open('file', { flags: OPEN.create });
    expect(probe.write(fd, '1234567')).to.equal(ERRNO.success);
    expect(probe.write(fd, '89012')).to.equal(ERRNO.nospc);
    expect(probe.write(fd, '890')).to.equal(ERRNO.success);
    expect(probe.content('file')).to.equal('1234567890');
  });

  it('grows no file to a size that only a hole would make', () => {
    const probe = new Probe({ scratchBytes: KIB });
    const fd = probe.open('file', { flags: OPEN.create });
    expect(probe.call('fd_filestat_set_size', fd, 2n ** 40n)).to.equal(ERRNO.nospc);
    expect(probe.call('fd_allocate', fd, 0n, 2n ** 40n)).to.equal(ERRNO.nospc);
    expect(probe.pwrite(fd, 'x', 2n ** 52n)).to.equal(ERRNO.nospc);
    expect(probe.pwrite(fd, 'x', 2n ** 60n)).to.equal(ERRNO.fbig);
    expect(probe.statFd(fd)).to.include({ size: 0n });
  });

  it('gets back what it truncates, unlinks, replaces or closes', () => {
    const probe = new Probe({ scratchBytes: KIB });
    for (let round = 0; round < 5; round++) {
      const fd = probe.open('file', { flags: OPEN.create });
      expect(probe.writeBytes(fd, KIB), `truncated, round ${round}`).to.equal(ERRNO.success);
      probe.call('fd_filestat_set_size', fd, 0n);
      expect(probe.seek(fd, 0n, 0)).to.equal(ERRNO.success);
      expect(probe.writeBytes(fd, KIB)).to.equal(ERRNO.success);
      probe.onPath('path_unlink_file', 'file');
      expect(probe.createFile('held', 'x'), 'still open').to.equal(ERRNO.nospc);
      probe.call('fd_close', fd);
      expect(probe.createFile('held', 'x'.repeat(KIB))).to.equal(ERRNO.success);
      probe.createFile('empty');
      probe.rename('empty', 'held');
      expect(probe.symlink('t'.repeat(KIB), 'link')).to.equal(ERRNO.success);
      probe.onPath('path_unlink_file', 'link');
      probe.onPath('path_unlink_file', 'held');
    }
    expect(probe.names()).to.deep.equal([]);
  });

  it('gets back at once what a file that stays open is cut by', () => {
    const probe = new Probe({ scratchBytes: KIB });
    const fd = probe.open('file', { flags: OPEN.create });
    probe.writeBytes(fd, KIB);
    expect(probe.call('fd_filestat_set_size', fd, 10n)).to.equal(ERRNO.success);
    expect(probe.createFile('other', 'x'.repeat(KIB - 10))).to.equal(ERRNO.success);
    expect(probe.createFile('more', 'x')).to.equal(ERRNO.nospc);
  });

  it('keeps a file without a name until its last descriptor is closed or replaced', () => {
    const probe = new Probe({ scratchBytes: KIB });
    const first = probe.open('file', { flags: OPEN.create });
    const second = probe.open('file');
    probe.write(first, 'x'.repeat(KIB));
    probe.onPath('path_unlink_file', 'file');
    probe.call('fd_close', first);
    expect(probe.read(second, 3)).to.equal('xxx');
    expect(probe.createFile('other', 'y')).to.equal(ERRNO.nospc);
    const other = probe.open('other');
    expect(probe.call('fd_renumber', other, second)).to.equal(ERRNO.success);
    expect(probe.write(second, 'y'.repeat(KIB))).to.equal(ERRNO.success);
  });

  it('gives back the room a file took in advance, at the latest when it is closed', () => {
    const probe = new Probe({ scratchBytes: 10 * KIB });
    const fd = probe.open('grown', { flags: OPEN.create });
    for (let written = 0; written < 6; written++) probe.writeBytes(fd, KIB);
    probe.call('fd_close', fd);
    expect(probe.createFile('rest', 'x'.repeat(4 * KIB))).to.equal(ERRNO.success);
    expect(probe.createFile('more', 'x')).to.equal(ERRNO.nospc);
  });

  it('may change its initial files without any scratch space, only not make them longer', () => {
    const original = Buffer.from('initial');
    const probe = new Probe({ scratchBytes: 0, files: { file: original } });
    const fd = probe.open('file');
    expect(probe.write(fd, 'IN')).to.equal(ERRNO.success);
    expect(probe.content('file')).to.equal('INitial');
    expect(probe.pwrite(fd, 'longer', 5n)).to.equal(ERRNO.nospc);
    expect(original.toString(), 'the bytes that the host gave').to.equal('initial');
  });

  it('makes no more than a bounded number of names, whatever kind they are of', function () {
    this.timeout(60_000);
    const probe = new Probe({ scratchBytes: 1_048_576 });
    const kinds = [
      (name: string) => probe.createFile(name),
      (name: string) => probe.onPath('path_create_directory', name),
      (name: string) => probe.symlink('x', name),
      (name: string) => probe.link('0', name),
    ];
    let made = 0;
    let errno = 0;
    while (errno === 0 && made < 20_000) {
      errno = kinds[made % kinds.length]?.(String(made)) ?? 0;
      if (errno === 0) made += 1;
    }
    expect([errno, made]).to.deep.equal([ERRNO.nospc, 16_384]);
    expect(probe.rename('1', 'renamed'), 'renaming adds nothing').to.equal(ERRNO.success);
    expect(probe.onPath('path_unlink_file', '2')).to.equal(ERRNO.success);
    expect(probe.createFile('2')).to.equal(ERRNO.success);
    expect(probe.createFile('one-more')).to.equal(ERRNO.nospc);
  });
});
