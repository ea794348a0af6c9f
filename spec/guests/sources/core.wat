;; core: no imports at all; one export for each thing that a core module's caller must get right.
(module
  (memory (export "memory") 1)
  (table (export "table") 2 funcref)
  (global $next (export "counter") (mut i32) (i32.const 0))
  (type $binary (func (param i32 i32) (result i32)))

  (func (export "add") (type $binary) (i32.add (local.get 0) (local.get 1)))
  (func (export "add64") (param i64 i64) (result i64) (i64.add (local.get 0) (local.get 1)))
  (func (export "half") (param f64) (result f64) (f64.div (local.get 0) (f64.const 2)))
  (func (export "half32") (param f32) (result f32) (f32.div (local.get 0) (f32.const 2)))
  (func (export "swap") (param i32 i32) (result i32 i32) (local.get 1) (local.get 0))
  (func (export "nothing"))

  ;; State that a restart must not carry over: a global, the memory and the table.
  (func (export "next") (result i32)
    (global.set $next (i32.add (global.get $next) (i32.const 1)))
    (global.get $next))
  (func (export "poke") (param $address i32) (param $value i32)
    (i32.store (local.get $address) (local.get $value)))
  (func (export "peek") (param $address i32) (result i32) (i32.load (local.get $address)))
  (func $filler)
  (elem declare func $filler)
  (func (export "fill_table") (param $index i32)
    (table.set (local.get $index) (ref.func $filler)))
  (func (export "is_filled") (param $index i32) (result i32)
    (i32.eqz (ref.is_null (table.get (local.get $index)))))

  ;; Growing answers the old size, or -1 where the host's cap says no.
  (func (export "grow") (param $pages i32) (result i32) (memory.grow (local.get $pages)))
  (func (export "grow_table") (param $entries i32) (result i32)
    (table.grow (ref.null func) (local.get $entries)))

  ;; Ways to die.
  (func (export "boom") unreachable)
  (func (export "spin") (loop $again (br $again)))
  (func $recurse (export "recurse") (param $depth i32) (result i32)
    (if (result i32) (i32.eqz (local.get $depth))
      (then (i32.const 0))
      (else (i32.add (i32.const 1) (call $recurse (i32.sub (local.get $depth) (i32.const 1)))))))
  (func (export "divide") (type $binary) (i32.div_s (local.get 0) (local.get 1))))
