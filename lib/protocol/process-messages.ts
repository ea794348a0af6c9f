import type { ErrorResponse } from '../core/errors.ts';
import type { AdmittedModule } from '../wasm/admitted-module.ts';
import type { CallOutcome, ProviderMapping, StartRequest } from './instance-messages.ts';

/** What the host tells a process about itself. */
export type ProcessOrder =
  | ({ readonly kind: 'wasmatrix.module' } & ProcessModule)
  | { readonly kind: 'wasmatrix.forget'; readonly module: number }
  | { readonly kind: 'wasmatrix.ping' };

/** What the host tells a process about one of its guests, whose number there each message has. */
export type GuestOrder =
  | ({ readonly kind: 'wasmatrix.open'; readonly guest: number } & ProcessDemand)
  | { readonly kind: 'wasmatrix.start'; readonly guest: number; readonly request: ProcessStart }
  | {
      readonly kind: 'wasmatrix.call';
      readonly guest: number;
      readonly callId: number;
      readonly exportName: string;
      readonly args: readonly unknown[];
    }
  | { readonly kind: 'wasmatrix.route'; readonly guest: number; readonly route: ProcessRoute }
  | {
      readonly kind: 'wasmatrix.mapping';
      readonly guest: number;
      readonly mapping: ProviderMapping;
    }
  | { readonly kind: 'wasmatrix.wake'; readonly guest: number }
  | ({ readonly kind: 'wasmatrix.answer'; readonly guest: number } & ProcessAnswer)
  | { readonly kind: 'wasmatrix.end'; readonly guest: number };

/**
 * What the host says to a process that carries guests, over Node's own channel between parent and
 * child, which copies plain data. Foreign messages are ignored.
 */
export type ProcessInput = ProcessOrder | GuestOrder;

/** What a process posts of itself. */
export type ProcessReport =
  | { readonly kind: 'wasmatrix.loaded' }
  | {
      readonly kind: 'wasmatrix.module-known';
      readonly module: number;
      /** Why it could not be compiled. */
      readonly failure?: string;
    }
  | ({ readonly kind: 'wasmatrix.pong' } & ProcessFigures);

/** What a process posts of one of its guests. */
export type GuestReport =
  | { readonly kind: 'wasmatrix.opened'; readonly guest: number }
  | { readonly kind: 'wasmatrix.refused'; readonly guest: number; readonly error: ErrorResponse }
  | {
      readonly kind: 'wasmatrix.started';
      readonly guest: number;
      readonly outcome: CallOutcome;
      readonly news?: ProcessNews;
    }
  | {
      readonly kind: 'wasmatrix.result';
      readonly guest: number;
      readonly callId: number;
      readonly outcome: CallOutcome;
      readonly news?: ProcessNews;
    }
  | {
      readonly kind: 'wasmatrix.command-ended';
      readonly guest: number;
      readonly outcome: CallOutcome;
      readonly news?: ProcessNews;
    }
  | ({ readonly kind: 'wasmatrix.ask'; readonly guest: number } & ProcessAsk)
  | ({ readonly kind: 'wasmatrix.news'; readonly guest: number } & ProcessNews)
  | {
      readonly kind: 'wasmatrix.gone';
      readonly guest: number;
      readonly reason: 'terminated' | 'out-of-memory' | 'lost';
      readonly message: string;
    };

/** Everything that a process posts to the host. */
export type ProcessOutput = ProcessReport | GuestReport;

/** What a guest needs of its thread, before it is known what it will be. */
export interface ProcessDemand {
  /** Old generation of its heap, in MiB. */
  readonly heapMb: number;
  /** Linear memories of one instance. */
  readonly memories: number;
  readonly initialMemoryBytes: number;
  readonly memoryBytes: number;
}

/** A module that a process is to compile once, for all the guests that are to come of it. */
export interface ProcessModule {
  readonly module: number;
  readonly admitted: AdmittedModule;
  /** Admitted and capped core modules in the order of the definition, each named by its SHA-256. */
  readonly files: readonly string[];
}

/**
 * How a process comes by the code of a guest: in the message, or by a module that it has been told of
 * before, because what many guests share must not be sent for each.
 */
export type ProcessCode =
  | {
      readonly kind: 'bytes';
      readonly admitted: AdmittedModule;
      readonly coreModules: readonly Uint8Array[];
    }
  | { readonly kind: 'known'; readonly module: number };

/** How a process is. */
export interface ProcessFigures {
  /** Guest threads, spares included. */
  readonly threads: number;
  readonly residentBytes: number;
}

/**
 * A start as a process is asked for it: what is shared between threads has no way there, so memory and
 * channels are made on the other side, and so is compiled code.
 */
export interface ProcessStart
  extends Omit<StartRequest, 'admitted' | 'modules' | 'vitals' | 'output' | 'capability'> {
  readonly code: ProcessCode;
  /** Bytes kept of each standard stream; absent for guests that cannot write. */
  readonly streamBytes?: number;
  /** Absent for guests that import no capability. */
  readonly routes?: readonly ProcessRoute[];
  /** Absent where no host function is mapped. */
  readonly mappings?: readonly ProviderMapping[];
}

/** A way to one provider; the calls by it are relayed by the host. */
export interface ProcessRoute {
  readonly providerId: string;
  readonly family: string;
  /** Whether the provider runs. */
  readonly isOpen: boolean;
}

/** A capability call of a guest, on its way through the host. */
export interface ProcessAsk {
  readonly askId: number;
  /** Absent: to the host itself, which refuses whatever no provider is there for. */
  readonly providerId?: string;
  readonly isTentative: boolean;
  /** See `capability-call.ts`. */
  readonly request: Uint8Array;
}

/** What came of one. */
export interface ProcessAnswer {
  readonly askId: number;
  /** One of `REPLY`, `byPort` excepted. */
  readonly reply: number;
  readonly bytes: Uint8Array;
}

/** What a guest has written since the last news, and how it is. */
export interface ProcessNews {
  readonly memoryBytes: number;
  readonly cpuMicros: number;
  readonly stdout?: Uint8Array;
  readonly stderr?: Uint8Array;
}
