import type { StartRequest } from '../protocol/instance-messages.ts';
import { VITALS_BYTES } from '../protocol/vitals.ts';
import type { AbiName } from '../wasm/admitted-module.ts';

const EMPTY_MODULE = Uint8Array.of(0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00);

type Code = Pick<StartRequest, 'admitted' | 'modules'>;

const codes = new Map<AbiName, Code>();

/**
 * The code of a start that makes nothing: a module without content. Node prepares much of what a thread needs
 * for its first message only when that arrives (2.5 ms of 3.5, measured on Node 26), so a spare goes through it
 * once before somebody waits for it.
 */
export function rehearsalCode(abi: AbiName): Code {
  const known = codes.get(abi);
  if (known !== undefined) return known;
  const code: Code = {
    admitted: {
      sha256: '',
      sizeBytes: EMPTY_MODULE.length,
      abi,
      life: 'reactor',
      imports: [],
      exports: [],
      families: [],
      memories: 0,
      initialMemoryBytes: 0,
      hasOutput: false,
    },
    modules: [new WebAssembly.Module(EMPTY_MODULE)],
  };
  codes.set(abi, code);
  return code;
}

/** What the guest of that start is given: nothing. */
export function rehearsalRequest(): Omit<StartRequest, keyof Code> {
  return {
    payloadBytes: 0,
    capabilityTimeoutMs: 0,
    wasi: { args: [], env: {}, stdin: new Uint8Array(), files: {}, scratchBytes: 0 },
    config: {},
    vitals: new SharedArrayBuffer(VITALS_BYTES),
  };
}
