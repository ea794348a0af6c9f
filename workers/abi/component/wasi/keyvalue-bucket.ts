/**
 * `bucket`: the guest's name of a store that was opened. It holds no right: every call is checked.
 *
 * @internal
 */
export class Bucket {
  readonly name: string;

  constructor(name: string) {
    this.name = name;
  }
}
