import { BASE, OPTIONS } from './component-guest.ts';
import { flatTypes, type Shape, ShapeWriter } from './component-type-shapes.ts';

/**
 * A component that hands its argument to the host and the host's answer back, so that a value is
 * lowered and lifted both ways, flat and through memory.
 *
 * @param isBare - host and component answer the value itself, so that a result is their own failure.
 */
export function echo(shape: Shape, encoding: string, isBare = false): string {
  const writer = new ShapeWriter();
  // A tuple around it, so that a result type is not taken for the function's own failure.
  const type = writer.write({ kind: 'tuple', parts: [shape] });
  const answer = isBare ? writer.write(shape) : type;
  const flat = flatTypes(shape);
  const params = flat.length > 16 ? ['i32'] : flat;
  const isSpilled = flat.length > 1;
  const gets = params.map((_, at) => `(local.get ${at})`).join(' ');
  const result = isSpilled ? 'i32' : (flat[0] ?? 'i32');
  return `(component
    ${writer.definitions.join('\n')}
    (type $f (func (param "x" ${type}) (result ${answer})))
    (import "host" (func $host (type $f)))
    ${BASE}
    (core func $low (canon lower (func $host) ${OPTIONS} string-encoding=${encoding}))
    (core module $main
      (import "" "host" (func $host (param ${params.join(' ')} ${isSpilled ? 'i32' : ''})
        ${isSpilled ? '' : `(result ${result})`}))
      (func (export "echo") (param ${params.join(' ')}) (result ${result})
        ${isSpilled ? `(call $host ${gets} (i32.const 1024)) (i32.const 1024)` : `(call $host ${gets})`}))
    (core instance $main (instantiate $main (with "" (instance (export "host" (func $low))))))
    (alias core export $main "echo" (core func $echo))
    (func (export "echo") (type $f)
      (canon lift (core func $echo) ${OPTIONS} string-encoding=${encoding})))`;
}

/** A component that takes bytes for a value of the type, and whatever they are lays them before us. */
export function rawValue(shape: Shape, encoding: string): string {
  const writer = new ShapeWriter();
  // Two parts have no flat form as a result, so that the value is read from memory.
  const small: Shape = { kind: 'scalar', name: 'u8' };
  const type = writer.write({ kind: 'tuple', parts: [shape, small] });
  return `(component
    ${writer.definitions.join('\n')}
    (type $bytes (list u8))
    (type $f (func (param "bytes" $bytes) (result ${type})))
    ${BASE}
    (core module $main
      (func (export "raw") (param i32 i32) (result i32) (local.get 0)))
    (core instance $main (instantiate $main))
    (alias core export $main "raw" (core func $raw))
    (func (export "raw") (type $f)
      (canon lift (core func $raw) ${OPTIONS} string-encoding=${encoding})))`;
}
