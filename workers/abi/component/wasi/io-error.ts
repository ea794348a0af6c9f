import { HostResource } from '../host-imports.ts';

/**
 * `error` of `wasi:io`: why a stream failed. Whoever makes one may know more than its text, as a
 * subclass tells.
 *
 * @internal
 */
export class IoError extends HostResource {
  readonly text: string;

  constructor(text: string) {
    super();
    this.text = text;
  }
}
