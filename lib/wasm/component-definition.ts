/**
 * A parsed component as plain data. Placeholder shape until the reader fills it in.
 *
 * @internal
 */
export interface ComponentDefinition {
  readonly definitions: readonly unknown[];
}
