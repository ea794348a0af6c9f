import { basename } from 'node:path';
import type { Supervisor } from '../actors/supervisor.ts';
import { ERROR_CODES, type ErrorCode } from '../core/error-codes.ts';
import { invalidField, WasmatrixError } from '../core/errors.ts';
import type { InstanceInfo } from '../core/instance-info.ts';
import type { InstanceSpec } from '../core/instance-spec.ts';
import { createSupervisor, type ModuleInfo, type OutputListener } from '../index.ts';
import { callArguments } from './call-arguments.ts';
import { grantsOf } from './grants.ts';
import { guestInput } from './guest-input.ts';
import { sayResult } from './guest-result.ts';
import { leaveWithin } from './output-errors.ts';
import type { RunOptions } from './session-options.ts';
import { aborted, stopSignals } from './stop-signal.ts';
import { Terminal } from './terminal.ts';

const MIB = 1024 * 1024;
const ID = 'guest';
/** A start compiles nothing; what initializes itself for longer is lost. */
const START_MS = 60_000;
/** What a shell says of a program that SIGINT has ended. */
const INTERRUPTED = 130;
const LONGEST_MS = 2 ** 31 - 1;

/** What a guest has written, and nobody has read, goes with the guest. */
const LAST_WORDS_MS = 100;

/** Done when it is written, or cannot be: until then the guest has to wait. */
const passOn: OutputListener = async ({ stream, bytes }) => {
  const { promise, resolve } = Promise.withResolvers<void>();
  process[stream].write(bytes, () => resolve());
  await promise;
};

/** Runs one guest in this process. @returns its exit code. */
export async function runGuest(
  file: string,
  args: readonly string[],
  options: RunOptions,
): Promise<number> {
  const terminal = new Terminal(options.json);
  using signals = stopSignals();
  const code = await runUntil(signals.gentle, file, args, options, terminal);
  if (code === undefined) await leaveWithin(LAST_WORDS_MS, INTERRUPTED);
  return code ?? INTERRUPTED;
}

/** @returns undefined where the signal has ended it. */
async function runUntil(
  signal: AbortSignal,
  file: string,
  args: readonly string[],
  options: RunOptions,
  terminal: Terminal,
): Promise<number | undefined> {
  const supervisor = await createSupervisor({
    warmSpares: 0,
    compileThreads: 1,
    ...(terminal.isJson ? {} : { onOutput: passOn }),
  });
  try {
    const work = perform(supervisor, file, args, options, terminal);
    const ended = await Promise.race([work, aborted(signal)]);
    if (ended === undefined) {
      work.catch(() => undefined);
      return undefined;
    }
    // Only then is all that it wrote written here as well.
    await supervisor.close();
    return ended;
  } finally {
    await supervisor.destroy();
  }
}

async function perform(
  supervisor: Supervisor,
  file: string,
  args: readonly string[],
  options: RunOptions,
  terminal: Terminal,
): Promise<number> {
  const info = await supervisor.inspectModule(file);
  const isCommand = info.life === 'command';
  if (isCommand && options.invoke !== undefined) {
    throw invalidField('invoke', 'the module is a command: it is run, and has nothing to call');
  }
  if (!isCommand && options.invoke === undefined) throw nothingToCall(info);
  const callArgs = isCommand ? [] : argumentsFor(info, options.invoke ?? '', args);
  const programArgs = isCommand ? [basename(file), ...args] : [basename(file)];
  await supervisor.startInstance(await specOf(file, programArgs, info, options));
  if (isCommand) return commandEnd(supervisor, terminal);
  const result = await supervisor.invoke(ID, options.invoke ?? '', callArgs);
  sayResult(result, terminal);
  return 0;
}

async function specOf(
  file: string,
  args: readonly string[],
  info: ModuleInfo,
  options: RunOptions,
): Promise<InstanceSpec> {
  const { grant = [], env = {}, guestConfig = {}, memoryBytes, timeoutMs, fuel } = options;
  const { tableEntries } = info.leastLimits;
  return {
    module: file,
    instanceId: ID,
    restartPolicy: { policyType: 'never' },
    capabilities: grantsOf(grant),
    config: guestConfig,
    wasi: { args, env, stdin: await guestInput(options.stdin, info) },
    limits: {
      memoryBytes: memoryBytes ?? 1_024 * MIB,
      tableEntries: Math.max(1_000_000, tableEntries),
      startTimeoutMs: START_MS,
      callTimeoutMs: timeoutMs ?? LONGEST_MS,
      ...(timeoutMs === undefined || info.life !== 'command' ? {} : { lifetimeMs: timeoutMs }),
      ...(fuel === undefined ? {} : { fuel }),
    },
  };
}

function argumentsFor(info: ModuleInfo, name: string, texts: readonly string[]): unknown[] {
  // A plug-in and a waPC guest take one input, whatever their exports look like.
  if (info.abi === 'extism' || info.abi === 'wapc') return [...texts];
  const found = info.exports.find((each) => each.kind === 'function' && each.name === name);
  return callArguments(texts, found?.params?.map(bareType));
}

/** A component's parameters are told with their names. */
function bareType(param: string): string {
  return /^[\w%-]+: (.+)$/.exec(param)?.[1] ?? param;
}

function nothingToCall({ exports, refusals }: ModuleInfo): WasmatrixError {
  const names = exports.filter(({ kind }) => kind === 'function').map(({ name }) => name);
  const [refusal] = refusals;
  if (refusal !== undefined) {
    return new WasmatrixError(refusal.code, refusal.message, refusal.details);
  }
  if (names.length === 0) {
    return invalidField('module', 'it is no command, and has no export that could be called');
  }
  const choice = names.slice(0, 20).join(', ');
  return invalidField('invoke', `the module is no command; name an export of it: ${choice}`, {
    exports: names.slice(0, 100),
  });
}

async function commandEnd(supervisor: Supervisor, terminal: Terminal): Promise<number> {
  const ends = supervisor.events({
    instanceId: ID,
    types: ['instance_stopped', 'instance_crashed', 'instance_failed'],
    sinceSeq: 0,
  });
  for await (const _ of ends) break;
  const info = await supervisor.queryInstance(ID);
  const { lastExit, output } = info;
  terminal.result({ ...lastExit, ...output }, () => '');
  if (lastExit?.reason === 'exited') return (lastExit.exitCode ?? 0) & 0xff;
  throw failureOf(info);
}

const CODES: Readonly<Record<string, ErrorCode>> = {
  timeout: 'TIMEOUT',
  trap: 'WASM_RUNTIME_ERROR',
  'out-of-memory': 'RESOURCE_EXHAUSTED',
};

function failureOf({ lastExit }: InstanceInfo): WasmatrixError {
  const { reason = 'lost', message = 'the guest is gone', stack } = lastExit ?? {};
  const code = CODES[reason] ?? ('CRASH_DETECTED' satisfies keyof typeof ERROR_CODES);
  const hint = stack === undefined ? {} : { hint: stack };
  return new WasmatrixError(code, message, { reason, ...hint });
}
