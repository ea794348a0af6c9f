import { inspect } from 'node:util';
import type { Supervisor } from '../../lib/actors/supervisor.ts';
import { isWasmatrixError, type WasmatrixError } from '../../lib/core/errors.ts';
import { pause } from '../e2e/fixtures.ts';
import { CountTally } from './count-tally.ts';
import type { KillsResidents, Resident, ResidentKind } from './kills-residents.ts';

/** A call may wait for so long, and then run for so long. */
const TIMEOUT_MS = 10_000;
/** Until the host, which has hundreds of others to serve, has told the caller. */
const GRACE_MS = 2_000;
/** After a refusal, so that those who wait for somebody to be back do not take all there is. */
const REFUSED_PAUSE_MS = 5;

/** What a loss may be answered by, and whether the call may have been executed then. */
const REFUSALS: Readonly<Record<string, readonly unknown[]>> = {
  CRASH_DETECTED: ['no', 'maybe'],
  TIMEOUT: ['no', 'maybe'],
  RESOURCE_EXHAUSTED: ['no'],
  // Nobody is there to execute it.
  INVALID_REQUEST: [undefined, 'no'],
};

/** How the calls went. */
export interface KillsCallFigures {
  readonly answered: number;
  /** By code and what was said of the execution. */
  readonly refused: Readonly<Record<string, number>>;
  readonly slowestMs: number;
}

/** Callers that call without a pause, and know what they may be told. */
export class KillsCalls {
  readonly #supervisor: Supervisor;
  readonly #residents: KillsResidents;
  readonly #onFault: (fault: string) => void;
  readonly #tallies: CountTally[];
  readonly #refused: Record<string, number> = {};
  readonly #toldAfterMs: number[] = [];
  #killedAtMs = 0;
  #answered = 0;
  #slowestMs = 0;
  #isOver = false;

  constructor(
    supervisor: Supervisor,
    residents: KillsResidents,
    lanes: number,
    onFault: (fault: string) => void,
  ) {
    this.#supervisor = supervisor;
    this.#residents = residents;
    this.#onFault = onFault;
    this.#tallies = Array.from({ length: lanes }, () => new CountTally());
  }

  get figures(): KillsCallFigures {
    return { answered: this.#answered, refused: this.#refused, slowestMs: this.#slowestMs };
  }

  /** Milliseconds after the kill, for each call that was in flight then, until its caller was told. */
  get toldAfterMs(): readonly number[] {
    return this.#toldAfterMs;
  }

  /** Calls until `end`. */
  async run(): Promise<void> {
    await Promise.all(this.#tallies.map((tally, lane) => this.#lane(tally, `caller-${lane}`)));
  }

  end(): void {
    this.#isOver = true;
  }

  killed(): void {
    this.#killedAtMs = performance.now();
  }

  /** Everybody is back: nothing of former lives is under way any more. */
  rest(): void {
    for (const tally of this.#tallies) tally.rest();
  }

  async #lane(tally: CountTally, key: string): Promise<void> {
    for (let round = 0; !this.#isOver; round += 1) {
      const kind = kindFor(round);
      const resident = this.#residents.any(kind);
      const outcome = resident && (await this.call(resident, tally, key));
      if (outcome !== 'answered') await pause(REFUSED_PAUSE_MS);
    }
  }

  /** Makes the call that suits an instance, and looks at what comes of it. */
  async call(resident: Resident, tally: CountTally, key: string): Promise<'answered' | 'refused'> {
    const begunAtMs = performance.now();
    try {
      await this.#ask(resident, tally, key);
      this.#answered += 1;
      return 'answered';
    } catch (error) {
      this.#judge(error, resident, tally, begunAtMs);
      return 'refused';
    } finally {
      const tookMs = performance.now() - begunAtMs;
      this.#slowestMs = Math.max(this.#slowestMs, tookMs);
      if (tookMs > 2 * TIMEOUT_MS + GRACE_MS) {
        this.#onFault(`a caller of ${resident.kind} was told after ${tookMs.toFixed(0)} ms`);
      }
    }
  }

  async #ask({ id, kind }: Resident, tally: CountTally, key: string): Promise<void> {
    const options = { timeoutMs: TIMEOUT_MS };
    if (kind === 'adder' || kind === 'mortal') {
      const term = Math.floor(Math.random() * 1_000);
      const sum = await this.#supervisor.invoke(id, 'add', [term, 7], options);
      if (sum !== term + 7) this.#onFault(`${term} + 7 was ${String(sum)}`);
      return;
    }
    const name = kind === 'revoked' ? 'revoked' : key;
    const count = (await this.#supervisor.invoke(id, 'bump', [name], options)) as bigint;
    const fault = kind === 'revoked' ? 'a revoked grant was served' : tally.answered(count);
    if (fault !== undefined) this.#onFault(fault);
  }

  #judge(error: unknown, { kind }: Resident, tally: CountTally, begunAtMs: number): void {
    if (!isWasmatrixError(error)) {
      this.#onFault(`a foreign error: ${String(error)}`);
      return;
    }
    const { code, details } = error;
    if (kind === 'revoked' && isDenial(error)) {
      this.#answered += 1;
      return;
    }
    const executed = details['executed'];
    const name = executed === undefined ? code : `${code} (executed: ${inspect(executed)})`;
    this.#refused[name] = (this.#refused[name] ?? 0) + 1;
    if (REFUSALS[code]?.includes(executed) !== true) {
      this.#onFault(`a call of ${kind} failed with ${name}: ${error.message}`);
    }
    if (executed !== 'maybe') return;
    if (kind === 'counter') tally.unsure();
    if (begunAtMs < this.#killedAtMs) {
      this.#toldAfterMs.push(performance.now() - this.#killedAtMs);
    }
  }
}

/** In ten calls six sums, three counts, and one of who is not brought back or may not count any more. */
function kindFor(round: number): ResidentKind {
  if (round % 10 === 9) return round % 20 === 9 ? 'mortal' : 'revoked';
  return round % 3 === 0 ? 'counter' : 'adder';
}

const isDenial = ({ code, details }: WasmatrixError): boolean =>
  code === 'WASM_RUNTIME_ERROR' && details['payload'] === 'access-denied';
