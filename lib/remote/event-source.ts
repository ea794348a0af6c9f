import { createParser } from 'eventsource-parser';

/** A word of a stream: an event with its name, or an id alone. */
export interface SourceMessage {
  readonly id: string | undefined;
  readonly event: string | undefined;
  readonly data: string | undefined;
}

/** More than any fact takes, in characters. */
const MAX_BUFFER = 64 * 1024 * 1024;

/**
 * Reads the words of server-sent events out of pieces of their text.
 *
 * @param onMessage - hears each as soon as it is whole.
 * @returns takes the next piece; throws for a word that has no end.
 */
export function eventSourceReader(
  onMessage: (message: SourceMessage) => void,
): (piece: Uint8Array) => void {
  const decoder = new TextDecoder();
  const parser = createParser({
    maxBufferSize: MAX_BUFFER,
    onId: (id) => onMessage({ id, event: undefined, data: undefined }),
    onEvent: ({ id, event, data }) => onMessage({ id, event, data }),
  });
  return (piece) => parser.feed(decoder.decode(piece, { stream: true }));
}
