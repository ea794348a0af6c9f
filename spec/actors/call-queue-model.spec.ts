import { expect } from 'chai';
import * as fc from 'fast-check';
import { RUNS } from '../core/property-runs.ts';
import { settled } from '../thrown.ts';
import { crash, QueueBench } from './queue-bench.ts';

type Action =
  | { readonly kind: 'submit'; readonly timeoutMs: number }
  | { readonly kind: 'attach' | 'detach' | 'drain' | 'value' | 'refusal' | 'trap' }
  | { readonly kind: 'abort'; readonly which: number }
  | { readonly kind: 'advance'; readonly ms: number };

interface PlainCall {
  readonly name: string;
  readonly timeoutMs: number;
  dueMs: number;
  /** Timers are numbered in the order in which they are set. */
  timer: number;
  fate: string;
}

/** The mailbox as plain data. */
class PlainQueue {
  readonly calls: PlainCall[] = [];
  waiting: PlainCall[] = [];
  running: PlainCall | undefined;
  begun: string[] = [];
  hasLife = false;
  overflows = 0;
  idleCalls = 0;
  now = 0;
  #isDraining = false;
  #timers = 0;
  readonly #limit: number;

  constructor(limit: number) {
    this.#limit = limit;
  }

  submit(name: string, timeoutMs: number): void {
    const call: PlainCall = { name, timeoutMs, dueMs: 0, timer: 0, fate: '' };
    this.#setTimer(call);
    this.calls.push(call);
    const isFree = this.hasLife && this.running === undefined;
    if (!isFree && this.waiting.length >= this.#limit) {
      call.fate = 'RESOURCE_EXHAUSTED';
      this.overflows += 1;
      return;
    }
    this.waiting.push(call);
    this.next();
  }

  #setTimer(call: PlainCall): void {
    call.dueMs = this.now + call.timeoutMs;
    call.timer = ++this.#timers;
  }

  next(): void {
    if (!this.hasLife || this.running !== undefined) return;
    const call = this.waiting.shift();
    if (call === undefined) {
      if (this.#isDraining) this.idleCalls += 1;
      this.#isDraining = false;
      return;
    }
    this.running = call;
    this.#setTimer(call);
    this.begun.push(call.name);
  }

  attach(): void {
    this.hasLife = true;
    this.next();
  }

  finish(fate: string): void {
    if (this.running === undefined) return;
    if (this.running.fate === '') this.running.fate = fate;
    this.running = undefined;
    this.next();
  }

  abort(call: PlainCall | undefined): void {
    if (call === undefined || call.fate !== '') return;
    call.fate = 'foreign abort';
    this.waiting = this.waiting.filter((each) => each !== call);
  }

  drain(): void {
    for (const call of this.waiting.splice(0)) call.fate = 'CRASH_DETECTED';
    if (this.running === undefined) this.idleCalls += 1;
    else this.#isDraining = true;
  }

  detach(): void {
    this.hasLife = false;
    this.#isDraining = false;
    if (this.running?.fate === '') this.running.fate = 'CRASH_DETECTED';
    this.running = undefined;
    for (const call of this.waiting.splice(0)) call.fate = 'CRASH_DETECTED';
  }

  advance(ms: number): void {
    for (const end = this.now + ms; this.now < end; ) {
      this.now += 1;
      for (let due = this.#firstDue(); due !== undefined; due = this.#firstDue()) this.#expire(due);
    }
  }

  /** Of the calls that are due now, the one whose timer was set first. */
  #firstDue(): PlainCall | undefined {
    const timed = this.running === undefined ? this.waiting : [this.running, ...this.waiting];
    return timed
      .filter(({ dueMs }) => dueMs <= this.now)
      .sort((a, b) => a.timer - b.timer)
      .at(0);
  }

  #expire(call: PlainCall): void {
    if (call === this.running) {
      if (call.fate === '') call.fate = 'TIMEOUT running';
      this.detach();
    } else {
      call.fate = 'TIMEOUT queued';
      this.waiting = this.waiting.filter((each) => each !== call);
    }
  }
}

const kind = <Kind extends Action['kind']>(name: Kind): fc.Arbitrary<{ kind: Kind }> =>
  fc.constant({ kind: name });

const action: fc.Arbitrary<Action> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc
      .integer({ min: 1, max: 60 })
      .map((timeoutMs): Action => ({ kind: 'submit', timeoutMs })),
  },
  { weight: 3, arbitrary: kind('attach') },
  { weight: 4, arbitrary: kind('value') },
  { weight: 2, arbitrary: kind('refusal') },
  { weight: 1, arbitrary: fc.oneof(kind('trap'), kind('detach'), kind('drain')) },
  { weight: 2, arbitrary: fc.nat(30).map((which): Action => ({ kind: 'abort', which })) },
  {
    weight: 3,
    arbitrary: fc.integer({ min: 1, max: 40 }).map((ms): Action => ({ kind: 'advance', ms })),
  },
);

/** One action, on the queue and on the model. */
async function perform(
  bench: QueueBench,
  model: PlainQueue,
  controllers: AbortController[],
  each: Action,
  onIdle: () => void,
): Promise<void> {
  switch (each.kind) {
    case 'submit': {
      const name = `c${controllers.length}`;
      const controller = new AbortController();
      controllers.push(controller);
      bench.submit(name, { timeoutMs: each.timeoutMs, signal: controller.signal });
      model.submit(name, each.timeoutMs);
      break;
    }
    case 'attach':
      if (!model.hasLife) {
        bench.attach();
        model.attach();
      }
      break;
    case 'detach':
      bench.detach();
      model.detach();
      break;
    case 'drain':
      bench.queue.drain(crash, onIdle);
      model.drain();
      break;
    case 'value':
      bench.answer({ isOk: true, value: 1 });
      model.finish('value 1');
      break;
    case 'refusal':
      bench.answer({ isOk: false, failure: { kind: 'guest-error', payload: 0 } });
      model.finish('WASM_RUNTIME_ERROR');
      break;
    case 'trap':
      if (model.running === undefined) break;
      bench.answer({ isOk: false, failure: { kind: 'trap', message: '' } });
      if (model.running.fate === '') model.running.fate = 'WASM_RUNTIME_ERROR';
      model.detach();
      break;
    case 'abort':
      controllers[each.which]?.abort('abort');
      model.abort(model.calls[each.which]);
      break;
    case 'advance':
      bench.clock.advance(each.ms);
      model.advance(each.ms);
      break;
  }
  await settled();
}

describe('the mailbox against a plain model', () => {
  it('W4 · settles every call exactly once and as predicted, whatever happens when', async () => {
    const actions = fc.array(action, { maxLength: 40 });
    await fc.assert(
      fc.asyncProperty(actions, fc.nat(4), async (sequence, limit) => {
        const bench = new QueueBench(limit);
        const model = new PlainQueue(limit);
        const controllers: AbortController[] = [];
        let idleCalls = 0;
        const compare = (): void => {
          for (const { name, fate } of model.calls) expect(bench.fate(name), name).to.equal(fate);
          expect(bench.begun).to.deep.equal(model.begun);
          expect(bench.queue.depth).to.equal(model.waiting.length);
          expect(bench.queue.begun).to.equal(model.begun.length);
          expect(bench.overflows).to.equal(model.overflows);
          expect(idleCalls).to.equal(model.idleCalls);
          expect(bench.mostAtOnce).to.be.at.most(1);
          const underWay = model.waiting.length + (model.running === undefined ? 0 : 1);
          expect(bench.clock.pending, 'a timer for each call under way').to.equal(underWay);
        };
        for (const each of sequence) {
          await perform(bench, model, controllers, each, () => {
            idleCalls += 1;
          });
          compare();
        }
        bench.detach();
        model.detach();
        await settled();
        compare();
        for (const fates of bench.fates.values()) expect(fates).to.have.length(1);
      }),
      RUNS,
    );
  });
});
