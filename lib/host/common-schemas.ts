import { type TSchema, Type } from 'typebox';
import { ERROR_CODES, type ErrorCode } from '../core/error-codes.ts';

/** An object that has no other keys: a misspelt option must not be silently ignored. */
export const STRICT = { additionalProperties: false } as const;

/** One of a few words. */
export function oneOfWords<const Word extends string>(
  words: readonly Word[],
  description?: string,
) {
  return Type.Unsafe<Word>({
    type: 'string',
    enum: [...words],
    ...(description === undefined ? {} : { description }),
  });
}

/** An id as a caller may choose it. */
export const Id = Type.String({ minLength: 1, maxLength: 128 });

/** Milliseconds that a timer can count. */
export const Milliseconds = Type.Integer({ minimum: 0, maximum: 2 ** 31 - 1 });

/** Any value, with what JSON has no word for in tags. */
export const AnyValue = Type.Unknown({
  description:
    'Any value. {"$bytes":"base64"}, {"$bigint":"5"}, {"$number":"NaN"} and {"$undefined":true} stand for what JSON has no word for.',
});

/** Bytes, tagged, or a text that stands for its UTF-8. */
export const Bytes = Type.Unsafe<Uint8Array | string>({
  type: ['string', 'object'],
  description: 'A text, which stands for its UTF-8, or bytes as {"$bytes":"base64"}.',
});

/** A record of texts. */
export const TextRecord = Type.Record(Type.String(), Type.String());

/** A record of any values. */
export const AnyRecord = Type.Record(Type.String(), AnyValue);

/** What every failure is answered with. */
export const ErrorAnswer = Type.Object(
  {
    error_code: oneOfWords(Object.keys(ERROR_CODES) as ErrorCode[]),
    message: Type.String(),
    details: AnyRecord,
    timestamp: Type.String(),
    request_id: Type.Optional(Type.String()),
  },
  { ...STRICT, description: 'A failure.' },
);

/** What answers a request that was done and has nothing to tell. */
export const NOTHING = Type.Unsafe<undefined>({ type: 'null', description: 'Done.' });

/** The answers of a route: that of a success, and what every failure looks like. */
export function answers(
  success: Readonly<Record<number, TSchema>>,
): Readonly<Record<string, TSchema>> {
  return { ...success, '4xx': ErrorAnswer, '5xx': ErrorAnswer };
}
