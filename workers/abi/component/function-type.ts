import { type Codec, type CoreType, type HandleKind, strongerHandles } from './codec.ts';
import { joinFlat, TupleCodec } from './product-codecs.ts';

/**
 * A function type with everything about passing its values worked out once.
 *
 * @internal
 */
export class FunctionType {
  readonly paramNames: readonly string[];
  readonly params: readonly Codec[];
  readonly result: Codec | undefined;
  /** Set when the parameters are too many and travel through memory. */
  readonly spilledParams: Codec | undefined;
  readonly flatParams: readonly CoreType[];
  /** The result travels through memory. */
  readonly isResultSpilled: boolean;
  /** It returns `result<_, E>`: the host's side throws the error instead. */
  readonly isFallible: boolean;
  /** The handles that parameters or result may carry. */
  readonly handles: HandleKind;

  constructor(paramNames: readonly string[], params: readonly Codec[], result: Codec | undefined) {
    const flat = joinFlat(params);
    this.paramNames = paramNames;
    this.params = params;
    this.result = result;
    this.spilledParams = flat === undefined ? new TupleCodec(params) : undefined;
    this.flatParams = flat ?? ['i32'];
    this.isResultSpilled = result !== undefined && result.flat?.length !== 1;
    this.isFallible = result?.kind === 'result';
    this.handles = params.reduce<HandleKind>(
      (handles, param) => strongerHandles(handles, param.handles),
      result?.handles ?? 'none',
    );
  }
}

/**
 * A function between two sides of a border, on lifted values; `result` is a `{ tag, val }` here.
 *
 * @internal
 */
export interface ComponentFunction {
  readonly type: FunctionType;
  call(args: readonly unknown[]): unknown;
}
