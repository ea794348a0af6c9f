import type { CapabilityFailure } from '../lib/core/provider.ts';

/** The guest asked to end (`proc_exit`, `wasi:cli/exit`). */
export class GuestExit extends Error {
  readonly exitCode: number;
  constructor(exitCode: number) {
    super(`guest exited with code ${exitCode}`);
    this.exitCode = exitCode;
  }
}

/** The guest broke a rule of its ABI, such as a pointer out of bounds; the instance is lost. */
export class GuestTrap extends Error {}

/** The caller's arguments do not fit the export; the guest was not entered. */
export class BadArguments extends Error {
  /** For example `args[1].name`. */
  readonly field: string;
  constructor(field: string, problem: string) {
    super(`${field}: ${problem}`);
    this.field = field;
  }
}

/** The guest answered with its own error value (`result<_, E>`); it lives on. */
export class GuestError extends Error {
  readonly payload: unknown;
  constructor(payload: unknown, message = 'the guest returned an error') {
    super(message);
    this.payload = payload;
  }
}

/** A value is larger than `limits.payloadBytes`; the guest lives on. */
export class PayloadTooLarge extends Error {
  readonly field: string;
  constructor(field: string, limitBytes: number) {
    super(`${field}: larger than ${limitBytes} bytes`);
    this.field = field;
  }
}

/** A provider refused a capability call or failed at it; an ABI turns it into the guest's own form. */
export class CapabilityRefused extends Error {
  readonly code: CapabilityFailure['code'];
  constructor(failure: CapabilityFailure) {
    super(failure.message);
    this.code = failure.code;
  }
}
