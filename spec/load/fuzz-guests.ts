import { readdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { guestBytes, guestPath } from '../guests/guest-file.ts';

/** Every checked-in guest, in an order that stays. */
export function fuzzedGuests(): Uint8Array[] {
  return readdirSync(dirname(guestPath('core')))
    .filter((name) => name.endsWith('.wasm'))
    .sort()
    .map((name) => guestBytes(name.slice(0, -'.wasm'.length)));
}
