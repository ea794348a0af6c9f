import { HostResource } from '../host-imports.ts';

/**
 * `bucket`: the guest's name of a store that was opened. It holds no right: every call is checked.
 *
 * @internal
 */
export class Bucket extends HostResource {
  readonly name: string;

  constructor(name: string) {
    super();
    this.name = name;
  }
}
