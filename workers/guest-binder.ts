import { workerData } from 'node:worker_threads';
import type { StartRequest } from '../lib/protocol/instance-messages.ts';
import type { LoadedThreadData, ScriptName, ThreadScript } from '../lib/protocol/thread-script.ts';
import type { AbiName } from '../lib/wasm/admitted-module.ts';
import type { Guest, GuestHost } from './guest.ts';
import * as guestFailure from './guest-failure.ts';

/**
 * Instantiates a guest.
 *
 * @throws what the guest's start function or initialiser throws.
 */
export type GuestBinder = (request: StartRequest, host: GuestHost) => Guest;

/**
 * What instantiates guests, by ABI. Each is a script of its own, loaded when the host sends it: all of them
 * together would take each thread a mebibyte more.
 */
export class GuestBinders {
  readonly #binders = new Map<ScriptName, GuestBinder>();

  load(script: ThreadScript): void {
    const { load } = workerData as LoadedThreadData;
    const { bind } = load(script, sharedModule) as { readonly bind: GuestBinder };
    this.#binders.set(script.name, bind);
  }

  of(abi: AbiName): GuestBinder {
    const bind = this.#binders.get(abi);
    if (bind === undefined) throw new Error(`nothing that binds ${abi} guests has been sent`);
    return bind;
  }
}

/** All scripts of a thread have to mean the same classes by a failure. */
function sharedModule(name: string): unknown {
  if (name.endsWith('/guest-failure.ts')) return guestFailure;
  throw new Error(`${name} is not for what binds guests`);
}
