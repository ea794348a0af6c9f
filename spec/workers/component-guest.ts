import { parse } from '@bytecodealliance/jco-transpile/wasm-tools';
import { readComponent } from '../../lib/wasm/component-reader.ts';
import { bindComponent, type ComponentGuest } from '../../workers/abi/component/bind-component.ts';
import type { HostFunction, HostImports } from '../../workers/abi/component/host-imports.ts';
import type { GuestHost } from '../../workers/guest.ts';

/** Assembles the text of a component. */
export async function assemble(text: string): Promise<Uint8Array> {
  return await parse(text);
}

/** A host without any power; only the payload limit matters to the canonical ABI. */
function powerlessHost(payloadBytes = 1_048_576): GuestHost {
  const refuse = (): never => {
    throw new Error('the host was reached');
  };
  return {
    call: refuse,
    callHostFunction: refuse,
    write: refuse,
    sleep: refuse,
    wallClockNs: refuse,
    monotonicClockNs: refuse,
    fillRandom: refuse,
    limits: { payloadBytes, requestsPerInstantiation: 1 },
    wasi: { args: [], env: {}, stdin: new Uint8Array(), files: {}, scratchBytes: 0 },
    config: {},
  };
}

/** Reads and binds a component to a host of the spec's own making. */
export function bindTo(bytes: Uint8Array, host: GuestHost, imports: HostImports): ComponentGuest {
  const { definition, coreModules } = readComponent(bytes);
  const modules = coreModules.map((module) => new WebAssembly.Module(module));
  return bindComponent(definition, modules, host, () => imports);
}

/** Reads and binds a component; host functions are found by `interface#name`, or by plain name. */
export function bind(
  bytes: Uint8Array,
  functions: Readonly<Record<string, HostFunction>> = {},
  payloadBytes?: number,
): ComponentGuest {
  const table = new Map(Object.entries(functions));
  return bindTo(bytes, powerlessHost(payloadBytes), (interfaceName, name) =>
    table.get(interfaceName === '' ? name : `${interfaceName}#${name}`),
  );
}

/** Assembles, reads and binds. */
export async function bindText(
  text: string,
  functions?: Readonly<Record<string, HostFunction>>,
  payloadBytes?: number,
): Promise<ComponentGuest> {
  return bind(await assemble(text), functions, payloadBytes);
}

/** What a call throws; a call that does not throw is the test's failure. */
export function thrownBy(call: () => unknown): Error {
  try {
    call();
  } catch (thrown) {
    if (thrown instanceof Error) return thrown;
    throw new Error('something that is no error was thrown', { cause: thrown });
  }
  throw new Error('nothing was thrown');
}

/** What most components here begin with: `$memory`, and `$realloc` and `$reset` of a bump allocator. */
export const BASE = `
(core module $Base
  (memory (export "memory") 4)
  (global $top (mut i32) (i32.const 65536))
  (func (export "realloc") (param i32 i32 i32 i32) (result i32)
    (local $at i32)
    (local.set $at (i32.and
      (i32.add (global.get $top) (i32.sub (local.get 2) (i32.const 1)))
      (i32.sub (i32.const 0) (local.get 2))))
    (global.set $top (i32.add (local.get $at) (local.get 3)))
    (if (i32.gt_u (global.get $top) (i32.mul (memory.size) (i32.const 65536)))
      (then (drop (memory.grow (i32.const 32)))))
    (local.get $at))
  (func (export "reset") (global.set $top (i32.const 65536))))
(core instance $base (instantiate $Base))
(alias core export $base "memory" (core memory $memory))
(alias core export $base "realloc" (core func $realloc))
(alias core export $base "reset" (core func $reset))`;

/** The canonical options that go with `BASE`. */
export const OPTIONS = '(memory $memory) (realloc (core func $realloc))';
