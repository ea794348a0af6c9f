import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/** A folder in the place of `/`, with the files that a system tells of itself by. */
export class FakeRoot {
  readonly path: string;

  private constructor(path: string) {
    this.path = path;
  }

  static async with(files: Readonly<Record<string, string>>): Promise<FakeRoot> {
    const root = new FakeRoot(await mkdtemp(join(tmpdir(), 'wasmatrix-root-')));
    for (const [name, text] of Object.entries(files)) {
      const path = join(root.path, name);
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, text);
    }
    return root;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.path, { recursive: true });
  }
}

/** What Linux tells of a process that three descriptors are open of and that 20,000 mappings has. */
export const PROC: Readonly<Record<string, string>> = {
  'proc/self/maps': '7f0000000000-7f0000001000 rw-p 00000000 00:00 0 \n'.repeat(20_000),
  'proc/self/fd/0': '',
  'proc/self/fd/1': '',
  'proc/self/fd/2': '',
  'proc/self/status':
    'Name:\tnode\nUid:\t1000\t1000\t1000\t1000\nVmRSS:\t  102400 kB\nThreads:\t11\n',
  'proc/self/limits':
    'Limit                     Soft Limit           Hard Limit           Units     \n' +
    'Max processes             4096                 8192                 processes \n' +
    'Max open files            1024                 524288               files     \n',
  'proc/loadavg': '0.10 0.20 0.30 2/345 6789\n',
  'proc/meminfo': 'MemTotal:        8192000 kB\nMemFree: 1 kB\nMemAvailable:    4096000 kB\n',
  'proc/sys/vm/max_map_count': '65530\n',
  'proc/sys/kernel/threads-max': '60000\n',
  'proc/sys/kernel/pid_max': '32768\n',
};
