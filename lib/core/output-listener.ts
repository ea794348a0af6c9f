/**
 * Hears what guests write, as bytes, soon after it was written.
 *
 * @public
 */
export type OutputListener = (output: {
  readonly instanceId: string;
  readonly stream: 'stdout' | 'stderr';
  /** A copy; it may begin and end within a character. */
  readonly bytes: Uint8Array;
}) => void;
