import { type InspectColor, inspect, styleText } from 'node:util';
import { toTagged } from '../protocol/tagged-values.ts';

/** Whatever could move the cursor or hide what follows; guests choose names and messages. */
const UNPRINTABLE = /[\p{C}\p{Zl}\p{Zp}]/gu;

/** Where a command writes: results to standard output, everything else to standard error. */
export class Terminal {
  readonly #isJson: boolean;

  constructor(isJson = false) {
    this.#isJson = isJson;
  }

  get isJson(): boolean {
    return this.#isJson;
  }

  /** Whether a person reads what is written. */
  get isInteractive(): boolean {
    return process.stdout.isTTY && !this.#isJson;
  }

  /** Columns of the screen; one that has not been told its size says 0. */
  get columns(): number {
    return process.stdout.columns || 80;
  }

  /** Rows of the screen. */
  get rows(): number {
    return process.stdout.rows || 24;
  }

  /** A line of the result. */
  say(line: string): void {
    process.stdout.write(`${line}\n`);
  }

  /** A line beside the result; none where a program reads. */
  note(line: string): void {
    if (!this.#isJson) process.stderr.write(`${line}\n`);
  }

  /** A result: one line of JSON where that is wanted, else what it looks like for people. */
  result(value: unknown, text: () => string): void {
    if (this.#isJson) this.say(JSON.stringify(toTagged(value, 'result', 'drop')));
    else {
      const shown = text();
      if (shown !== '') process.stdout.write(shown.endsWith('\n') ? shown : `${shown}\n`);
    }
  }

  /** Coloured where standard output is a terminal that wants colours; `NO_COLOR` is heeded. */
  paint(colour: InspectColor, text: string): string {
    return styleText(colour, text, { stream: process.stdout });
  }
}

/** A text that a guest may have chosen, without what a terminal would obey. */
export function printable(text: string): string {
  return text.replace(UNPRINTABLE, (char) => `\\u{${(char.codePointAt(0) ?? 0).toString(16)}}`);
}

/** The same of a text of several lines. */
export function printableLines(text: string): string {
  return text.split('\n').map(printable).join('\n');
}

/** What a guest returned, for people. */
export function valueText(value: unknown): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'bigint') return String(value);
  if (value === undefined) return '';
  return inspect(value, { depth: 10, maxArrayLength: 1_000, maxStringLength: 100_000 });
}
