import { expect } from 'chai';
import { type MachineFigures, machineBounds } from '../../lib/core/machine-figures.ts';
import { CapacityGauge } from '../../lib/threads/capacity-gauge.ts';
import { machineFigures } from '../../lib/threads/process-figures.ts';
import { FakeRoot, PROC } from './fake-root.ts';

const MIB = 1024 * 1024;

async function figuresOf(files: Readonly<Record<string, string>>): Promise<MachineFigures> {
  await using root = await FakeRoot.with(files);
  return await machineFigures(root.path);
}

describe('the figures of a machine', () => {
  it('are read from what Linux tells', async () => {
    expect(await figuresOf(PROC)).to.deep.equal({
      mappings: 20_000,
      maxMappings: 65_530,
      descriptors: 3,
      maxDescriptors: 1_024,
      tasks: 11,
      maxUserTasks: 4_096,
      machineTasks: 345,
      maxMachineTasks: 32_768,
      totalBytes: 8_192_000 * 1_024,
      availableBytes: 4_096_000 * 1_024,
      residentBytes: 100 * MIB,
      cgroups: [],
    });
  });

  it('leave out what is not told, limited or valid for the superuser', async () => {
    const status = (PROC['proc/self/status'] ?? '').replaceAll('1000', '0');
    const limits =
      'Max processes   4096   4096   processes \nMax open files   unlimited   unlimited\n';
    const figures = await figuresOf({
      'proc/self/status': status,
      'proc/self/limits': limits,
      'proc/self/cgroup': 'nonsense\n1:memory:relative\n:::\n0::/../../etc\n',
    });
    expect(figures).to.have.all.keys(
      'tasks',
      'totalBytes',
      'availableBytes',
      'residentBytes',
      'cgroups',
    );
    expect(figures.cgroups).to.deep.equal([]);
  });

  it('are those that Node knows where there is no /proc', async () => {
    const figures = await figuresOf({});
    expect(figures).to.have.all.keys('totalBytes', 'availableBytes', 'residentBytes', 'cgroups');
    expect(figures.residentBytes).to.be.above(MIB);
    expect(figures.availableBytes).to.be.within(1, figures.totalBytes);
    expect(machineBounds(figures).map(({ resource }) => resource)).to.deep.equal([
      'resident-memory',
    ]);
  });

  it('are those of this process', async () => {
    const figures = await machineFigures();
    expect(figures.residentBytes).to.be.within(10 * MIB, figures.totalBytes);
    if (process.platform === 'linux') {
      expect(figures.mappings).to.be.within(50, figures.maxMappings ?? 0);
      expect(figures.descriptors).to.be.within(3, figures.maxDescriptors ?? Infinity);
    }
  });
});

describe('the figures of control groups', () => {
  it('are read at every level of version 2, without what the kernel would give back', async () => {
    const { cgroups } = await figuresOf({
      'proc/self/cgroup': '0::/outer/inner\n',
      'sys/fs/cgroup/outer/inner/memory.max': 'max\n',
      'sys/fs/cgroup/outer/inner/memory.high': `${300 * MIB}\n`,
      'sys/fs/cgroup/outer/inner/memory.current': `${200 * MIB}\n`,
      'sys/fs/cgroup/outer/inner/memory.stat':
        `anon ${100 * MIB}\nfile_mapped ${10 * MIB}\ninactive_file ${40 * MIB}\n` +
        `active_file ${30 * MIB}\nslab_reclaimable ${5 * MIB}\n`,
      'sys/fs/cgroup/outer/inner/pids.max': '64\n',
      'sys/fs/cgroup/outer/inner/pids.current': '12\n',
      'sys/fs/cgroup/outer/memory.max': `${1_000 * MIB}\n`,
      'sys/fs/cgroup/outer/memory.high': `${2_000 * MIB}\n`,
      'sys/fs/cgroup/outer/memory.current': `${900 * MIB}\n`,
      'sys/fs/cgroup/outer/pids.max': 'max\n',
      'sys/fs/cgroup/outer/pids.current': '13\n',
    });
    expect(cgroups).to.deep.equal([
      {
        path: '/sys/fs/cgroup/outer/inner',
        memoryLimitBytes: 300 * MIB,
        memoryUsedBytes: 135 * MIB,
        maxTasks: 64,
        tasks: 12,
      },
      {
        path: '/sys/fs/cgroup/outer',
        memoryLimitBytes: 1_000 * MIB,
        memoryUsedBytes: 900 * MIB,
      },
    ]);
  });

  it('are those of the mount point where the path is that of the host, as in a container', async () => {
    const { cgroups } = await figuresOf({
      'proc/self/cgroup': '0::/kubepods/pod1/abc\n',
      'sys/fs/cgroup/memory.max': `${512 * MIB}\n`,
      'sys/fs/cgroup/memory.current': `${100 * MIB}\n`,
    });
    expect(cgroups).to.deep.equal([
      { path: '/sys/fs/cgroup', memoryLimitBytes: 512 * MIB, memoryUsedBytes: 100 * MIB },
    ]);
  });

  it('are read from version 1, where no limit is a huge one', async () => {
    const { cgroups } = await figuresOf({
      'proc/self/cgroup': '8:pids:/a\n4:memory,hugetlb:/a\n0::/\n',
      'sys/fs/cgroup/memory/a/memory.limit_in_bytes': `${256 * MIB}\n`,
      'sys/fs/cgroup/memory/a/memory.usage_in_bytes': `${128 * MIB}\n`,
      'sys/fs/cgroup/memory/a/memory.stat': `total_inactive_file ${28 * MIB}\ncache 5\n`,
      'sys/fs/cgroup/memory/memory.limit_in_bytes': '9223372036854771712\n',
      'sys/fs/cgroup/memory/memory.usage_in_bytes': `${900 * MIB}\n`,
      'sys/fs/cgroup/pids/a/pids.max': '100\n',
      'sys/fs/cgroup/pids/a/pids.current': '7\n',
    });
    expect(cgroups).to.deep.equal([
      { path: '/sys/fs/cgroup/pids/a', maxTasks: 100, tasks: 7 },
      {
        path: '/sys/fs/cgroup/memory/a',
        memoryLimitBytes: 256 * MIB,
        memoryUsedBytes: 100 * MIB,
      },
    ]);
  });
});

describe('the bounds that follow from figures', () => {
  it('W3 · have a reserve, and tell how each is raised', async () => {
    const figures = await figuresOf({
      ...PROC,
      'proc/self/cgroup': '0::/\n',
      'sys/fs/cgroup/memory.max': `${512 * MIB}\n`,
      'sys/fs/cgroup/memory.current': `${100 * MIB}\n`,
      'sys/fs/cgroup/pids.max': '64\n',
      'sys/fs/cgroup/pids.current': '12\n',
    });
    const told = machineBounds(figures).map(
      ({ resource, used, limit, reserved }) => `${resource} ${used}/${limit}-${reserved}`,
    );
    expect(told).to.deep.equal([
      'tasks 11/4096-205',
      'tasks 345/32768-256',
      'tasks 12/64-4',
      'mappings 20000/65530-6553',
      'descriptors 3/1024-52',
      `resident-memory ${4_096_000 * 1_024}/${8_192_000 * 1_024}-${409_600 * 1_024}`,
      `resident-memory ${100 * MIB}/${512 * MIB}-${32 * MIB}`,
    ]);
    for (const { raise } of machineBounds(figures)) expect(raise).to.have.length.above(10);
  });
});

describe('the gauge', () => {
  const FIGURES = { totalBytes: 2, availableBytes: 1, residentBytes: 1, cgroups: [] };

  it('looks once for all who ask meanwhile, and begins no look before it has told the last', async () => {
    const told: string[] = [];
    const reads: ((figures: MachineFigures) => void)[] = [];
    let looks = 0;
    const gauge = new CapacityGauge(
      {
        begin: () => {
          told.push(`begin ${++looks}`);
          return looks;
        },
        learn: (look) => void told.push(`learn ${look}`),
      },
      () => new Promise((resolve) => reads.push(resolve)),
    );
    expect(gauge.isDue).to.equal(true);
    const three = [gauge.look(), gauge.look(), gauge.look(true)];
    expect(reads).to.have.length(1);
    expect(gauge.figures).to.equal(undefined);
    reads[0]!(FIGURES);
    for (const figures of await Promise.all(three)) expect(figures).to.equal(FIGURES);
    expect(gauge.isDue).to.equal(false);
    // Another one that may not wait begins at once; one that may begins when it is due.
    const urgent = gauge.look(true);
    expect(reads).to.have.length(2);
    reads[1]!(FIGURES);
    await urgent;
    const later = gauge.look();
    expect(reads).to.have.length(2);
    while (reads.length < 3) await new Promise((resolve) => setTimeout(resolve, 5));
    reads[2]!(FIGURES);
    await later;
    await gauge.idle();
    expect(told).to.deep.equal(['begin 1', 'learn 1', 'begin 2', 'learn 2', 'begin 3', 'learn 3']);
  });
});
