import { printableLines, type Terminal, valueText } from './terminal.ts';

/** What a call gave: JSON where that is wanted, bytes as they are to a program, and a text to a person. */
export function sayResult(result: unknown, terminal: Terminal): void {
  if (terminal.isJson || !(result instanceof Uint8Array)) {
    const shown = (): string => {
      const text = valueText(result);
      return terminal.isInteractive ? printableLines(text) : text;
    };
    terminal.result({ result }, shown);
    return;
  }
  if (terminal.isInteractive) {
    terminal.say(printableLines(new TextDecoder().decode(result)));
  } else {
    process.stdout.write(result);
  }
}
