import assert from 'node:assert/strict';
import { type InstanceInfo, isWasmatrixError, type Supervisor } from 'wasmatrix';

/** One of the guests that the specs use. */
export const guest = (name: string): URL =>
  new URL(`../../spec/guests/built/${name}.wasm`, import.meta.url);

export const say = (line: string): void => console.log(line);

export const chapter = (title: string): void =>
  say(`\n── ${title} ${'─'.repeat(Math.max(2, 76 - title.length))}`);

export const encoded = (text: string): Uint8Array => new TextEncoder().encode(text);
export const decoded = (bytes: unknown): string => new TextDecoder().decode(bytes as Uint8Array);

/** Waits for an instance to become what the story tells of next. */
export async function until(
  supervisor: Supervisor,
  id: string,
  isSo: (info: InstanceInfo) => boolean,
): Promise<InstanceInfo> {
  const deadline = Date.now() + 20_000;
  for (;;) {
    const info = await supervisor.queryInstance(id);
    if (isSo(info)) return info;
    assert.ok(Date.now() < deadline, `${id} is still ${info.status}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** The failure that a call is expected to come to. */
export async function failure(
  call: Promise<unknown>,
): Promise<{ code: string; message: string; payload: unknown }> {
  try {
    await call;
  } catch (error) {
    if (!isWasmatrixError(error)) throw error;
    return { code: error.code, message: error.message, payload: error.details['payload'] };
  }
  throw new Error('the call should have failed');
}
