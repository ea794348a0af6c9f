import { WATCH } from '../protocol/capability-slot.ts';
import type { ServingChannel } from './serving-channel.ts';

/** Channels watched at once: with more of them nobody would be served sooner. */
const MOST_WATCHED = 16;
/** How long to look on after the last call; a thread that sleeps is woken in about as much time. */
const LINGER_MS = 0.05;
/** How long to look on at all before others have their turn: control messages, timers, answers. */
const TURN_MS = 1;

/** What a watch needs of its thread. */
export interface WatchParts {
  /** Processors of the machine. */
  readonly cores: number;
  /** With microseconds behind the point. */
  readonly nowMs: () => number;
  /** Calls back in the next turn of the event loop, which does not sleep until then. */
  readonly later: (act: () => void) => void;
}

/** The part of a channel that is watched. */
export type WatchedChannel = Pick<ServingChannel, 'look' | 'watch'>;

/**
 * Looks at the shared memory of guests that have just called, for some microseconds after each call: a
 * guest that calls again is answered without anybody being woken. A thread with a single processor
 * never does that, because it would keep those from calling whom it waits for.
 */
export class ChannelWatch {
  readonly #parts: WatchParts;
  readonly #channels = new Set<WatchedChannel>();
  #isUnderWay = false;

  constructor(parts: WatchParts) {
    this.#parts = parts;
  }

  /** A channel has called. */
  add(channel: WatchedChannel): void {
    if (this.#parts.cores < 2) return;
    if (!this.#channels.has(channel)) {
      if (this.#channels.size >= MOST_WATCHED) return;
      this.#channels.add(channel);
      this.#tellAll();
    }
    if (this.#isUnderWay) return;
    this.#isUnderWay = true;
    this.#turn();
  }

  /** A channel is closed. */
  remove(channel: WatchedChannel): void {
    if (this.#channels.delete(channel)) this.#tellAll();
  }

  /** Guests that look for their answers take a processor each, which must not be the provider's. */
  #tellAll(): void {
    const how = this.#channels.size < this.#parts.cores ? WATCH.swift : WATCH.watched;
    for (const channel of this.#channels) channel.watch(how);
  }

  #turn(): void {
    const { nowMs, later } = this.#parts;
    const begunMs = nowMs();
    let calledMs = begunMs;
    for (;;) {
      const { hasAnswered, mustWait } = this.#lookAtAll();
      const now = nowMs();
      if (hasAnswered) calledMs = now;
      // What is answered later is answered by the event loop.
      if (mustWait || now - calledMs >= LINGER_MS) break;
      if (now - begunMs >= TURN_MS) {
        later(() => this.#turn());
        return;
      }
    }
    this.#sleep();
  }

  #lookAtAll(): { readonly hasAnswered: boolean; readonly mustWait: boolean } {
    let hasAnswered = false;
    let mustWait = false;
    for (const channel of this.#channels) {
      const look = channel.look();
      if (look === 'answered') hasAnswered = true;
      else if (look === 'later') mustWait = true;
    }
    return { hasAnswered, mustWait };
  }

  #sleep(): void {
    const channels = [...this.#channels];
    this.#channels.clear();
    this.#isUnderWay = false;
    for (const channel of channels) channel.watch(WATCH.asleep);
    for (const channel of channels) channel.look();
  }
}
