import { printable, type Terminal, valueText } from './terminal.ts';

/** What a call gave: JSON where that is wanted, bytes as they are to a program, and a text to a person. */
export function sayResult(result: unknown, terminal: Terminal): void {
  if (terminal.isJson || !(result instanceof Uint8Array)) {
    terminal.result({ result }, () => valueText(result));
    return;
  }
  if (terminal.isInteractive) {
    terminal.say(new TextDecoder().decode(result).split('\n').map(printable).join('\n'));
  } else {
    process.stdout.write(result);
  }
}
