import { bytesText } from './bytes-text.ts';
import type { CapacityResource } from './capacity.ts';
import type { DoctorReport, DoctorResource } from './doctor.ts';

const HEADINGS = ['resource', 'used', 'limit', 'reserved', 'per instance', 'carries'];

/**
 * A report for people: a table with aligned columns, and advice.
 *
 * @public
 */
export function doctorText(report: DoctorReport): string {
  const { machine, guest, resources, residentInstances, limitedBy, advice } = report;
  const rows = [HEADINGS, ...resources.map(cellsOf)];
  const widths = HEADINGS.map((_, column) =>
    Math.max(...rows.map((row) => row[column]?.length ?? 0)),
  );
  const memories = guest.memories === 1 ? 'one linear memory' : `${guest.memories} linear memories`;
  return [
    `${machine.platform}, Node ${machine.nodeVersion}, ${machine.cores} cores, ` +
      `${bytesText(machine.memoryBytes)} of memory, ${bytesText(machine.availableBytes)} available`,
    `Instances with ${memories} of ${bytesText(guest.memoryBytes)}:`,
    '',
    ...rows.map((row) => aligned(row, widths)),
    '',
    `This process has room for ${residentInstances} resident instances, limited by ${limitedBy}.`,
    ...advice.map((each) => `- ${each}`),
    '',
  ].join('\n');
}

function cellsOf(each: DoctorResource): string[] {
  const { resource, used, limit, reserved, perInstance, carries } = each;
  const amounts = [used, limit, reserved, perInstance].map((value) => amountText(resource, value));
  return [resource, ...amounts, String(carries)];
}

function aligned(row: readonly string[], widths: readonly number[]): string {
  return row
    .map((cell, column) => {
      const width = widths[column] ?? 0;
      return column === 0 ? cell.padEnd(width) : cell.padStart(width);
    })
    .join('  ');
}

function amountText(resource: CapacityResource, value: number): string {
  const isBytes = resource === 'resident-memory' || resource === 'guest-memory';
  return isBytes ? bytesText(value) : String(Math.round(value));
}
