import { availableParallelism, cpus, release, totalmem, type } from 'node:os';

/** What a figure depends on besides the code. */
export interface MachineFacts {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGiB: number;
  readonly kernel: string;
  readonly node: string;
  readonly v8: string;
}

export function machineFacts(): MachineFacts {
  return {
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    memoryGiB: Math.round((totalmem() / 1_073_741_824) * 10) / 10,
    kernel: `${type()} ${release()}`,
    node: process.version,
    v8: process.versions.v8,
  };
}

/** The same in one line. */
export function machineLine(facts: MachineFacts): string {
  const { cpu, cores, memoryGiB, kernel, node, v8 } = facts;
  return `${cpu}, ${cores} cores, ${memoryGiB} GiB, ${kernel}, Node ${node} (V8 ${v8})`;
}
