;; An Extism plug-in for the benchmark against Extism's own host: `ask` calls the host function `get`
;; with the same memory handle as often as the first byte of its input says.
(module
  (import "extism:host/env" "input_load_u8" (func $input_u8 (param i64) (result i32)))
  (import "extism:host/env" "alloc" (func $alloc (param i64) (result i64)))
  (import "extism:host/env" "free" (func $free (param i64)))
  (import "extism:host/env" "store_u8" (func $store_u8 (param i64 i32)))
  (import "extism:host/user" "get" (func $get (param i64) (result i64)))
  (memory (export "memory") 1)
  (func (export "ask") (result i32)
    (local $key i64) (local $left i32)
    (local.set $key (call $alloc (i64.const 3)))
    (call $store_u8 (local.get $key) (i32.const 107))
    (call $store_u8 (i64.add (local.get $key) (i64.const 1)) (i32.const 101))
    (call $store_u8 (i64.add (local.get $key) (i64.const 2)) (i32.const 121))
    (local.set $left (call $input_u8 (i64.const 0)))
    (block $done
      (loop $again
        (br_if $done (i32.eqz (local.get $left)))
        (call $free (call $get (local.get $key)))
        (local.set $left (i32.sub (local.get $left) (i32.const 1)))
        (br $again)))
    (i32.const 0)))
