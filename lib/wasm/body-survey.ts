import type { ByteReader } from './byte-reader.ts';
import { readValueType } from './core-value-types.ts';
import { skipImmediates } from './instruction-shapes.ts';
import { skipPlainEffects } from './plain-instructions.ts';
import { PLAIN_EFFECTS, prefixedEffect } from './stack-effects.ts';

/** What calls in a module take and give. */
export interface CallShapes {
  /** Values that a call of a function takes, and that it gives; both 0 where there is none. */
  ofFunction(index: number): readonly [params: number, results: number];
  /** The same by its type. */
  ofType(index: number): readonly [params: number, results: number];
}

/** What a survey of one function body finds. */
export interface BodyFindings {
  /** Where instructions are that may run for long without the engine looking whether it is to stop. */
  readonly longRunning: readonly number[];
  /**
   * What the engine has to keep in view while it compiles, in values: at each place where control may
   * come or go, all locals and all that is on the stack.
   */
  readonly compileWeight: number;
}

interface OpenBlock {
  /** Values below the block on the stack. */
  readonly base: number;
  readonly params: number;
  readonly results: number;
}

/** Of `memory` and `table`: init, copy, fill, grow. */
const LONG_RUNNING: ReadonlySet<number> = new Set([8, 10, 11, 12, 14, 15, 17]);
const VOID = -0x40;

/**
 * Reads one function body for what could make it a burden: how deep the stack is at each branch, and
 * where work of any length is asked for. What is unreachable counts too; an estimate too high does no harm.
 *
 * @internal
 */
export class BodySurvey {
  readonly #shapes: CallShapes;
  #longRunning: number[] = [];
  #blocks: OpenBlock[] = [];
  #locals = 0;
  #height = 0;
  #weight = 0;

  constructor(shapes: CallShapes) {
    this.#shapes = shapes;
  }

  /**
   * @param body - stands behind the size of the body, and ends with it.
   * @param params - how many parameters the function has.
   * @throws `WASM_RUNTIME_ERROR` if it is malformed.
   */
  survey(body: ByteReader, params: number): BodyFindings {
    this.#longRunning = [];
    this.#locals = params;
    this.#height = 0;
    this.#weight = 0;
    this.#blocks = [{ base: 0, params: 0, results: 0 }];
    for (let groups = body.count(); groups > 0; groups--) {
      this.#locals += body.u32();
      readValueType(body);
    }
    while (this.#blocks.length > 0) {
      this.#height += skipPlainEffects(body);
      this.#instruction(body);
    }
    if (!body.isAtEnd) body.fail('instructions behind the end of a function');
    return { longRunning: this.#longRunning, compileWeight: this.#weight };
  }

  #instruction(body: ByteReader): void {
    const at = body.offset;
    const opcode = body.u8();
    switch (opcode) {
      case 0x02: // block
      case 0x03: // loop
      case 0x06: // try
      case 0x1f: // try_table
        return this.#open(body, opcode);
      case 0x04: // if
        this.#height -= 1;
        return this.#open(body, opcode);
      case 0x05: // else
      case 0x07: // catch
      case 0x19: // catch_all
        return this.#openOther(body, opcode);
      case 0x0b: // end
      case 0x18: // delegate
        skipImmediates(body, opcode);
        return this.#close();
      case 0x0c: // br
      case 0x0e: // br_table
        return this.#leave(body, opcode);
      case 0x0d: // br_if
      case 0xd5: // br_on_null
      case 0xd6: // br_on_non_null
        this.#weigh(1);
        skipImmediates(body, opcode);
        if (opcode !== 0xd5) this.#height -= 1;
        return;
      case 0x00: // unreachable
      case 0x08: // throw
      case 0x09: // rethrow
      case 0x0a: // throw_ref
      case 0x0f: // return
        skipImmediates(body, opcode);
        return this.#forget();
      case 0x10: // call
      case 0x11: // call_indirect
      case 0x14: // call_ref
        return this.#call(body, opcode);
      case 0x12: // return_call
      case 0x13: // return_call_indirect
      case 0x15: // return_call_ref
        this.#longRunning.push(at);
        skipImmediates(body, opcode);
        return this.#forget();
      case 0xfb:
      case 0xfc:
      case 0xfd:
      case 0xfe:
        return this.#prefixed(body, opcode, at);
      default:
        this.#height += PLAIN_EFFECTS[opcode] as number;
        return skipImmediates(body, opcode);
    }
  }

  #prefixed(body: ByteReader, prefix: number, at: number): void {
    const behind = body.offset;
    const opcode = body.u32();
    body.offset = behind;
    if (prefix === 0xfc && LONG_RUNNING.has(opcode)) this.#longRunning.push(at);
    // br_on_cast, br_on_cast_fail
    if (prefix === 0xfb && (opcode === 24 || opcode === 25)) this.#weigh(1);
    this.#height += prefixedEffect(prefix, opcode);
    skipImmediates(body, prefix);
  }

  #open(body: ByteReader, opcode: number): void {
    const at = body.offset;
    const [params, results] = this.#blockShape(body);
    body.offset = at;
    skipImmediates(body, opcode);
    const base = Math.max(this.#floor, this.#height - params);
    this.#height = base + params;
    this.#blocks.push({ base, params, results });
    this.#weigh(1);
  }

  #blockShape(body: ByteReader): readonly [number, number] {
    const code = body.peek();
    // A reference to a heap type is a value type, like the other one-byte codes that are negative.
    if (code === 0x63 || code === 0x64) return [0, 1];
    const type = body.s33();
    if (type >= 0) return this.#shapes.ofType(type);
    return type === VOID ? [0, 0] : [0, 1];
  }

  #openOther(body: ByteReader, opcode: number): void {
    skipImmediates(body, opcode);
    const { base, params } = this.#blocks.at(-1) as OpenBlock;
    // What a tag brings is not worth looking up: it is dropped or kept in a local.
    this.#height = base + (opcode === 0x05 ? params : 1);
    this.#weigh(1);
  }

  #close(): void {
    const { base, results } = this.#blocks.pop() as OpenBlock;
    this.#height = base + results;
  }

  #leave(body: ByteReader, opcode: number): void {
    const at = body.offset;
    const targets = opcode === 0x0e ? body.count() + 1 : 1;
    body.offset = at;
    skipImmediates(body, opcode);
    this.#weigh(targets);
    this.#forget();
  }

  #call(body: ByteReader, opcode: number): void {
    const at = body.offset;
    const index = body.u32();
    body.offset = at;
    skipImmediates(body, opcode);
    const isDirect = opcode === 0x10;
    // The others take the function, or where it is in a table, from the stack.
    if (!isDirect) this.#height -= 1;
    const [params, results] = isDirect
      ? this.#shapes.ofFunction(index)
      : this.#shapes.ofType(index);
    this.#height = Math.max(this.#floor, this.#height - params) + results;
  }

  /** Nothing comes behind it: what was on the stack is of no use any more. */
  #forget(): void {
    this.#height = this.#floor;
  }

  get #floor(): number {
    return this.#blocks.at(-1)?.base ?? 0;
  }

  #weigh(places: number): void {
    this.#height = Math.max(this.#floor, this.#height);
    this.#weight += places * (this.#locals + this.#height);
  }
}
