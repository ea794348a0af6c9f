import type { StartRequest } from '../protocol/instance-messages.ts';
import { VITALS_BYTES } from '../protocol/vitals.ts';
import type { AbiName } from '../wasm/admitted-module.ts';
import type { ComponentDefinition } from '../wasm/component-definition.ts';

/** `(module (func (export "f") (param i32 i32) (result i32) local.get 0 local.get 1 i32.add))` */
const ADDER = Uint8Array.from(
  Buffer.from(
    '0061736d0100000001070160027f7f017f03020100070501016600000a09010700200020016a0b',
    'hex',
  ),
);

/** The same as a component: `export f: func(a: s32, b: s32) -> s32`. */
const ADDER_COMPONENT: ComponentDefinition = {
  definitions: [
    { kind: 'core-module', module: 0 },
    { kind: 'core-instantiate', module: 0, args: [] },
    { kind: 'alias-core-export', sort: 'core-function', instance: 0, name: 'f' },
    {
      kind: 'type',
      type: {
        kind: 'function',
        params: [
          { name: 'a', type: 's32' },
          { name: 'b', type: 's32' },
        ],
        result: 's32',
      },
    },
    { kind: 'lift', coreFunction: 0, type: 0, options: { encoding: 'utf8' } },
    { kind: 'export', reference: { name: 'f', sort: 'function', index: 0 } },
  ],
};

/** A call of that guest. */
export const REHEARSED_CALL = ['f', [1, 2]] as const;

type Code = Pick<StartRequest, 'admitted' | 'modules'>;

const codes = new Map<AbiName, Code>();

/**
 * The code of a start that makes nothing: a module with one function. Node prepares much of what a thread needs
 * for its first message only when that arrives (2.5 ms of 3.5, measured on Node 26), so a spare goes through it
 * once before somebody waits for it.
 */
export function rehearsalCode(abi: AbiName): Code {
  const known = codes.get(abi);
  if (known !== undefined) return known;
  const code: Code = {
    admitted: {
      sha256: '',
      sizeBytes: ADDER.length,
      abi,
      life: 'reactor',
      imports: [],
      exports: [{ name: 'f', kind: 'function', params: ['i32', 'i32'], results: ['i32'] }],
      families: [],
      memories: 0,
      initialMemoryBytes: 0,
      hasOutput: false,
      ...(abi === 'component' ? { component: ADDER_COMPONENT } : {}),
    },
    modules: [new WebAssembly.Module(ADDER)],
  };
  codes.set(abi, code);
  return code;
}

/** What the guest of that start is given: nothing. */
export function rehearsalRequest(): Omit<StartRequest, keyof Code> {
  return {
    payloadBytes: 0,
    requestsPerInstantiation: 1,
    capabilityTimeoutMs: 0,
    wasi: { args: [], env: {}, stdin: new Uint8Array(), files: {}, scratchBytes: 0 },
    config: {},
    vitals: new SharedArrayBuffer(VITALS_BYTES),
  };
}
