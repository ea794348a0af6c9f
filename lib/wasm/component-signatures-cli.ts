import { InterfaceSignatures } from './component-signature-notation.ts';

const NO_TYPES = {};
const CLOCK_TYPES = {
  Datetime: 'record { seconds: u64, nanoseconds: u32 }',
  TimezoneDisplay: 'record { utc-offset: s32, name: string, in-daylight-saving-time: bool }',
};

/**
 * `wasi:cli`, `wasi:clocks` and `wasi:random` 0.2, over all patches and unstable features
 * (https://github.com/WebAssembly/WASI/tree/main/proposals).
 *
 * @internal
 */
export const CLI_SIGNATURES: ReadonlyMap<string, InterfaceSignatures> = new Map([
  [
    'wasi:cli/environment',
    new InterfaceSignatures(NO_TYPES, {
      'get-environment': '() -> list<tuple<string, string>>',
      'get-arguments': '() -> list<string>',
      'initial-cwd': '() -> option<string>',
    }),
  ],
  [
    'wasi:cli/exit',
    new InterfaceSignatures(NO_TYPES, { exit: '(result)', 'exit-with-code': '(u8)' }),
  ],
  ['wasi:cli/stdin', new InterfaceSignatures(NO_TYPES, { 'get-stdin': '() -> own<input-stream>' })],
  [
    'wasi:cli/stdout',
    new InterfaceSignatures(NO_TYPES, { 'get-stdout': '() -> own<output-stream>' }),
  ],
  [
    'wasi:cli/stderr',
    new InterfaceSignatures(NO_TYPES, { 'get-stderr': '() -> own<output-stream>' }),
  ],
  ['wasi:cli/terminal-input', new InterfaceSignatures(NO_TYPES, {})],
  ['wasi:cli/terminal-output', new InterfaceSignatures(NO_TYPES, {})],
  [
    'wasi:cli/terminal-stdin',
    new InterfaceSignatures(NO_TYPES, {
      'get-terminal-stdin': '() -> option<own<terminal-input>>',
    }),
  ],
  [
    'wasi:cli/terminal-stdout',
    new InterfaceSignatures(NO_TYPES, {
      'get-terminal-stdout': '() -> option<own<terminal-output>>',
    }),
  ],
  [
    'wasi:cli/terminal-stderr',
    new InterfaceSignatures(NO_TYPES, {
      'get-terminal-stderr': '() -> option<own<terminal-output>>',
    }),
  ],
  [
    'wasi:clocks/wall-clock',
    new InterfaceSignatures(CLOCK_TYPES, { now: '() -> Datetime', resolution: '() -> Datetime' }),
  ],
  [
    'wasi:clocks/monotonic-clock',
    new InterfaceSignatures(NO_TYPES, {
      now: '() -> u64',
      resolution: '() -> u64',
      'subscribe-instant': '(u64) -> own<pollable>',
      'subscribe-duration': '(u64) -> own<pollable>',
    }),
  ],
  [
    'wasi:clocks/timezone',
    new InterfaceSignatures(CLOCK_TYPES, {
      display: '(Datetime) -> TimezoneDisplay',
      'utc-offset': '(Datetime) -> s32',
    }),
  ],
  [
    'wasi:random/random',
    new InterfaceSignatures(NO_TYPES, {
      'get-random-bytes': '(u64) -> list<u8>',
      'get-random-u64': '() -> u64',
    }),
  ],
  [
    'wasi:random/insecure',
    new InterfaceSignatures(NO_TYPES, {
      'get-insecure-random-bytes': '(u64) -> list<u8>',
      'get-insecure-random-u64': '() -> u64',
    }),
  ],
  [
    'wasi:random/insecure-seed',
    new InterfaceSignatures(NO_TYPES, { 'insecure-seed': '() -> tuple<u64, u64>' }),
  ],
]);
