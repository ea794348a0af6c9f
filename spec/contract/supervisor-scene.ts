import { expect } from 'chai';
import type { Supervisor } from '../../lib/actors/supervisor.ts';
import type { ErrorCode } from '../../lib/core/error-codes.ts';
import { isWasmatrixError, type WasmatrixError } from '../../lib/core/errors.ts';
import { failureOf } from '../e2e/fixtures.ts';
import { guestBytes } from '../guests/guest-file.ts';

/** A supervisor for one suite, and what lies behind it. */
export interface SupervisorStage extends AsyncDisposable {
  readonly supervisor: Supervisor;
}

/** What the parts of the suite share: the supervisor, and the codes that it has failed with. */
export class SupervisorScene {
  readonly seen = new Set<ErrorCode>();
  readonly #open: () => Promise<SupervisorStage>;
  #stage: SupervisorStage | undefined;

  constructor(open: () => Promise<SupervisorStage>) {
    this.#open = open;
  }

  async open(): Promise<void> {
    this.#stage = await this.#open();
  }

  async close(): Promise<void> {
    await this.#stage?.[Symbol.asyncDispose]();
  }

  get supervisor(): Supervisor {
    return this.#stage!.supervisor;
  }

  /** The error that a request fails with, of the code. */
  readonly fails = async (promise: Promise<unknown>, code: ErrorCode): Promise<WasmatrixError> => {
    const error = await failureOf(promise);
    expect(error.code, error.message).to.equal(code);
    expect(isWasmatrixError(error)).to.equal(true);
    this.seen.add(code);
    return error;
  };

  /** Starts a guest. */
  readonly started = (
    module: Uint8Array = guestBytes('core'),
    more: object = {},
  ): Promise<string> => this.supervisor.startInstance({ module, ...more });
}
