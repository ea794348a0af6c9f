import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { componentEmbed, componentNew, parse } from '@bytecodealliance/jco-transpile/wasm-tools';
import { wat } from '../guests/guest-file.ts';
import { REPOSITORY_ROOT } from '../repository-root.ts';

const PACKAGE = 'package wasmatrix:guests;';
const wit = readFileSync(join(REPOSITORY_ROOT, 'spec', 'guests', 'sources', 'guests.wit'), 'utf8');

/** The interfaces that the corpus imports, as the cores name them. */
export const STORE = 'wasi:keyvalue/store@0.2.0-draft';

/** A memory and an allocator that goes round in a page, which is all that an attack needs. */
export const ALLOCATING = `
  (memory (export "memory") 4)
  (global $top (mut i32) (i32.const 65536))
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
    (local $at i32)
    (local.set $at (i32.and
      (i32.add (global.get $top) (i32.sub (local.get 2) (i32.const 1)))
      (i32.sub (i32.const 0) (local.get 2))))
    (global.set $top (i32.add (local.get $at) (local.get 3)))
    (if (i32.gt_u (global.get $top) (i32.const 196608))
      (then (global.set $top (i32.add (i32.const 65536) (local.get 3)))
        (local.set $at (i32.const 65536))))
    (local.get $at))`;

/**
 * A component around a core module of our own making.
 *
 * @param world - the items of its world, in WIT.
 * @param core - the fields of the core module, with the canonical ABI's names, in WAT.
 */
export async function hostileComponent(
  world: string,
  core: string,
  stringEncoding: 'utf8' | 'utf16' = 'utf8',
): Promise<Uint8Array> {
  const witSource = wit.replace(PACKAGE, `${PACKAGE}\nworld hostile {\n${world}\n}`);
  const binary = wat(`(module ${core})`);
  const embedded = await componentEmbed({ binary, witSource, world: 'hostile', stringEncoding });
  return componentNew(embedded, []);
}

/** A component from its own text, for what the toolchain would not let through. */
export async function componentText(text: string): Promise<Uint8Array> {
  return await parse(text);
}
