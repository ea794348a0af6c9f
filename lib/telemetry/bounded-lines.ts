/** What is needed of a stream to write lines to it. */
interface LineStream {
  /** Bytes that wait for the reader. */
  readonly writableLength: number;
  write(line: string): boolean;
  on(event: 'error', listener: () => void): unknown;
  once(event: 'drain', listener: () => void): unknown;
}

/** Streams whose errors are heard: a reader that goes away must not end whoever writes. */
const HEARD = new WeakSet<LineStream>();

/** Writes lines to a stream without waiting for its reader; beyond a bound they are dropped and counted. */
export class BoundedLines {
  readonly #stream: LineStream;
  readonly #mostBytes: number;
  readonly #onRoom: (droppedLines: number) => void;
  #dropped = 0;

  /**
   * @param mostBytes - that may wait in the stream.
   * @param onRoom - hears how many lines were dropped, when there is room again.
   */
  constructor(stream: LineStream, mostBytes: number, onRoom: (droppedLines: number) => void) {
    this.#stream = stream;
    this.#mostBytes = mostBytes;
    this.#onRoom = onRoom;
    if (HEARD.has(stream)) return;
    HEARD.add(stream);
    stream.on('error', () => undefined);
  }

  write(line: string): void {
    // Of several lines none overtakes another, and what was dropped is told before what follows.
    if (this.#dropped > 0 || this.#stream.writableLength > this.#mostBytes) this.#drop();
    else this.#stream.write(line);
  }

  #drop(): void {
    this.#dropped += 1;
    if (this.#dropped > 1) return;
    this.#stream.once('drain', () => {
      const dropped = this.#dropped;
      this.#dropped = 0;
      this.#onRoom(dropped);
    });
  }
}
