import { WasmatrixError } from '../core/errors.ts';
import type { InstanceExit } from '../core/exit.ts';
import type { GuestFailure } from '../protocol/instance-messages.ts';

/**
 * The error that a caller is told of a guest's failure.
 *
 * @internal
 */
export function errorOfFailure(
  failure: GuestFailure,
  context: { readonly instanceId: string; readonly exportName?: string },
): WasmatrixError {
  switch (failure.kind) {
    case 'trap':
      return new WasmatrixError('WASM_RUNTIME_ERROR', `the guest trapped: ${failure.message}`, {
        ...context,
        kind: 'trap',
        ...(failure.stack === undefined ? {} : { stack: failure.stack }),
      });
    case 'exit':
      return new WasmatrixError(
        'WASM_RUNTIME_ERROR',
        `the guest exited with code ${failure.exitCode}`,
        { ...context, kind: 'exit', exitCode: failure.exitCode },
      );
    case 'link':
      return new WasmatrixError('WASM_RUNTIME_ERROR', `linking failed: ${failure.message}`, {
        ...context,
        kind: 'link',
      });
    case 'out-of-fuel':
      return new WasmatrixError('RESOURCE_EXHAUSTED', spent(failure.limit), {
        ...context,
        resource: 'fuel',
        limit: failure.limit,
      });
    case 'bad-arguments':
      return new WasmatrixError('INVALID_REQUEST', failure.message, {
        ...context,
        field: failure.field,
      });
    case 'guest-error':
      return new WasmatrixError(
        'WASM_RUNTIME_ERROR',
        failure.message ?? 'the guest returned an error',
        {
          ...context,
          kind: 'guest-error',
          payload: failure.payload,
        },
      );
    case 'too-large':
      return new WasmatrixError('RESOURCE_EXHAUSTED', failure.message, {
        ...context,
        field: failure.field,
        resource: 'payload',
      });
  }
}

function spent(limit: number): string {
  return `the fuel is spent: ${limit} units`;
}

/**
 * How a failure ends the life it happened in, or `undefined` when the guest lives on.
 *
 * @internal
 */
export function exitOfFailure(failure: GuestFailure, at: string): InstanceExit | undefined {
  switch (failure.kind) {
    case 'trap':
      return {
        reason: 'trap',
        message: failure.message,
        at,
        ...(failure.stack === undefined ? {} : { stack: failure.stack }),
      };
    case 'link':
      return { reason: 'trap', message: failure.message, at };
    case 'out-of-fuel':
      return { reason: 'trap', message: spent(failure.limit), at };
    case 'exit':
      return { reason: 'exited', exitCode: failure.exitCode, at };
    case 'bad-arguments':
    case 'guest-error':
    case 'too-large':
      return undefined;
  }
}
