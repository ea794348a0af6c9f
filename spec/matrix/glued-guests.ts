import { parse } from '@bytecodealliance/jco-transpile/wasm-tools';
import { unsignedLeb } from '../../lib/wasm/unsigned-leb.ts';

const PREAMBLE_BYTES = 8;

/**
 * A published core module, as it is, in a component: the glue beside it moves strings and bytes in and
 * out, which numbers alone cannot do.
 */
async function glued(module: Uint8Array, glue: string, lifted: string): Promise<Uint8Array> {
  const frame = await parse(`(component
    (core module $guest)
    ${glue}
    (alias core export $g "memory" (core memory $memory))
    (core instance $linked (instantiate $glue (with "guest" (instance $g))))
    (alias core export $linked "realloc" (core func $realloc))
    ${lifted})`);
  // The text has no way to name a binary: the empty module, which comes first, gives its place to it.
  const [id, size = 0] = frame.subarray(PREAMBLE_BYTES);
  if (id !== 1 || size > 127) throw new Error('the guest is not the first section');
  const rest = frame.subarray(PREAMBLE_BYTES + 2 + size);
  const head = [1, ...unsignedLeb(module.length)];
  return Buffer.concat([frame.subarray(0, PREAMBLE_BYTES), Uint8Array.from(head), module, rest]);
}

/** `hash(list<u8>) -> list<u8>` by the AssemblyScript module of `@chainsafe/as-sha256`. */
export function sha256Component(module: Uint8Array): Promise<Uint8Array> {
  const glue = `
    (core module $env (func (export "abort") (param i32 i32 i32 i32) unreachable))
    (core instance $e (instantiate $env))
    (core instance $g (instantiate $guest (with "env" (instance $e))))
    (core module $glue
      (import "guest" "memory" (memory 1))
      (import "guest" "init" (func $init))
      (import "guest" "update" (func $update (param i32 i32)))
      (import "guest" "final" (func $final (param i32)))
      (func $realloc (export "realloc") (param i32 i32 i32 i32) (result i32)
        (i32.mul (i32.const 65536) (memory.grow
          (i32.add (i32.const 1) (i32.shr_u (local.get 3) (i32.const 16))))))
      (func (export "hash") (param $at i32) (param $length i32) (result i32)
        (local $out i32)
        (local.set $out (call $realloc (i32.const 0) (i32.const 0) (i32.const 4) (i32.const 40)))
        (call $init)
        (call $update (local.get $at) (local.get $length))
        (call $final (local.get $out))
        (i32.store offset=32 (local.get $out) (local.get $out))
        (i32.store offset=36 (local.get $out) (i32.const 32))
        (i32.add (local.get $out) (i32.const 32))))`;
  const lifted = `
    (alias core export $linked "hash" (core func $hash))
    (type $bytes (list u8))
    (func (export "hash") (param "data" $bytes) (result $bytes)
      (canon lift (core func $hash)
        (memory (core memory $memory)) (realloc (core func $realloc))))`;
  return glued(module, glue, lifted);
}

/** `format(string) -> string` by the TinyGo reactor of `@wasm-fmt/gofmt`; empty for text that is formatted. */
export function gofmtComponent(module: Uint8Array): Promise<Uint8Array> {
  const glue = `
    (core instance $g (instantiate $guest))
    (core module $glue
      (import "guest" "memory" (memory 1))
      (import "guest" "_initialize" (func $initialize))
      (import "guest" "alloc" (func $alloc (param i32) (result i32)))
      (import "guest" "format" (func $format (result i32)))
      (import "guest" "output_ptr" (func $pointer (result i32)))
      (import "guest" "output_len" (func $length (result i32)))
      (global $result (mut i32) (i32.const 0))
      (global $isReady (mut i32) (i32.const 0))
      (func (export "realloc") (param i32 i32 i32 i32) (result i32)
        (if (i32.eqz (global.get $isReady)) (then
          (call $initialize)
          (global.set $result (i32.mul (i32.const 65536) (memory.grow (i32.const 1))))
          (global.set $isReady (i32.const 1))))
        (call $alloc (local.get 3)))
      (func (export "format") (param i32 i32) (result i32)
        (drop (call $format))
        (i32.store (global.get $result) (call $pointer))
        (i32.store offset=4 (global.get $result) (call $length))
        (global.get $result)))`;
  const lifted = `
    (alias core export $linked "format" (core func $format))
    (func (export "format") (param "source" string) (result string)
      (canon lift (core func $format)
        (memory (core memory $memory)) (realloc (core func $realloc))))`;
  return glued(module, glue, lifted);
}
