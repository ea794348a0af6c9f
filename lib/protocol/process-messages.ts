import type { CallOutcome, ProviderMapping, StartRequest } from './instance-messages.ts';

/**
 * What the host and a guest process say to each other, over Node's own channel between parent and
 * child, which copies plain data. A process may carry several guests; every message about one names it.
 * Foreign messages are ignored.
 */
export type ProcessInput =
  | { readonly kind: 'wasmatrix.open'; readonly guest: number; readonly heapMb: number }
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

/** What a guest process posts to the host. */
export type ProcessOutput =
  | { readonly kind: 'wasmatrix.loaded' }
  | { readonly kind: 'wasmatrix.opened'; readonly guest: number }
  | { readonly kind: 'wasmatrix.started'; readonly guest: number; readonly outcome: CallOutcome }
  | {
      readonly kind: 'wasmatrix.result';
      readonly guest: number;
      readonly callId: number;
      readonly outcome: CallOutcome;
    }
  | {
      readonly kind: 'wasmatrix.command-ended';
      readonly guest: number;
      readonly outcome: CallOutcome;
    }
  | ({ readonly kind: 'wasmatrix.ask'; readonly guest: number } & ProcessAsk)
  | ({ readonly kind: 'wasmatrix.news'; readonly guest: number } & ProcessNews)
  | {
      readonly kind: 'wasmatrix.gone';
      readonly guest: number;
      readonly reason: 'terminated' | 'out-of-memory' | 'lost';
      readonly message: string;
    };

/**
 * A start as a process is asked for it: what is shared between threads has no way there, so the code
 * comes as bytes, and memory and channels are made on the other side.
 */
export interface ProcessStart
  extends Omit<StartRequest, 'modules' | 'vitals' | 'output' | 'capability'> {
  /** Admitted and capped, in the order of the definition. */
  readonly coreModules: readonly Uint8Array[];
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
