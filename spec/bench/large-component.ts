import { componentEmbed, componentNew } from '@bytecodealliance/jco-transpile/wasm-tools';

/** Bytes of one function: about what the functions of a compiled program have. */
const BODY_BYTES = 1_024;
const END = 0x0b;
const CONST = 0x41;
const DROP = 0x1a;

function leb(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 0x80; rest >>>= 7) bytes.push((rest & 0x7f) | 0x80);
  return [...bytes, rest];
}

function section(id: number, content: Uint8Array): Uint8Array {
  return Buffer.concat([Uint8Array.from([id, ...leb(content.length)]), content]);
}

/** A core module that exports `run`, and whose code is that long. It stands for any program. */
function largeModule(bytes: number): Uint8Array {
  const count = Math.ceil(bytes / BODY_BYTES);
  const instructions = Array.from({ length: (BODY_BYTES - 8) / 4 }, (_, at) => [
    CONST,
    ...leb(1_000 + (at % 1_000)),
    DROP,
  ]);
  const body = Uint8Array.from([0, ...instructions.flat(), END]);
  const sized = Uint8Array.from([...leb(body.length), ...body]);
  const run = [...new TextEncoder().encode('run')];
  return Buffer.concat([
    Uint8Array.from([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]),
    section(1, Uint8Array.from([1, 0x60, 0, 0])),
    section(3, Buffer.concat([Uint8Array.from(leb(count)), new Uint8Array(count)])),
    section(7, Uint8Array.from([1, run.length, ...run, 0, 0])),
    section(
      10,
      Buffer.concat([Uint8Array.from(leb(count)), ...Array.from({ length: count }, () => sized)]),
    ),
  ]);
}

/** A component of one core module with that much code. */
export async function largeComponent(bytes: number): Promise<Uint8Array> {
  const witSource = 'package spec:large; world large { export run: func(); }';
  const binary = largeModule(bytes);
  return componentNew(await componentEmbed({ binary, witSource, world: 'large' }), []);
}
