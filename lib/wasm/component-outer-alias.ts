import type { Sort } from './component-definition.ts';
import type { ReadContext } from './component-read-context.ts';
import { notAdmissible } from './component-value-facts.ts';

/** An alias of something that an enclosing component or type has already defined. */
interface OuterAlias {
  readonly sort: 'type' | 'core-module' | 'component';
  readonly count: number;
  readonly index: number;
}

/**
 * Reads the rest of an outer alias and adds what it stands for to the scope.
 *
 * @throws `WASM_RUNTIME_ERROR` when there is no such thing out there.
 * @internal
 */
export function readOuterAlias({ reader, scope }: ReadContext, sort: Sort): OuterAlias {
  const count = reader.u32();
  const index = reader.u32();
  if (sort !== 'type' && sort !== 'core-module' && sort !== 'component') {
    throw notAdmissible('outer-alias', `an outer alias of a ${sort} is not supported`);
  }
  const entity = scope.outer(count)?.find(sort, index);
  if (entity === undefined) return reader.fail(`unknown outer ${sort} ${count}:${index}`);
  scope.add(entity);
  return { sort, count, index };
}
