/**
 * Hears what guests write, as bytes, soon after it was written. Where it returns a promise, it hears no more of that
 * stream before the promise has settled, and the guest waits when its buffer is full; what is left when a life
 * ends is told at once.
 *
 * @public
 */
export type OutputListener = (output: {
  readonly instanceId: string;
  readonly stream: 'stdout' | 'stderr';
  /** A copy; it may begin and end within a character. */
  readonly bytes: Uint8Array;
}) => void | Promise<void>;
