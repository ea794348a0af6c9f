import type { ResolvedWasiOptions } from '../core/wasi-options.ts';
import type { AdmittedModule } from '../wasm/admitted-module.ts';
import type { ThreadScript } from './thread-script.ts';

/** The part of a `MessagePort` that a blocking caller uses; the real one comes from the thread room. */
interface BridgePort {
  postMessage(message: unknown): void;
}

/** The guest's end of its capability channel. */
export interface CapabilityEnd<Port extends BridgePort = BridgePort> {
  readonly port: Port;
  /** See `capability-slot.ts`. */
  readonly slot: SharedArrayBuffer;
}

/** A way to one provider, as the guest's thread is told of it. */
export interface CapabilityRoute {
  readonly providerId: string;
  /** The type of the provider, which calls name. */
  readonly family: string;
  /** Absent while the provider does not run. */
  readonly end?: CapabilityEnd;
}

/** Host to guest, by the port of its first channel: a route is new or has changed. */
export interface RouteChange {
  readonly kind: 'wasmatrix.route';
  readonly route: CapabilityRoute;
}

/** Host to guest, likewise: a provider that was being replaced has stayed, and may be asked again. */
export interface RouteWake {
  readonly kind: 'wasmatrix.wake';
}

/**
 * The host functions that a provider may be asked for. It only tells whom to ask: what one comes to, and
 * whether it is allowed, is the provider's to say.
 */
export interface ProviderMapping {
  readonly providerId: string;
  readonly hostFunctions: readonly string[];
}

/** Host to guest, likewise: what is mapped to a provider has changed. */
export interface MappingChange {
  readonly kind: 'wasmatrix.mapping';
  readonly mapping: ProviderMapping;
}

/** How the guest's thread reaches what it may call. */
export interface CapabilityAccess {
  /**
   * To the host itself, which refuses whatever no provider is there for. Changes of routes are told by
   * its port, and counted in its slot.
   */
  readonly desk: CapabilityEnd;
  /** In the order in which they are asked. */
  readonly routes: readonly CapabilityRoute[];
  /** Absent where no host function is mapped. */
  readonly mappings?: readonly ProviderMapping[];
}

/** Everything a warm thread needs to become one instance. */
export interface StartRequest {
  readonly admitted: AdmittedModule;
  /** Compiled core modules, in the order of the definition. */
  readonly modules: readonly WebAssembly.Module[];
  readonly payloadBytes: number;
  /** Units of each call, of the start and of a command's run; absent for modules that are not metered. */
  readonly fuel?: number;
  /** How many requests one instantiation answers at the most. */
  readonly requestsPerInstantiation: number;
  /** Milliseconds that one capability call may block. */
  readonly capabilityTimeoutMs: number;
  readonly wasi: ResolvedWasiOptions;
  readonly config: Readonly<Record<string, string>>;
  /** Absent for guests that import no capability. */
  readonly capability?: CapabilityAccess;
  /** See `vitals.ts`. */
  readonly vitals: SharedArrayBuffer;
  /** See `output-ring.ts`; absent for guests that cannot write. */
  readonly output?: { readonly stdout: SharedArrayBuffer; readonly stderr: SharedArrayBuffer };
}

/**
 * The code of a guest: compiled where threads share it, bytes where another process has to compile it.
 * With shards it is both, since it is not known yet where an instance will live.
 */
export type GuestCode =
  | {
      readonly kind: 'compiled';
      readonly modules: readonly WebAssembly.Module[];
      /** Absent where there are no shards. */
      readonly coreModules?: readonly Uint8Array[];
    }
  | { readonly kind: 'bytes'; readonly coreModules: readonly Uint8Array[] };

/** A start, before it is known where the guest will live. */
export interface LifeRequest extends Omit<StartRequest, 'modules'> {
  readonly code: GuestCode;
}

/** What a start or a call came to, seen from inside the thread. */
export type CallOutcome =
  | { readonly isOk: true; readonly value: unknown }
  | { readonly isOk: false; readonly failure: GuestFailure };

/** Why a start or a call did not come to a value. Only the first four end the instance. */
export type GuestFailure =
  | { readonly kind: 'trap'; readonly message: string; readonly stack?: string }
  | { readonly kind: 'exit'; readonly exitCode: number }
  | { readonly kind: 'link'; readonly message: string }
  | { readonly kind: 'out-of-fuel'; readonly limit: number }
  | { readonly kind: 'bad-arguments'; readonly field: string; readonly message: string }
  | { readonly kind: 'guest-error'; readonly payload: unknown; readonly message?: string }
  | { readonly kind: 'too-large'; readonly field: string; readonly message: string };

/** A guest's code, sent once to each thread: the next start of the same names it only. */
export interface SentCode {
  readonly id: number;
  /** Absent where the thread has it. */
  readonly content?: Pick<StartRequest, 'admitted' | 'modules'>;
  /** What the thread is to keep no longer. */
  readonly forget?: number;
}

/** What most likely comes next, sent while nobody waits for it. */
interface PrepareMessage {
  readonly kind: 'wasmatrix.prepare';
  readonly code: SentCode;
  /** Absent where the thread has it. */
  readonly binder?: ThreadScript;
}

/** Host to thread: become an instance; a command is begun afterwards, by itself. */
interface StartMessage {
  readonly kind: 'wasmatrix.start';
  readonly callId: number;
  readonly code: SentCode;
  /** Absent where the thread has it. */
  readonly binder?: ThreadScript;
  readonly request: Omit<StartRequest, 'admitted' | 'modules'>;
}

/** Host to thread: let go of the guest, which stands still, and of everything that it had. */
interface ResetMessage {
  readonly kind: 'wasmatrix.reset';
  readonly callId: number;
}

/** Host to thread: one call. */
interface CallMessage {
  readonly kind: 'wasmatrix.call';
  readonly callId: number;
  readonly exportName: string;
  readonly args: readonly unknown[];
}

/** Both ways: what Comlink says, so that it shares the thread's one channel with the calls. */
export interface ControlEnvelope {
  readonly kind: 'wasmatrix.control';
  /** A message of Comlink's own. */
  readonly payload: unknown;
}

/** Everything that the host posts to an instance's thread. */
export type ThreadInput = PrepareMessage | StartMessage | ResetMessage | CallMessage;

/** Thread to host: the end of one call, of a start or of a reset. */
interface ResultMessage {
  readonly kind: 'wasmatrix.result';
  readonly callId: number;
  readonly outcome: CallOutcome;
}

/** Thread to host: a command has ended. */
interface CommandEndedMessage {
  readonly kind: 'wasmatrix.command-ended';
  readonly outcome: CallOutcome;
}

/** Thread to host: loaded and ready to become an instance. */
interface ReadyMessage {
  readonly kind: 'wasmatrix.ready';
}

/** Everything that an instance's thread posts to the host. */
export type ThreadOutput = ReadyMessage | ResultMessage | CommandEndedMessage;

/** Whether a message is one of ours; foreign ones are ignored. */
export function isThreadMessage(
  value: unknown,
): value is ThreadInput | ThreadOutput | ControlEnvelope {
  return (
    typeof value === 'object' &&
    value !== null &&
    typeof (value as { readonly kind?: unknown }).kind === 'string' &&
    (value as { readonly kind: string }).kind.startsWith('wasmatrix.')
  );
}
