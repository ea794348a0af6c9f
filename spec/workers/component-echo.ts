import { BASE, OPTIONS } from './component-guest.ts';
import { flatTypes, type Shape, ShapeWriter } from './component-type-shapes.ts';

/**
 * A component that hands its argument to the host and the host's answer back, so that a value is
 * lowered and lifted both ways, flat and through memory.
 */
export function echo(shape: Shape, encoding: string): string {
  const writer = new ShapeWriter();
  // A tuple around it, so that a result type is not taken for the function's own failure.
  const type = writer.write({ kind: 'tuple', parts: [shape] });
  const flat = flatTypes(shape);
  const params = flat.length > 16 ? ['i32'] : flat;
  const isSpilled = flat.length > 1;
  const gets = params.map((_, at) => `(local.get ${at})`).join(' ');
  const result = isSpilled ? 'i32' : (flat[0] ?? 'i32');
  return `(component
    ${writer.definitions.join('\n')}
    (type $f (func (param "x" ${type}) (result ${type})))
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
