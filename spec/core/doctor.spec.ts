import { expect } from 'chai';
import type { CapacityBound } from '../../lib/core/capacity.ts';
import { type DoctorMachine, diagnosis } from '../../lib/core/doctor.ts';
import { doctorText } from '../../lib/core/doctor-text.ts';
import { doctor } from '../../lib/threads/doctor.ts';
import { rejectionOf } from '../thrown.ts';

const GIB = 2 ** 30;
const MACHINE: DoctorMachine = {
  platform: 'linux-x64',
  nodeVersion: '26.10.0',
  cores: 2,
  memoryBytes: 24 * GIB,
  availableBytes: 20 * GIB,
  overcommit: 0,
};
const GUEST = { memoryBytes: 65_536, memories: 1 };

function bound(resource: CapacityBound['resource'], used: number, limit: number): CapacityBound {
  return { resource, used, limit, reserved: limit / 10, raise: `raise ${resource}` };
}

const BOUNDS = [
  bound('mappings', 500, 65_000),
  bound('descriptors', 30, 20_000),
  bound('tasks', 300, 30_000),
  bound('resident-memory', 4 * GIB, 24 * GIB),
];

describe('the doctor', () => {
  it('tells how many instances there is room for, and what limits them', () => {
    const report = diagnosis(MACHINE, BOUNDS, GUEST);
    expect(report.limitedBy).to.equal('mappings');
    const [mappings] = report.resources.filter(({ resource }) => resource === 'mappings');
    expect(report.residentInstances).to.equal(Math.floor(58_000 / mappings!.perInstance));
    expect(mappings).to.include({ carries: report.residentInstances, raise: 'raise mappings' });
    const large = diagnosis(MACHINE, BOUNDS, { memoryBytes: 64 * 2 ** 20, memories: 2 });
    expect(large.limitedBy).to.equal('resident-memory');
    expect(large.residentInstances).to.be.below(report.residentInstances);
  });

  it('does not tell of less than nothing where a reserve is begun', () => {
    const report = diagnosis(MACHINE, [bound('mappings', 64_000, 65_000)], GUEST);
    expect(report.residentInstances).to.equal(0);
  });

  it('warns of what is too old, too strict or too little, and of nothing else', () => {
    const short = (advice: readonly string[]): readonly string[] => advice.slice(0, -2);
    expect(short(diagnosis(MACHINE, BOUNDS, GUEST).advice)).to.deep.equal([]);
    const poor = [bound('descriptors', 30, 1_024), bound('tasks', 10, 100)];
    for (const [nodeVersion, isOld] of [
      ['22.17.9', true],
      ['20.20.0', true],
      ['22.18.0', false],
      ['23.0.0', false],
    ] as const) {
      const { advice } = diagnosis({ ...MACHINE, nodeVersion, overcommit: 2 }, poor, GUEST);
      expect(advice.some((each) => each.includes('too old'))).to.equal(isOld);
      expect(advice.join('\n')).to.match(/overcommit_memory is 2/);
      expect(advice.join('\n')).to.match(/Only 1024 descriptors/);
      expect(advice.join('\n')).to.match(/Only 100 tasks/);
    }
  });

  it('prints a table whose columns are aligned, with units', () => {
    const text = doctorText(diagnosis(MACHINE, BOUNDS, GUEST));
    const table = text.split('\n').filter((line) => / {2}\S/.test(line));
    expect(table).to.have.length(5);
    expect(new Set(table.map(({ length }) => length)).size).to.equal(1);
    expect(text).to.match(/resident-memory +4\.0 GiB +24\.0 GiB +2\.4 GiB +\d+\.\d MiB +\d+/);
    expect(text).to.match(/one linear memory of 64\.0 KiB/);
    expect(text).to.match(/room for \d+ resident instances, limited by mappings\./);
  });

  it('examines this machine and starts nothing', async () => {
    const before = process.getActiveResourcesInfo().filter((name) => name === 'Worker').length;
    const report = await doctor();
    expect(report.machine.memoryBytes).to.be.above(2 ** 20);
    expect(report.residentInstances).to.be.within(0, 1_500);
    expect(report.guest).to.deep.equal(GUEST);
    expect((await doctor({ maxThreads: 0 })).residentInstances).to.equal(0);
    const after = process.getActiveResourcesInfo().filter((name) => name === 'Worker').length;
    expect(after).to.equal(before);
  });

  it('P18 · refuses a request by the name of what is wrong', async () => {
    const bad: [object, string][] = [
      [{ memoryBytes: -1 }, 'memoryBytes'],
      [{ memories: 33 }, 'memories'],
      [{ maxThreads: '5' }, 'maxThreads'],
      [{ threads: 5 }, 'options.threads'],
    ];
    for (const [options, field] of bad) {
      const error = await rejectionOf(doctor(options));
      expect(error.code).to.equal('INVALID_REQUEST');
      expect(error.details['field']).to.equal(field);
    }
  });
});
