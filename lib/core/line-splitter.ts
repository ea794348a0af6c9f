/** Characters of a line that are kept; what follows up to its end is cut off. */
const MOST_LINE_LENGTH = 4_096;

const CUT = '…';

/**
 * Makes whole lines out of pieces of UTF-8. What it keeps between two pieces is bounded, however long a
 * line becomes.
 *
 * @internal
 */
export class LineSplitter {
  #decoder = new TextDecoder();
  #begun = '';

  /** The lines that end in this piece, without what ended them. */
  take(bytes: Uint8Array): string[] {
    const pieces = this.#decoder.decode(bytes, { stream: true }).split('\n');
    const rest = pieces.pop() ?? '';
    const lines = pieces.map((piece) => this.#completed(piece));
    this.#keep(rest);
    return lines;
  }

  /** The line that was begun and not ended, if there is one. Afterwards it begins anew. */
  end(): string[] {
    this.#keep(this.#decoder.decode());
    return this.#begun === '' ? [] : [this.#completed('')];
  }

  /** Forgets the line that was begun: bytes are missing behind it. */
  skip(): void {
    this.#begun = '';
    this.#decoder = new TextDecoder();
  }

  #keep(text: string): void {
    // One more than is shown, to tell a line of just that length from a longer one.
    if (this.#begun.length > MOST_LINE_LENGTH) return;
    this.#begun = (this.#begun + text).slice(0, MOST_LINE_LENGTH + 1);
  }

  #completed(piece: string): string {
    this.#keep(piece);
    const line = this.#begun;
    this.#begun = '';
    if (line.length > MOST_LINE_LENGTH) return line.slice(0, MOST_LINE_LENGTH) + CUT;
    return line.endsWith('\r') ? line.slice(0, -1) : line;
  }
}
