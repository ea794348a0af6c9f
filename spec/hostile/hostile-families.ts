import { CANONICAL_ABI } from './canonical-abi.ts';
import { CAPABILITIES } from './capabilities.ts';
import { EXITS } from './exits.ts';
import { FEATURES } from './features.ts';
import { FILES } from './files.ts';
import { GROWTH } from './growth.ts';
import type { HostileFamily } from './hostile-guest.ts';
import { LOOPS } from './loops.ts';
import { NAMED } from './names.ts';
import { PLUGINS } from './plugins.ts';
import { SIZES } from './sizes.ts';

/** The whole corpus, by what its guests are up to. */
export const HOSTILE_FAMILIES: ReadonlyMap<string, HostileFamily> = new Map([
  ['loops', LOOPS],
  ['growth', GROWTH],
  ['sizes', SIZES],
  ['features', FEATURES],
  ['exits', EXITS],
  ['canonical-abi', CANONICAL_ABI],
  ['capabilities', CAPABILITIES],
  ['files', FILES],
  ['names', NAMED],
  ['plugins', PLUGINS],
]);
