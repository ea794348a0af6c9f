import { GuestTrap } from '../../guest-failure.ts';
import type { ExportedMemory } from './exported-memory.ts';

/** Where the length of an object is, before the pointer to it. */
const LENGTH_BYTES = 4;

const utf16 = new TextDecoder('utf-16le', { ignoreBOM: true });

/**
 * A string of AssemblyScript, from the pointer that it is known by.
 *
 * @param mostUnits - what is longer is cut there; each unit is two bytes.
 * @returns `undefined` for the pointer 0, which is `null`.
 * @throws `GuestTrap` for a pointer to no string in the memory.
 * @internal
 */
export function assemblyScriptText(
  memory: ExportedMemory,
  pointer: number,
  mostUnits: number,
): string | undefined {
  if (pointer === 0) return undefined;
  const length = pointer < LENGTH_BYTES ? undefined : memory.range(pointer - LENGTH_BYTES, 4);
  if (length === undefined) throw noString(pointer);
  const bytes = new DataView(length.buffer, length.byteOffset, 4).getUint32(0, true);
  if (memory.range(pointer, bytes) === undefined) throw noString(pointer);
  return utf16.decode(memory.bytes(pointer, Math.min(bytes - (bytes % 2), mostUnits * 2)));
}

function noString(pointer: number): GuestTrap {
  return new GuestTrap(`there is no string at ${pointer} in the guest's memory`);
}
