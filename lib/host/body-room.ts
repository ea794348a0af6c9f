import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Readable } from 'node:stream';
import { invalidField, WasmatrixError } from '../core/errors.ts';
import { AnsweredError } from './error-answer.ts';

/** Bodies of one request and of all requests. */
interface BodyLimits {
  readonly bodyBytes: number;
  readonly bodiesBytes: number;
}

/** What a body is read from, and who is answered for it. */
interface BodySource {
  readonly request: IncomingMessage;
  readonly content: Readable;
  readonly response: ServerResponse;
}

/**
 * Where bodies wait until they are whole and while they are worked on. Each is bounded, and so are all of
 * them together: many connections must not be a way around the bound of one.
 *
 * @internal
 */
export class BodyRoom {
  readonly #limits: BodyLimits;
  #usedBytes = 0;

  constructor({ bodyBytes, bodiesBytes }: BodyLimits) {
    this.#limits = { bodyBytes, bodiesBytes };
  }

  /** Bytes of bodies whose requests are not answered yet. */
  get usedBytes(): number {
    return this.#usedBytes;
  }

  /**
   * Reads a body to its end. Its room is free again when the request has been answered, or its caller is gone.
   *
   * @throws `RESOURCE_EXHAUSTED` above a limit, of what is announced before it comes; `INVALID_REQUEST` for one
   *   that is encoded or broken off.
   */
  read({ request, content, response }: BodySource): Promise<Buffer> {
    const { 'content-length': announced = '0', 'content-encoding': encoding } = request.headers;
    const { bodyBytes } = this.#limits;
    if (encoding !== undefined && encoding.toLowerCase() !== 'identity') {
      throw new AnsweredError(415, invalidField('content-encoding', 'must be identity'));
    }
    if (Number(announced) > bodyBytes) throw tooLarge(bodyBytes);
    // Who is gone already says nothing more, not even that.
    if (response.closed || (content.destroyed && !content.readableEnded)) {
      throw invalidField('body', 'was broken off');
    }
    const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
    const chunks: Buffer[] = [];
    let length = 0;
    const release = (): void => {
      this.#usedBytes -= length;
      length = 0;
      chunks.length = 0;
    };
    const fail = (error: WasmatrixError): void => {
      content.off('data', take);
      // What still comes is let go of; a server that keeps the connection would wait for its end.
      content.resume();
      release();
      reject(error);
    };
    const take = (chunk: Buffer): void => {
      length += chunk.length;
      this.#usedBytes += chunk.length;
      if (length > bodyBytes) fail(tooLarge(bodyBytes));
      else if (this.#usedBytes > this.#limits.bodiesBytes) fail(this.#noRoom(chunk.length));
      else chunks.push(chunk);
    };
    content.on('data', take);
    content.once('end', () => resolve(Buffer.concat(chunks, length)));
    content.once('error', () => fail(invalidField('body', 'was broken off')));
    content.once('close', () => {
      if (!content.readableEnded) fail(invalidField('body', 'was broken off'));
    });
    response.once('close', release);
    return promise;
  }

  #noRoom(needed: number): WasmatrixError {
    const { bodiesBytes } = this.#limits;
    const message = `no room for another body beside ${bodiesBytes} bytes of others`;
    return new WasmatrixError('RESOURCE_EXHAUSTED', message, {
      resource: 'bodies',
      limitBytes: bodiesBytes,
      usedBytes: this.#usedBytes,
      needed,
    });
  }
}

function tooLarge(limitBytes: number): WasmatrixError {
  return new WasmatrixError('RESOURCE_EXHAUSTED', `body: larger than ${limitBytes} bytes`, {
    field: 'body',
    resource: 'payload',
    limitBytes,
  });
}
