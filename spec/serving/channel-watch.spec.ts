import { expect } from 'chai';
import * as fc from 'fast-check';
import { WATCH } from '../../lib/protocol/capability-slot.ts';
import { ChannelWatch, type WatchedChannel } from '../../lib/serving/channel-watch.ts';
import type { Look } from '../../lib/serving/serving-channel.ts';
import { RUNS } from '../core/property-runs.ts';

/** A channel whose guest asks when a spec wants it, by shared memory or by a message. */
class FakeChannel implements WatchedChannel {
  how: number = WATCH.asleep;
  answered = 0;
  looks = 0;
  #request: 'none' | 'quick' | 'slow' = 'none';
  readonly #onLook: () => void;

  constructor(onLook: () => void) {
    this.#onLook = onLook;
  }

  get isWaiting(): boolean {
    return this.#request === 'quick';
  }

  /** @returns whether somebody has to be woken. */
  ask(isSlow = false): boolean {
    if (this.#request !== 'none') return false;
    this.#request = isSlow ? 'slow' : 'quick';
    return this.how === WATCH.asleep;
  }

  look(): Look {
    this.looks += 1;
    this.#onLook();
    if (this.#request === 'none') return 'nothing';
    if (this.#request === 'slow') return 'later';
    this.#request = 'none';
    this.answered += 1;
    return 'answered';
  }

  watch(how: number): void {
    this.how = how;
  }
}

/** A watch whose turns a spec takes by hand; time passes with each look at the clock. */
class WatchBench {
  readonly channels: FakeChannel[] = [];
  readonly watch: ChannelWatch;
  readonly #later: (() => void)[] = [];
  readonly #messages: FakeChannel[] = [];
  #nowMs = 0;
  /** What guests do while they are looked at. */
  onLook: () => void = () => undefined;

  constructor(cores: number, stepMs: number, count: number) {
    for (let n = 0; n < count; n++) this.channels.push(new FakeChannel(() => this.onLook()));
    this.watch = new ChannelWatch({
      cores,
      nowMs: () => (this.#nowMs += stepMs),
      later: (act) => this.#later.push(act),
    });
  }

  ask(index: number, isSlow = false): void {
    const channel = this.channels[index];
    if (channel?.ask(isSlow) === true) this.#messages.push(channel);
  }

  /** Whether anything is left to be done by the event loop. */
  get hasTurns(): boolean {
    return this.#later.length > 0 || this.#messages.length > 0;
  }

  /** One turn of the event loop. */
  turn(): void {
    const [channel] = this.#messages.splice(0, 1);
    if (channel !== undefined) {
      channel.look();
      this.watch.add(channel);
    }
    for (const act of this.#later.splice(0)) act();
  }
}

describe('the watch of channels', () => {
  it('P20 · leaves no request unseen, whenever it comes, and always comes to its end', () => {
    const asks = fc.array(fc.record({ after: fc.nat(8), guest: fc.nat(3), isSlow: fc.boolean() }), {
      maxLength: 30,
    });
    const stepMs = fc.constantFrom(0.001, 0.02, 0.06, 0.6, 2);
    fc.assert(
      fc.property(asks, stepMs, fc.integer({ min: 1, max: 4 }), (script, step, cores) => {
        const bench = new WatchBench(cores, step, 4);
        const left = [...script];
        let looks = 0;
        const next = (): void => {
          const due = left[0];
          if (due === undefined || looks < due.after) return;
          looks = 0;
          left.shift();
          bench.ask(due.guest, due.isSlow);
        };
        bench.onLook = () => {
          looks += 1;
          next();
        };
        for (let turns = 0; bench.hasTurns || left.length > 0; turns++) {
          expect(turns).to.be.below(10_000);
          if (!bench.hasTurns) looks = Number.POSITIVE_INFINITY;
          next();
          bench.turn();
        }
        for (const channel of bench.channels) {
          expect(channel.isWaiting).to.equal(false);
          expect(channel.how, 'whoever asks next wakes the thread').to.equal(WATCH.asleep);
        }
      }),
      RUNS,
    );
  });

  it('answers a guest that calls again without being woken', () => {
    const bench = new WatchBench(4, 0.001, 1);
    bench.ask(0);
    let again = 20;
    bench.onLook = () => {
      if (again > 0) bench.ask(0);
      again -= 1;
    };
    bench.turn();
    expect(bench.channels[0]?.answered).to.be.above(10);
    expect(bench.hasTurns, 'no message was needed').to.equal(false);
  });

  it('lets others have their turn though a guest never stops calling', () => {
    const bench = new WatchBench(4, 0.01, 1);
    bench.ask(0);
    bench.onLook = () => bench.ask(0);
    for (let turns = 0; turns < 5; turns++) {
      const before = bench.channels[0]?.looks ?? 0;
      bench.turn();
      expect((bench.channels[0]?.looks ?? 0) - before).to.be.below(300);
      expect(bench.hasTurns).to.equal(true);
    }
  });

  it('never watches where there is but one processor', () => {
    const bench = new WatchBench(1, 0.001, 1);
    bench.ask(0);
    bench.turn();
    expect(bench.channels[0]).to.deep.include({ answered: 1, looks: 1, how: WATCH.asleep });
  });

  it('lets guests look for their answers only while that leaves a processor to the provider', () => {
    const bench = new WatchBench(3, 0.01, 4);
    for (const index of bench.channels.keys()) bench.ask(index);
    // The first guest never stops, so that the watch goes on from turn to turn.
    bench.onLook = () => bench.ask(0);
    const seen = bench.channels.map(() => {
      bench.turn();
      return bench.channels.map(({ how }) => how);
    });
    const { asleep, watched, swift } = WATCH;
    expect(seen).to.deep.equal([
      [swift, asleep, asleep, asleep],
      [swift, swift, asleep, asleep],
      [watched, watched, watched, asleep],
      [watched, watched, watched, watched],
    ]);
  });

  it('forgets a channel that is closed', () => {
    const bench = new WatchBench(4, 0.001, 2);
    const [first, second] = bench.channels;
    bench.ask(0);
    bench.ask(1);
    let looks = 0;
    bench.onLook = () => {
      looks += 1;
      if (looks === 3) bench.watch.remove(first!);
    };
    while (bench.hasTurns) bench.turn();
    const before = first?.looks;
    bench.ask(1);
    while (bench.hasTurns) bench.turn();
    expect(first?.looks).to.equal(before);
    expect(second?.answered).to.equal(2);
  });
});
