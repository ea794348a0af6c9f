import type {
  FunctionTypeDefinition,
  ValueTypeDefinition,
  ValueTypeUse,
} from '../../../lib/wasm/component-definition.ts';
import { MAX_TYPE_BYTES, MAX_TYPE_DEPTH } from '../../../lib/wasm/component-limits.ts';
import { camelCase } from '../../../lib/wasm/js-label.ts';
import { GuestTrap } from '../../guest-failure.ts';
import type { Codec } from './codec.ts';
import { FlagsCodec } from './flags-codec.ts';
import { FunctionType } from './function-type.ts';
import { HandleCodec } from './handle-codec.ts';
import { listCodec, STRING_CODEC } from './pointer-codecs.ts';
import { RecordCodec, TupleCodec } from './product-codecs.ts';
import type { RuntimeType, TypeScope } from './runtime-type.ts';
import { SCALAR_CODECS } from './scalar-codecs.ts';
import { EnumCodec, optionCodec, VariantCodec } from './sum-codecs.ts';

/**
 * An entry of a type space that must be of one kind. Admission has checked the indices, but a nested
 * component may be given another type than it declares.
 *
 * @throws `GuestTrap`
 * @internal
 */
export function runtimeType<K extends RuntimeType['kind']>(
  scope: TypeScope,
  index: number,
  kind: K,
): Extract<RuntimeType, { readonly kind: K }> {
  const type = scope.types[index];
  if (type?.kind !== kind) throw new GuestTrap(`type ${index} of a component is no ${kind} type`);
  return type as Extract<RuntimeType, { readonly kind: K }>;
}

function codecOf(scope: TypeScope, use: ValueTypeUse): Codec {
  if (use === 'string') return STRING_CODEC;
  return typeof use === 'string' ? SCALAR_CODECS[use] : runtimeType(scope, use, 'value').codec;
}

function optionalCodec(scope: TypeScope, use: ValueTypeUse | undefined): Codec | undefined {
  return use === undefined ? undefined : codecOf(scope, use);
}

function makeCodec(scope: TypeScope, type: ValueTypeDefinition): Codec {
  switch (type.kind) {
    case 'primitive':
      return codecOf(scope, type.name);
    case 'record': {
      const keys = type.fields.map((field) => camelCase(field.name));
      const parts = type.fields.map((field) => codecOf(scope, field.type));
      return new RecordCodec(keys, parts);
    }
    case 'tuple':
      return new TupleCodec(type.types.map((use) => codecOf(scope, use)));
    case 'list':
      return listCodec(codecOf(scope, type.element));
    case 'flags':
      return new FlagsCodec(type.labels);
    case 'enum':
      return new EnumCodec(type.labels);
    case 'variant': {
      const names = type.cases.map((known) => known.name);
      const cases = type.cases.map((known) => optionalCodec(scope, known.type));
      return new VariantCodec('variant', names, cases);
    }
    case 'option':
      return optionCodec(codecOf(scope, type.some));
    case 'result': {
      const cases = [optionalCodec(scope, type.ok), optionalCodec(scope, type.err)];
      return new VariantCodec('result', ['ok', 'err'], cases);
    }
    case 'own':
    case 'borrow':
      break;
  }
  return new HandleCodec(type.kind, runtimeType(scope, type.resource, 'resource').resource);
}

/**
 * Makes the codec of a value type, once per instantiation.
 *
 * @throws `GuestTrap` for a type that outgrew its bounds by being passed through nested components.
 * @internal
 */
export function evaluateValueType(scope: TypeScope, type: ValueTypeDefinition): Codec {
  const codec = makeCodec(scope, type);
  if (codec.depth > MAX_TYPE_DEPTH || codec.size > MAX_TYPE_BYTES) {
    throw new GuestTrap('a type of a component is too deep or too large');
  }
  return codec;
}

/**
 * Makes a function type, once per instantiation.
 *
 * @internal
 */
export function evaluateFunctionType(scope: TypeScope, type: FunctionTypeDefinition): FunctionType {
  return new FunctionType(
    type.params.map((param) => param.name),
    type.params.map((param) => codecOf(scope, param.type)),
    optionalCodec(scope, type.result),
  );
}
