/**
 * The end of what a guest wrote to one stream, in shared memory: the host can read it while the guest
 * is busy and after its thread is gone, and a flood costs nobody else anything.
 *
 * ```text
 * int64  0   bytes begun: where the writer may be writing just now
 * int64  1   bytes finished: everything before is in the ring
 * int64  2   bytes that a reader has taken, or -1: nobody follows, and nobody is waited for
 * byte  24 … the ring; byte n of the stream is at n modulo its size
 * ```
 */
const HEADER_BYTES = 24;
const MARKS = 3;
const BEGUN = 0;
const FINISHED = 1;
const TAKEN = 2;
const NOBODY = -1n;
/** A missed wake-up must not matter. */
const WAIT_MS = 100;

/**
 * Makes the memory for one stream.
 *
 * @param isFollowed - whether a reader takes everything, and the writer has to wait for it.
 */
export function newOutputRing(capacityBytes: number, isFollowed = false): SharedArrayBuffer {
  const buffer = new SharedArrayBuffer(HEADER_BYTES + capacityBytes);
  marksOf(buffer)[TAKEN] = isFollowed && capacityBytes > 0 ? 0n : NOBODY;
  return buffer;
}

const marksOf = (buffer: SharedArrayBuffer): BigInt64Array<SharedArrayBuffer> =>
  new BigInt64Array(buffer, 0, MARKS);

/** Tells the writer that what is before this byte has been taken. */
export function markTaken(buffer: SharedArrayBuffer, end: bigint): void {
  const marks = marksOf(buffer);
  if (Atomics.load(marks, TAKEN) === NOBODY) return;
  Atomics.store(marks, TAKEN, end);
  Atomics.notify(marks, TAKEN);
}

/** Appends; where a reader follows the stream, waits for room. Blocks, hence for the thread of a guest only. */
export function appendOutputWaiting(buffer: SharedArrayBuffer, bytes: Uint8Array): void {
  const marks = marksOf(buffer);
  const size = outputCapacity(buffer);
  if (Atomics.load(marks, TAKEN) === NOBODY) {
    appendOutput(buffer, bytes);
    return;
  }
  for (let from = 0; from < bytes.length; from += size) {
    const piece = bytes.subarray(from, from + size);
    const to = Atomics.load(marks, FINISHED) + BigInt(piece.length);
    for (;;) {
      const taken = Atomics.load(marks, TAKEN);
      if (to - taken <= BigInt(size)) break;
      Atomics.wait(marks, TAKEN, taken, WAIT_MS);
    }
    appendOutput(buffer, piece);
  }
}

/** Bytes that a stream keeps. */
export function outputCapacity(buffer: SharedArrayBuffer): number {
  return buffer.byteLength - HEADER_BYTES;
}

/** How many bytes the stream has had so far. */
export function outputEnd(buffer: SharedArrayBuffer): bigint {
  return Atomics.load(marksOf(buffer), FINISHED);
}

/** Appends; what no longer fits pushes out the oldest bytes. One writer only. */
export function appendOutput(buffer: SharedArrayBuffer, bytes: Uint8Array): void {
  const marks = marksOf(buffer);
  const ring = new Uint8Array(buffer, HEADER_BYTES);
  const from = Atomics.load(marks, FINISHED);
  const to = from + BigInt(bytes.length);
  Atomics.store(marks, BEGUN, to);
  const kept = bytes.length > ring.length ? bytes.subarray(bytes.length - ring.length) : bytes;
  if (ring.length > 0) {
    const at = Number((to - BigInt(kept.length)) % BigInt(ring.length));
    const beforeEnd = Math.min(kept.length, ring.length - at);
    ring.set(kept.subarray(0, beforeEnd), at);
    ring.set(kept.subarray(beforeEnd), 0);
  }
  Atomics.store(marks, FINISHED, to);
}

/** What is kept, oldest first; bytes that were overwritten during the copy are left out. */
export function readOutput(buffer: SharedArrayBuffer): Uint8Array {
  return readOutputSince(buffer, 0n).bytes;
}

/** What is kept of the stream from a byte on, and where it ends: where to go on reading. */
export function readOutputSince(
  buffer: SharedArrayBuffer,
  from: bigint,
): { readonly bytes: Uint8Array; readonly end: bigint } {
  const marks = marksOf(buffer);
  const ring = new Uint8Array(buffer, HEADER_BYTES);
  const size = BigInt(ring.length);
  const end = Atomics.load(marks, FINISHED);
  const oldest = end > size ? end - size : 0n;
  const start = from > oldest ? from : oldest;
  const copy = new Uint8Array(Number(end - start));
  if (copy.length > 0) {
    const at = Number(start % size);
    const beforeEnd = Math.min(copy.length, ring.length - at);
    copy.set(ring.subarray(at, at + beforeEnd), 0);
    copy.set(ring.subarray(0, copy.length - beforeEnd), beforeEnd);
  }
  const begun = Atomics.load(marks, BEGUN);
  const safeFrom = begun > size ? begun - size : 0n;
  const torn = safeFrom > start ? Number(safeFrom - start) : 0;
  return { bytes: copy.subarray(Math.min(torn, copy.length)), end };
}

/** The kept bytes as text; a character cut in two at the start is dropped. */
export function readOutputText(buffer: SharedArrayBuffer): string {
  const bytes = readOutput(buffer);
  let from = 0;
  while (from < 4 && from < bytes.length && ((bytes[from] as number) & 0xc0) === 0x80) from += 1;
  return new TextDecoder().decode(bytes.slice(from));
}
