import { createParser } from 'eventsource-parser';

/** A word of the host's event stream. */
export interface StreamWord {
  readonly id: string | undefined;
  readonly event: string | undefined;
  readonly data: string;
}

/** No fact takes as much, in characters. */
const MAX_BUFFER = 16 * 1024 * 1024;

/**
 * Reads server-sent events to the end of their stream. Not by `EventSource`, which can send no token.
 *
 * @param silenceMs - a stream that says nothing for so long is given up; the host gives signs of life.
 */
export async function readEventStream(
  body: ReadableStream<Uint8Array>,
  silenceMs: number,
  onWord: (word: StreamWord) => void,
): Promise<void> {
  const parser = createParser({
    maxBufferSize: MAX_BUFFER,
    onEvent: ({ id, event, data }) => onWord({ id, event, data }),
  });
  const decoder = new TextDecoder();
  const reader = body.getReader();
  let timer = 0;
  try {
    for (;;) {
      const silence = new Promise<never>((_resolve, reject) => {
        timer = setTimeout(() => reject(new Error('the stream is silent')), silenceMs);
      });
      const { done, value } = await Promise.race([reader.read(), silence]);
      clearTimeout(timer);
      if (done) return;
      parser.feed(decoder.decode(value, { stream: true }));
    }
  } finally {
    clearTimeout(timer);
    void reader.cancel().catch(() => undefined);
  }
}
