/** npm and shells pass a key press on that the terminal has told us of already. */
const ECHO_MS = 300;

/** What the signals of a process ask for. */
export interface StopSignals extends Disposable {
  /** Aborted by the first: end in good order. */
  readonly gentle: AbortSignal;
  /** Aborted by the second: end now. */
  readonly urgent: AbortSignal;
}

/** Listens to SIGINT and SIGTERM, and what else is named, until it is disposed of. */
export function stopSignals(...others: readonly NodeJS.Signals[]): StopSignals {
  const gentle = new AbortController();
  const urgent = new AbortController();
  let firstAt = 0;
  const onSignal = (): void => {
    if (!gentle.signal.aborted) {
      firstAt = Date.now();
      gentle.abort();
    } else if (Date.now() - firstAt > ECHO_MS) {
      urgent.abort();
    }
  };
  const names = ['SIGINT', 'SIGTERM', ...others] as const;
  for (const name of names) process.on(name, onSignal);
  return {
    gentle: gentle.signal,
    urgent: urgent.signal,
    [Symbol.dispose]() {
      for (const name of names) process.off(name, onSignal);
    },
  };
}

/** Resolves when a signal fires; at once, if it has. */
export async function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  const { promise, resolve } = Promise.withResolvers<void>();
  signal.addEventListener('abort', () => resolve(), { once: true });
  await promise;
}
